"""What an interior router does for edges, and for whoever sends signs of life: an edge is played here."""

import random

from edges import *


class Interior(EdgesTest):
    EDGES = []

    def edge(self, name="E", router="A", **how):
        """Plays an edge router: its connection."""
        network = self.network
        return self.connect(
            port=network[router].ports["edges"], container=name,
            properties={symbol("qd.annotations-version"): int32(1)},
            offered=symbol("qd.streaming-links"), **how)

    def tracking(self, edge):
        receiver = edge.receiver(TRACKING, credit=32)
        receiver.refills = True
        return receiver

    def words(self, receiver):
        return [tuple(each.body) for each in receiver.deliveries]

    def remotes(self, address):
        """How many other routers A knows to have consumers."""
        return self.management(self.network["A"]).address("M0" + address)["remoteCount"]

    def told(self, receiver, *words):
        receiver.client.wait_for(
            lambda: len(receiver.deliveries) >= len(words),
            what=lambda: "%s; so far %s" % (words, self.words(receiver)))
        self.assertEqual(self.words(receiver), list(words))

    def test_consumers_of_an_edge_are_the_routers_own(self):
        """IR-85, RS-491: announced in the mesh, and gone with the link."""
        address = self.unique("a")
        edge = self.edge()
        sender = self.at("B").sender(address)
        consumer = edge.receiver(address, credit=10)
        sent = sender.send(body="down")
        got = consumer.receive()
        self.assertEqual(got.body, "down")
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")
        row = self.management(self.network["A"]).address("M0" + address)
        self.assertEqual(row["subscriberCount"], 1)
        consumer.detach()
        wait_for(lambda: self.management(self.network["B"]).address(
            "M0" + address)["remoteCount"] == 0)

    def test_what_is_for_an_edge_goes_down_its_downlink(self):
        """IR-84, MG-134: from the same router and from afar; the link is shown as what it is."""
        name = self.unique("X").replace("/", "-")
        edge = self.edge(name)
        down = edge.receiver(
            name, credit=10, capabilities=symbol("qd.router-edge-downlink"))
        agent = self.management(self.network["A"])
        self.assertEqual(
            [(row["linkType"], row["owningAddr"]) for row in agent.query("router.link")
             if row["linkType"] == "edge-downlink"], [("edge-downlink", "H" + name)])
        for at in "AB":
            sender = self.at(at).sender("_edge/%s/temp.7" % name).wait_credit()
            sent = sender.send(body="targeted")
            got = down.receive()
            self.assertEqual(
                got.message.annotations[symbol("x-opt-qd.to")], "_edge/%s/temp.7" % name)
            got.accept()
            self.assertEqual(sent.outcome().state, "accepted")
            anonymous = self.at(at).sender(None)
            sent = anonymous.send(Message(address="amqp:/_edge/%s/temp.8" % name, body="named"))
            got = down.receive()
            self.assertEqual(got.message.address, "amqp:/_edge/%s/temp.8" % name)
            self.assertEqual(
                got.message.annotations[symbol("x-opt-qd.ingress")], "0/" + at)
            got.accept()
            self.assertEqual(sent.outcome().state, "accepted")
        edge.kill()
        sender = self.at("B").sender(None)
        wait_for(lambda: sender.send(Message(
            address="_edge/%s/temp.7" % name)).outcome().state == "released")

    def test_an_uplinks_own_links_attach_in_any_order(self):
        """IR-82, IR-83, MG-72: and where answers come is an address of this router's."""
        for seed in range(4):
            edge = self.edge(self.unique("X").replace("/", "-"))
            dynamic = []
            attaches = [
                lambda: edge.sender(None),
                lambda: edge.receiver("X", capabilities=symbol("qd.router-edge-downlink")),
                lambda: edge.receiver(TRACKING), lambda: edge.sender("$management"),
                lambda: dynamic.append(edge.receiver(dynamic=True, credit=100)),
                lambda: edge.sender(LOOKUP),
                lambda: dynamic.append(edge.receiver(dynamic=True, credit=250)),
                lambda: edge.sender(HEARTBEAT)]
            random.Random(seed).shuffle(attaches)
            for attach in attaches:
                attach()
            for each in dynamic:
                self.assertRegex(each.remote_address, r"\Aamqp:/_topo/0/A/temp\..{15}\Z")
                self.at("B").sender(each.remote_address).wait_credit().send(body="answer")
                self.assertEqual(each.receive().accept().receiver.deliveries[-1].body, "answer")
            edge.close()

    def test_an_edge_makes_link_routes_and_takes_them_back(self):
        """IR-90, IR 8.7: by its own requests; they end with its connection."""
        name = self.unique("X").replace("/", "-")
        kind = "org.apache.qpid.dispatch.router.connection.linkRoute"
        edge = self.edge(name)
        agent = Management(edge)
        pattern = name + "/#"
        def routes():
            return [row["name"] for row in self.management(self.network["A"]).query(
                "router.address") if row["name"].endswith("D" + name)]
        for ends in (lambda: agent.delete(kind, identity=made["identity"]), edge.kill):
            made = agent.create(
                kind, "%s/proxyLinkRoute/D%s" % (name, name), pattern=pattern, direction="out")
            self.assertTrue(made["identity"])
            wait_for(lambda: routes() == ["D" + name])
            ends()
            wait_for(lambda: routes() == [])

    def test_two_edges_of_one_id_are_served_and_told_of(self):
        """IR-84: both have the address; the log says so, once for each that comes second."""
        name = self.unique("X").replace("/", "-")
        downlink = dict(credit=10, capabilities=symbol("qd.router-edge-downlink"))
        twins = [self.edge(name), self.edge(name)]
        text = "Edge router %s is connected already by" % name
        downs = [twins[0].receiver(name, **downlink)]
        twins[0].sync()
        self.assertNotIn(text, self.network["A"].log_text())
        downs.append(twins[1].receiver(name, **downlink))
        self.assertTrue(self.network["A"].wait_for_log(text))
        sender = self.at("A").sender("_edge/%s/temp.7" % name).wait_credit()
        for each in downs:
            each.answer = Incoming.accept
        sent = [sender.send(body=number) for number in range(4)]
        for each in sent:
            self.assertEqual(each.outcome().state, "accepted")
        self.assertEqual([len(each.deliveries) for each in downs], [2, 2])

    def test_an_interior_router_takes_no_more_edges_than_it_may(self):
        """maxEdges, edgesDenied: one more is told why, and nothing of it attaches."""
        network = self.build("A", [], [], attributes={"A": dict(maxEdges=2)})
        agent = self.management(network["A"])
        def play(name):
            return self.connect(port=network["A"].ports["edges"], container=name)
        edges = [play("E"), play("F")]
        third = Client(port=network["A"].ports["edges"], container="G")
        self.addCleanup(third.kill)
        wait_for(lambda: third.is_closed, what="the close")
        self.assertEqual(third.error.name, "amqp:resource-limit-exceeded")
        self.assertIn("maxEdges", third.error.description)
        self.assertTrue(network["A"].wait_for_log("Edge router G from .* refused: The router has 2"))
        row = agent.query("router", "edgeCount", "edgesDenied")[0]
        self.assertEqual((row["edgeCount"], row["edgesDenied"]), (2, 1))
        edges[0].close()
        wait_for(lambda: agent.query("router", "edgeCount")[0]["edgeCount"] == 1)
        play("G").receiver("a")

    def test_an_edge_has_no_more_addresses_and_links_than_it_may(self):
        """maxAddressesPerEdge, maxLinksPerEdge, edgeLinksDenied"""
        network = self.build(
            "A", [], [], attributes={"A": dict(maxAddressesPerEdge=2, maxLinksPerEdge=5)})
        agent = self.management(network["A"])
        edge = self.connect(port=network["A"].ports["edges"], container="E")
        links = [edge.receiver("a"), edge.sender("a"), edge.receiver("b")]
        self.assert_refused(
            edge.refusal("receiver", "c"), "amqp:resource-limit-exceeded",
            "The edge has links of 2 addresses here, as many as maxAddressesPerEdge allows")
        links += [edge.sender(None), edge.sender(None)]
        self.assert_refused(
            edge.refusal("sender", "b"), "amqp:resource-limit-exceeded",
            "The edge has 5 links here, as many as maxLinksPerEdge allows")
        self.assertEqual(agent.query("router", "edgeLinksDenied")[0]["edgeLinksDenied"], 2)
        # Others have their own, clients of the router none of this.
        self.connect(port=network["A"].ports["edges"], container="F").receiver("c")
        self.connect(network["A"]).receiver("d")
        links[2].detach()
        links[4].detach()
        edge.receiver("c")

    def test_a_downlink_needs_an_edges_connection(self):
        """IR 8.3"""
        client = self.at("A")
        receiver = client.receiver(
            "Y", credit=1, capabilities=symbol("qd.router-edge-downlink"))
        client.sender("Y").send(body="plain")
        self.assertEqual(receiver.receive().body, "plain")

    def test_an_edge_is_told_when_others_have_consumers(self):
        """IR-86: others than itself, here or elsewhere."""
        address = self.unique("a")
        key = "M0" + address
        edge = self.edge()
        words = self.tracking(edge)
        sender = edge.sender(address)
        own = edge.receiver(address, credit=10)
        self.at("A").fence()
        edge.sync()
        self.assertEqual(self.words(words), [])
        near = self.at("A").receiver(address)
        self.told(words, (key, True))
        far = self.at("B").receiver(address)
        wait_for(lambda: self.remotes(address) == 1)
        near.detach()
        self.at("A").fence()
        edge.sync()
        self.assertEqual(len(words.deliveries), 1)
        far.detach()
        self.told(words, (key, True), (key, False))
        other = self.edge("F").receiver(address)
        self.told(words, (key, True), (key, False), (key, True))
        sender.detach()
        other.detach()
        own.detach()
        edge.sync()
        self.assertEqual(len(words.deliveries), 3)
        self.assertTrue(all(each.is_presettled for each in words.deliveries))

    def test_what_is_known_is_told_when_tracking_begins(self):
        """IR 8.4: whichever link comes first."""
        address = self.unique("a")
        self.at("A").receiver(address)
        edge = self.edge()
        edge.sender(address)
        self.told(self.tracking(edge), ("M0" + address, True))

    def test_an_edge_that_does_not_listen_is_told_the_newest(self):
        """IR 8.4: what changed meanwhile fills nothing."""
        address = self.unique("a")
        edge = self.edge()
        words = edge.receiver(TRACKING)
        edge.sender(address)
        client = self.at("A")
        for _ in range(100):
            client.receiver(address).detach()
        client.receiver(address)
        client.fence()
        words.flow(250)
        edge.sync()
        self.assertLess(len(words.deliveries), 80)
        edge.wait_for(lambda: self.words(words)[-1:] == [("M0" + address, True)])

    def test_an_edges_messages_do_not_go_back_to_it(self):
        """IR-87"""
        for address in (self.unique("a"), self.unique("closest"), self.unique("multicast")):
            with self.subTest(address):
                edge = self.edge()
                own = edge.receiver(address, credit=10)
                for sender, message in (
                        (edge.sender(address), Message(body="x")),
                        (edge.sender(None), Message(address=address, body="x"))):
                    self.assertEqual(sender.send(message).outcome().state, "released")
                    other = self.at("B").receiver(address, credit=10)
                    wait_for(lambda: self.remotes(address) == 1)
                    for number in range(4):
                        sent = sender.send(Message(address=address, body=number))
                        other.receive().accept()
                        self.assertEqual(sent.outcome().state, "accepted")
                    other.detach()
                    wait_for(lambda: self.remotes(address) == 0)
                self.assertEqual(own.deliveries, [])
                edge.kill()

    def test_an_edge_gets_credit_before_its_messages_are_settled(self):
        """IR 8.8"""
        address = self.unique("a")
        receiver = self.at("A").receiver(address, credit=300)
        sender = self.edge().sender(address).wait_credit(250)
        sent = [sender.send(body=number) for number in range(300)]
        receiver.wait_count(300)
        self.assertTrue(all(each.state is None for each in sent))
        for each in receiver.deliveries:
            each.accept()
        for each in sent:
            self.assertEqual(each.outcome().state, "accepted")

    def test_the_first_interior_router_is_where_a_message_enters(self):
        """RS-297: whatever the edge says of the way before."""
        address = self.unique("a")
        with Router(section("router", mode="interior", id="Z") + section(
                "listener", name="clients", host="127.0.0.1", port=0, stripAnnotations="no")
                + section("connector", host="127.0.0.1", role="inter-router",
                          port=self.network.trunk_ports["A"])) as z:
            receiver = self.connect(z).receiver(address, credit=10)
            sender = self.edge().sender(address).wait_credit()
            sender.send(Message(body="x", annotations={
                symbol("x-opt-qd.ingress"): "0/E", symbol("x-opt-qd.trace"): ["0/E"]}))
            annotations = receiver.receive().message.annotations
            self.assertEqual(annotations[symbol("x-opt-qd.ingress")], "0/A")
            self.assertEqual(annotations[symbol("x-opt-qd.trace")][0], "0/A")

    # Lookup

    def lookup(self, edge, body, reply_to=True, correlation="c", **properties):
        receiver = edge.receiver(dynamic=True, credit=10)
        sender = edge.sender(LOOKUP).wait_credit(32)
        fields = dict(version=uint(1), opcode=uint(1))
        fields.update(properties)
        sent = sender.send(Message(
            reply_to=receiver.remote_address if reply_to else None, correlation_id=correlation,
            properties={key: value for key, value in fields.items() if value is not None},
            body=body))
        return receiver, sent

    def test_a_lookup_of_anything_but_a_link_route_is_not_found(self):
        """IR-88, IR-99"""
        address = self.unique("a")
        self.at("A").receiver(address)
        edge = self.edge()
        for body in ([address, True], [address, False], [self.unique("nobody"), True]):
            receiver, sent = self.lookup(edge, body)
            answer = receiver.receive().message
            self.assertEqual(answer.correlation_id, "c")
            self.assertEqual(
                answer.properties,
                dict(version=uint(1), opcode=uint(1), status=uint(3)))
            self.assertEqual(answer.body, [False, False])
            self.assertEqual(sent.outcome().state, "accepted")

    def test_a_malformed_lookup_is_rejected_and_the_link_goes_on(self):
        """IR-99"""
        edge = self.edge()
        for wrong in (
                dict(body=["a", True], version=uint(2)), dict(body=["a", True], opcode=None),
                dict(body=["a", True], reply_to=False),
                dict(body=["a", True], correlation=None), dict(body="a"),
                dict(body=["a"]), dict(body=[True, "a"]), dict(body=None)):
            receiver, sent = self.lookup(edge, **wrong)
            self.assertEqual(sent.outcome().state, "rejected", wrong)
            sent.sender.wait_credit(32)
            self.assertEqual(receiver.deliveries, [])
        receiver, _ = self.lookup(edge, ["a", True])
        receiver.receive()

    def test_services_refuse_who_they_are_not_for(self):
        """IR-100, RS-495, MG-300: with a closing detach without an error."""
        edge, client = self.edge(), self.at("A")
        for who, kind, address in (
                (client, Sender, LOOKUP), (client, Receiver, LOOKUP), (edge, Receiver, LOOKUP),
                (client, Receiver, TRACKING), (client, Sender, TRACKING),
                (edge, Sender, TRACKING), (client, Receiver, HEARTBEAT),
                (edge, Receiver, HEARTBEAT)):
            with self.subTest(kind=kind, address=address):
                link = kind.attach(who, address, False)
                who.wait_for(lambda: link.is_closed, what="the refusal")
                self.assertIsNone(link.error)
        self.assertTrue(self.network["A"].wait_for_log(
            r"Attempt to attach to heartbeat server rejected \(container=E\)"))
        client.fence()

    # Signs of life

    def test_who_stops_giving_signs_of_life_is_cut(self):
        """IR-89, IR-101: on a connection of any role, after 8 to 10 seconds; without a close."""
        def give(client):
            sender = client.sender(HEARTBEAT).wait_credit(2)
            self.assertEqual(sender.credit, 2)
            began = time.monotonic()
            for number in range(5):
                sender.send(body=int32(number), presettled=True)
            sender.wait_credit(2)
            return began, client
        alone = self.start()
        silent = [give(self.edge("SILENT")), give(self.at("A")), give(self.connect(alone))]
        lively = self.edge("LIVELY")
        beats = lively.sender(HEARTBEAT)
        last = 0
        for began, client in silent:
            while not client.is_broken:
                if time.monotonic() > last + 1:
                    last = time.monotonic()
                    beats.send(body=int32(0), presettled=True)
                pump.turn(0.1)
                self.assertLess(time.monotonic() - began, 11 + 4 * PATIENCE)
            self.assertGreater(time.monotonic() - began, 7.9)
            self.assertFalse(client.frames_like("@close"))
        self.assertFalse(lively.is_closed)
        self.assertTrue(self.network["A"].wait_for_log(
            "Lost heartbeat from container SILENT, closing connection"))

    def test_who_detaches_need_give_no_more_signs_of_life(self):
        """IR 8.6"""
        client = self.edge()
        client.sender(HEARTBEAT).detach()
        pump_for(11)
        client.sync()


if __name__ == "__main__":
    main()
