"""Management of a mesh: each router's agent is reached from every other, and says what passed."""

from network import *


class FromAfar(NetworkTest):
    NAMES = "ABC"
    LINKS = [("B", "A"), ("C", "B")]

    def agent(self, router, at):
        """The agent of `router`, asked over a client of router `at`."""
        return Management(self.at(at), "_topo/0/%s/$management" % router)

    def pairs(self):
        return [(at, router) for at in self.NAMES for router in self.NAMES]

    def test_every_router_answers_for_itself(self):
        """MG-67: by QUERY and READ, from clients of any router, over one hop and two."""
        for at, router in self.pairs():
            with self.subTest(at=at, router=router):
                agent = self.agent(router, at)
                self.assertEqual(agent.query("router", "id"), [{"id": router}])
                self.assertEqual(agent.read("router", name=router)["id"], router)

    def test_all_forms_of_a_routers_address_lead_there(self):
        """MG-67"""
        for form in ("amqp:/_topo/0/C/$management", "_topo/all/C/$management",
                     "/_topo/0/C/$management"):
            with self.subTest(form):
                agent = Management(self.at("A"), form)
                self.assertEqual(agent.query("router", "id"), [{"id": "C"}])

    def test_a_request_over_an_anonymous_sender_goes_there_too(self):
        """MG-69, MG-84"""
        client = self.at("A")
        receiver = client.receiver(dynamic=True, credit=1)
        client.sender(None).send(Message(
            address="_topo/0/C/$management", reply_to=receiver.remote_address,
            correlation_id=ulong(7), body={},
            properties={"operation": "QUERY", "entityType": Management.long("router"),
                        "type": "org.amqp.management", "name": "self"}))
        response = receiver.receive().message
        self.assertEqual(response.correlation_id, 7)
        self.assertEqual(response.properties["statusCode"], 200)

    def test_nodes_are_listed_with_the_one_that_is_asked_first(self):
        """MG-123"""
        for at, router in self.pairs():
            nodes = self.agent(router, at).call(
                "GET-MGMT-NODES", type="org.amqp.management", name="self")
            addresses = ["amqp:/_topo/0/%s/$management" % each for each in self.NAMES]
            self.assertEqual(nodes[0], "amqp:/_topo/0/%s/$management" % router)
            self.assertEqual(sorted(nodes), addresses)

    def test_entities_are_made_and_taken_away_from_afar(self):
        """MG-114, MG-177, MG-180: and take effect there, and there only."""
        agent = self.agent("C", at="A")
        made = agent.create("listener", "far", host="127.0.0.1", port="0", role="normal")
        self.assertEqual(made["name"], "far")
        names = [each["name"] for each in agent.query("listener")]
        self.assertEqual(names.count("far"), 1)
        self.assertNotIn("far", [each["name"] for each in self.agent("A", "A").query("listener")])
        wait_for(lambda: "far" in self.network["C"].ports)
        client = self.connect(port=self.network["C"].ports["far"])
        self.assertEqual(client.connection.remote_container, "C")
        agent.delete("listener", "far")
        self.assertNotIn("far", [each["name"] for each in agent.query("listener")])
        with self.assertRaises(Failed) as failed:
            agent.read("listener", name="far")
        self.assertEqual(failed.exception.status, 404)

    def test_a_treatment_of_addresses_can_be_given_and_taken_from_afar(self):
        """MG-186, MG-191"""
        agent = self.agent("B", at="C")
        prefix = self.unique("m").replace("/", "-")
        agent.create("router.config.address", "far", prefix=prefix, distribution="multicast")
        self.at("B").receiver(prefix + "/x")
        self.assertEqual(agent.address("M0" + prefix + "/x")["distribution"], "multicast")
        agent.delete("router.config.address", "far")
        self.assertNotIn(
            "far", [each["name"] for each in agent.query("router.config.address")])

    def test_an_unknown_router_gives_no_credit(self):
        """MG-68"""
        client = self.at("A")
        sender = client.sender("_topo/0/NOPE/$management")
        client.fence()
        self.assertEqual(sender.credit, 0)

    def test_a_router_is_known_once_its_node_can_be_read(self):
        """MG-274"""
        agent = self.agent("A", at="A")
        self.assertEqual(agent.call("READ", identity="router.node/C")["id"], "C")
        with self.assertRaises(Failed) as failed:
            agent.call("READ", identity="router.node/NOPE")
        self.assertEqual(failed.exception.status, 404)


class WhatPassed(NetworkTest):
    NAMES = "ABC"
    LINKS = [("B", "A"), ("C", "B")]
    SECTIONS = NetworkTest.SECTIONS + section(
        "address", prefix="balanced", distribution="balanced")
    WORKERS = 2

    def agent(self, name):
        return self.management(self.network[name])

    def link(self, agent, name):
        return [row for row in agent.query("router.link") if row["linkName"] == name][0]

    def test_a_receivers_deliveries_are_told_by_the_router_where_they_entered(self):
        """MG-141, MG-146: whatever the distribution, and however they end."""
        for prefix in ("balanced", "closest", "multicast"):
            with self.subTest(prefix):
                address = self.unique(prefix)
                receiver = self.at("C").receiver(address, credit=50)
                agent = self.agent("C")
                for name, count in (("A", 3), ("B", 2), ("C", 4)):
                    sender = self.at(name).sender(address).wait_credit()
                    for index in range(count):
                        sent = sender.send(body=index)
                        getattr(receiver.receive(), ("accept", "reject", "release")[index % 3])()
                        sent.outcome()
                    sender.send(body="settled", presettled=True)
                    receiver.receive()
                indices = {row["id"]: row["index"] for row in agent.query("router.node")}
                histogram = self.link(agent, receiver.name)["ingressHistogram"]
                self.assertEqual(len(histogram), 128)
                self.assertEqual(indices["C"], 0)
                self.assertEqual(
                    {index: count for index, count in enumerate(histogram) if count},
                    {indices["A"]: 4, indices["B"]: 3, indices["C"]: 5})
                row = self.link(agent, receiver.name)
                self.assertEqual(row["deliveryCount"], 12)

    def test_links_between_routers_have_no_histogram(self):
        """MG-146"""
        for row in self.agent("B").query("router.link"):
            wanted = row["linkType"] == "endpoint" and row["linkDir"] == "out"
            self.assertEqual(row["ingressHistogram"] is not None, wanted, row["linkName"])

    def test_unsettled_deliveries_of_a_balanced_address_are_told_by_trunk(self):
        """MG-152"""
        address = self.unique("balanced")
        receiver = self.at("C").receiver(address, credit=50)
        sender = self.at("A").sender(address).wait_credit()
        agent = self.agent("A")
        row = agent.address("M0" + address)
        self.assertEqual((row["transitOutstanding"], row["trackedDeliveries"]), (None, 0))
        sent = [sender.send(body=index) for index in range(5)]
        receiver.wait_count(5)
        row = agent.address("M0" + address)
        self.assertEqual((row["trackedDeliveries"], row["deliveriesTransit"]), (5, 5))
        trunk = agent.query("router.node", "id", "routerLink")
        place = [each["routerLink"] for each in trunk if each["id"] == "B"][0]
        self.assertEqual(
            row["transitOutstanding"], [5 if each == place else 0 for each in range(128)])
        for _ in range(5):
            receiver.receive().accept()
        for each in sent:
            each.outcome()
        row = agent.address("M0" + address)
        self.assertEqual((row["transitOutstanding"], row["trackedDeliveries"]), ([0] * 128, 0))

    def test_the_routing_protocols_addresses_are_among_the_others(self):
        """MG-135, MG-151, MG-155"""
        agent = self.agent("B")
        rows = {row["key"]: row for row in agent.query("router.address")}
        for key, distribution, subscribers, remotes in (
                ("Lqdhello", "flood", 2, []), ("Lqdrouter", "flood", 0, []),
                ("Lqdrouter.ma", "multicast", 0, []), ("Tqdrouter", "flood", 0, ["A", "C"]),
                ("Tqdrouter.ma", "multicast", 0, ["A", "C"])):
            row = rows[key]
            self.assertEqual(
                (row["distribution"], row["inProcess"], row["subscriberCount"],
                 row["remoteHostRouters"]), (distribution, 1, subscribers, remotes), key)
        self.assertGreaterEqual(rows["Lqdhello"]["deliveriesToContainer"], 2)
        self.assertGreaterEqual(rows["Lqdhello"]["deliveriesFromContainer"], 2)
        for service in ("qdrouter", "qdrouter.ma"):
            self.assertGreaterEqual(
                sum(rows[scope + service]["deliveriesToContainer"] for scope in "LT"), 1, service)

        def is_whole():
            return agent.query("router", "addrCount")[0]["addrCount"] == len(
                agent.query("router.address", "key"))
        wait_for(is_whole)

    def test_other_distributions_track_nothing(self):
        """MG-152"""
        address = self.unique("closest")
        receiver = self.at("C").receiver(address, credit=50)
        self.at("A").sender(address).wait_credit().send(body=1)
        receiver.wait_count(1)
        row = self.agent("A").address("M0" + address)
        self.assertEqual((row["transitOutstanding"], row["trackedDeliveries"]), (None, 0))


if __name__ == "__main__":
    main()
