"""Links that go on to a container: attaches, credit, entities (RS 8)."""

from proton import Described as ProtonDescribed

from harness import *
from placement import placements
from routed import Routed, container_sections


@placements
class Attaches(Routed):
    def test_an_attach_goes_to_the_container_whole(self):
        """RS-256, RS-257"""
        client, link, broker, far = self.attached(
            "receiver", how=dict(
                name="my-link", durability=2, timeout=0, filters={symbol("x:f"): ProtonDescribed(
                    symbol("x:selector"), "a = 1")},
                capabilities=symbol("queue"), distribution_mode=1, properties={
                    symbol("a"): "b"}))
        source = far.link.remote_source
        self.assertEqual(far.name, "my-link@" + client.connection.container)
        self.assertEqual(source.address, "lr/q")
        self.assertEqual(source.durability, 2)
        self.assertEqual(source.distribution_mode, 1)
        source.filter.rewind()
        source.filter.next()
        self.assertIn(symbol("x:f"), source.filter.get_object())
        source.capabilities.rewind()
        source.capabilities.next()
        self.assertEqual(source.capabilities.get_object(), symbol("queue"))
        self.assertEqual(link.name, "my-link")
        self.assertEqual(link.remote_address, "lr/q")

    def test_the_client_is_answered_when_the_container_is_heard(self):
        """RS-256"""
        broker = self.broker()
        broker.accepts_links = False
        client = self.near()
        link = client.sender("lr/q", wait=False)
        wait_for(lambda: broker.accepted_links)
        client.sync()
        self.assertFalse(link.is_attached)
        broker.accepted_links[0].link.open()
        client.wait_for(lambda: link.is_attached)

    def test_a_refusal_comes_back_with_its_words(self):
        """RS-258"""
        broker = self.broker()
        broker.accepts_links = False
        client = self.near()
        link = client.sender("lr/q", wait=False)
        wait_for(lambda: broker.accepted_links)
        far = broker.accepted_links[0].link
        far.target.type = Terminus.UNSPECIFIED
        far.condition = Condition("x:no", "not here", {symbol("k"): 1})
        far.open()
        far.close()
        broker.flush()
        condition = link.wait_closed()
        self.assertEqual((condition.name, condition.description), ("x:no", "not here"))
        self.assertIsNone(link.remote_address)

    def test_without_a_container_there_is_no_route(self):
        """RS-251, RS-252, IR-80"""
        for address in ("absent/q", "lr/q"):
            self.assert_refused(
                self.near().refusal("sender", address), "qd:no-route-to-dest",
                "No route to the destination node")

    def test_each_direction_is_a_route_of_its_own(self):
        """RS-250"""
        self.broker()
        self.near().receiver("absent/q")
        self.near().receiver("ext/q")

    def test_prefixes_are_added_and_taken(self):
        """RS-259"""
        _, link, _, far = self.attached("sender", "ext/q")
        self.assertEqual(far.link.remote_target.address, "in/q")
        self.assertEqual(link.remote_address, "ext/q")

    def test_a_coordinator_goes_on(self):
        """RS-253"""
        _, link, _, far = self.attached("sender", None, how=dict(coordinator=True))
        self.assertEqual(far.link.remote_target.type, Terminus.COORDINATOR)

    def test_a_dynamic_node_is_the_containers(self):
        """RS-254"""
        broker = self.broker()
        broker.accepts_links = False
        client = self.near()
        link = client.receiver(None, wait=False, dynamic=True, node_properties={
            symbol("x-opt-qd.address"): "lr/dyn"})
        wait_for(lambda: broker.accepted_links)
        far = broker.accepted_links[0].link
        self.assertTrue(far.remote_source.dynamic)
        far.source.address = "made-up"
        far.source.dynamic = True
        far.open()
        client.wait_for(lambda: link.is_attached)
        self.assertEqual(link.remote_address, "made-up")

    def test_containers_take_turns(self):
        """RS-255, RS-461"""
        brokers = [self.broker(), self.broker(), self.broker()]
        client = self.near()
        for _ in range(6):
            client.sender("lr/q")
        self.assertEqual([len(broker.accepted_links) for broker in brokers], [2, 2, 2])

    def test_a_pattern_by_the_listeners_name(self):
        """RS-250, RS-461"""
        broker = self.broker("any")
        client = self.near()
        client.sender("a.pat.b.c")
        client.receiver("b.pat")
        wait_for(lambda: len(broker.accepted_links) == 2)

    def test_a_tenants_address_is_matched_in_full(self):
        """RS-430"""
        broker = self.broker("any")
        client = self.connect(port=self.router.ports["tenants"], hostname="h")
        sender = client.sender("pat.q")
        wait_for(lambda: broker.accepted_links)
        self.assertEqual(broker.accepted_links[0].link.remote_target.address, "h/pat.q")
        self.assertEqual(sender.remote_address, "pat.q")


@placements
class Credit(Routed):
    def test_a_senders_credit_is_the_containers(self):
        """RS-261"""
        client, sender, broker, receiver = self.attached("sender")
        client.fence()
        self.assertEqual(sender.credit, 0)
        receiver.flow(3)
        sender.wait_credit(3)
        for number in range(3):
            sender.send(body=number)
        receiver.wait_count(3)
        client.fence()
        self.assertEqual(sender.credit, 0)
        for got in receiver.deliveries:
            got.accept()
        for sent in sender.sent:
            self.assertEqual(sent.outcome().state, "accepted")
        client.fence()
        self.assertEqual(sender.credit, 0)

    def test_a_receivers_credit_reaches_the_container(self):
        """RS-261"""
        client, receiver, broker, sender = self.attached("receiver")
        receiver.flow(2)
        sender.wait_credit(2)
        sent = [sender.send(body=number) for number in range(2)]
        for _ in sent:
            receiver.receive().accept()
        for each in sent:
            self.assertEqual(each.outcome().state, "accepted")
        self.assertEqual(sender.credit, 0)

    def test_credit_given_with_the_attach_is_passed_on(self):
        """RS-261"""
        broker = self.broker()
        client = self.near()
        receiver = client.receiver("lr/q", wait=False)
        receiver.flow(7)
        wait_for(lambda: broker.accepted_links)
        broker.accepted_links[0].wait_credit(7)

    def test_a_drain_goes_to_the_container_and_back(self):
        """RS-261, RS-465"""
        client, receiver, broker, sender = self.attached("receiver")
        for _ in range(2):
            receiver.flow(1_000)
            sender.wait_credit(1_000)
            receiver.link.drain(0)
            client.flush()
            wait_for(lambda: sender.is_draining, what="the drain to arrive")
            self.assertEqual(sender.credit, 1_000)
            sender.drained()
            broker.flush()
            client.wait_for(lambda: receiver.credit == 0, what="the answer")
            receiver.link.drain_mode = False
        # Proton answers no drain behind a delivery that it has settled.
        receiver.flow(10)
        sender.wait_credit(10)
        sent = sender.send(body=1)
        got = receiver.receive()
        receiver.link.drain(0)
        client.flush()
        wait_for(lambda: sender.is_draining, what="the drain to arrive")
        self.assertEqual(sender.credit, 9)
        sender.drained()
        broker.flush()
        client.wait_for(lambda: not receiver.link.draining(), what="the answer")
        got.accept()
        sent.outcome()

    def test_a_drain_goes_to_the_client_and_back(self):
        """RS-261"""
        client, sender, broker, receiver = self.attached("sender")
        receiver.flow(10)
        sender.wait_credit(10)
        receiver.link.drain(0)
        broker.flush()
        client.wait_for(lambda: sender.is_draining)
        sender.drained()
        client.flush()
        broker.wait_for(lambda: not receiver.link.draining())
        self.assertEqual(receiver.credit, 0)
        receiver.link.drain_mode = False
        receiver.flow(4)
        sender.wait_credit(4)
        self.assertEqual(sender.credit, 4)


class Entities(Routed):
    WORKERS = 1

    def test_management_shows_routes_and_links(self):
        """RS-273, RS-461, MG-135, MG-136"""
        agent = self.management()
        routes = {(row["prefix"], row["direction"]): row
                  for row in agent.query("router.config.linkRoute")}
        self.assertEqual(routes[("lr", "in")]["operStatus"], "inactive")
        client, link, broker, far = self.attached("sender")
        routes = {(row["prefix"], row["direction"]): row
                  for row in agent.query("router.config.linkRoute")}
        self.assertEqual(routes[("lr", "in")]["operStatus"], "active")
        self.assertEqual(routes[("lr", "in")]["containerId"], "broker")
        addresses = {row["key"]: row for row in agent.query("router.address")}
        self.assertEqual(addresses["Clr"]["containerCount"], 1)
        self.assertEqual(addresses["Dlr"]["containerCount"], 1)
        self.assertIn("E*.pat.#", addresses)
        rows = [row for row in agent.query("router.link") if row["owningAddr"] == "M0lr/q"]
        self.assertEqual(len(rows), 2)
        self.assertEqual({rows[0]["identity"], rows[1]["identity"]},
                         {rows[0]["peer"], rows[1]["peer"]})
        self.assertEqual(agent.query("router")[0]["linkRouteCount"], 8 - 1)

    def test_routes_come_and_go_at_run_time(self):
        """RS-270, MG-187, MG-192"""
        broker = self.broker()
        client = self.near()
        agent = self.management()
        made = agent.create(
            "router.config.linkRoute", "mine", prefix="late", direction="in",
            containerId="broker")
        self.assertEqual(made["operStatus"], "active")
        sender = client.sender("late/q")
        wait_for(lambda: broker.accepted_links)
        agent.delete("router.config.linkRoute", name="mine")
        receiver = broker.accepted_links[0]
        receiver.flow(1)
        sender.send(body="still")
        receiver.receive().accept()
        other = client.sender("late/q")
        self.assertEqual(len(broker.accepted_links), 1)
        other.detach()


    def test_a_connection_routes_links_to_itself(self):
        """MG-190, IR-90, RS-271, RS-467, RS-469"""
        kind = "router.connection.linkRoute"
        container = self.near(container="self-made")
        agent = Management(container)
        for body, text in (
                ({}, "Pattern field is required"),
                (dict(pattern=1, direction="x"), "Pattern must be a non-empty string type"),
                (dict(pattern="./", direction="in"), "Pattern invalid - no tokens"),
                (dict(pattern="own.*"), "Missing value for 'direction'"),
                (dict(pattern="own.*", direction="up"), "Invalid value for 'direction'")):
            response = agent.request("CREATE", kind, body=body)
            self.assertEqual(response.properties["statusCode"], 400, body)
            self.assertEqual(response.properties["statusDescription"], text)
        made = agent.create(kind, "mine", pattern="own.*", direction="in")
        self.assertEqual(
            (made["name"], made["pattern"], made["direction"], made["containerId"]),
            ("mine", "own.*", "in", "self-made"))
        other = self.management()
        self.assertEqual(other.query(kind), [])
        self.assertEqual(len(agent.query(kind)), 1)
        self.assertEqual(other.address("Eown.*")["containerCount"], 1)
        sender = self.near().sender("own.q")
        wait_for(lambda: container.accepted_links)
        container.accepted_links[0].flow(1)
        sender.send(body="to you")
        container.accepted_links[0].receive().accept()
        agent.delete(kind, name="mine")
        self.assertEqual(agent.query(kind), [])
        agent.create(kind, pattern="own.*", direction="in")
        container.kill()
        wait_for(lambda: not [row for row in other.query("router.address")
                              if row["key"] == "Eown.*"])


class Lasting(Routed):
    WORKERS = 1
    CONFIGURATION = [
        ("router", dict(mode="standalone", id="R", allowResumableLinkRoute=False)),
        ("listener", dict(host="127.0.0.1", port=0))] + container_sections()

    def test_no_terminus_outlives_its_connection_where_that_is_forbidden(self):
        """RS-262"""
        self.broker()
        client = self.near()
        for how in (dict(timeout=10), dict(expiry=Terminus.EXPIRE_NEVER)):
            for kind in ("sender", "receiver"):
                self.assert_refused(
                    client.refusal(kind, "lr/q", **how), "qd:link-expiration",
                    "Requested link expiration not allowed")
        client.receiver("lr/q", durability=2)


if __name__ == "__main__":
    main()
