"""What an interior router sees of an edge: the interior is played here."""

from edges import *

class Uplink(EdgesTest):
    NAMES = ""
    LINKS = []
    EDGES = []

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def below(self, count=1, **how):
        """An edge below so many interiors, met in the order in which they are dialled."""
        interiors = [Played(self, "I%d" % number, **how) for number in range(count)]
        network = self.build("", [], [("E", [each.port for each in interiors])])
        for each in interiors:
            each.meet()
        if count == 1:
            interiors[0].use()
        return network["E"], interiors

    def own_links(self, interior):
        """Those that an edge has without any client."""
        interior.use()
        return interior.client.accepted_links

    def test_the_open_names_the_edge_and_its_annotations(self):
        """IR 8.1"""
        edge, (interior,) = self.below()
        self.assertEqual(interior.client.connection.remote_container, "E")
        properties = interior.client.remote_properties
        self.assertEqual(properties[symbol("qd.annotations-version")], 1)
        self.assertNotIn(symbol("qd.inter-router-cost"), properties)

    def test_an_uplink_has_its_own_links(self):
        """IR 8.2: their termini, as literal addresses and bare symbols, and the edge's credit."""
        edge, (interior,) = self.below()
        links = self.own_links(interior)
        shapes = set()
        for each in links:
            source, target = each.link.remote_source, each.link.remote_target
            source.capabilities.rewind()
            source.capabilities.next()
            capability = source.capabilities.get_object() if source.capabilities.type() else None
            shapes.add((
                type(each), source.address, target.address, capability and str(capability)))
            self.assertTrue(each.name.startswith("qdlink."))
        self.assertEqual(shapes, {
            (Receiver, None, None, None),
            (Sender, "E", None, "qd.router-edge-downlink"),
            (Sender, TRACKING, None, None), (Sender, None, None, None),
            (Receiver, None, LOOKUP, None), (Receiver, None, HEARTBEAT, None),
            (Receiver, None, "$management", None)})
        self.assertEqual(interior.wait_link(Sender, "E").wait_credit(250).credit, 250)
        self.assertEqual(interior.wait_link(Sender, TRACKING).wait_credit(32).credit, 32)
        self.assertEqual(edge.log_text().count("HELLO"), 0)

    def test_signs_of_life_come_every_two_seconds_within_credit(self):
        """IR-94"""
        edge, (interior,) = self.below()
        beats = interior.wait_link(Receiver, "_$qd.edge_heartbeat")
        pump_for(3)
        beats.flow(2)
        beats.wait_count(2)
        self.assertTrue(all(each.is_presettled for each in beats.deliveries))
        self.assertLess(beats.deliveries[0].body, beats.deliveries[1].body)
        self.assertEqual(
            beats.deliveries[0].message.annotations[symbol("x-opt-qd.trace")], ["0/E"])

    def test_addresses_in_use_have_links_of_their_own(self):
        """IR 8.2: as long as there are consumers or producers."""
        edge, (interior,) = self.below()
        client = self.connect(edge)
        first = client.receiver("a")
        second = client.receiver("a")
        inlet = interior.wait_link(Sender, "a")
        inlet.wait_credit(250)
        first.detach()
        client.sync()
        self.assertFalse(inlet.is_closed)
        second.detach()
        interior.client.wait_for(lambda: inlet.is_closed)
        sender = client.sender("b")
        outlet = interior.wait_link(Receiver, "b")
        sender.detach()
        interior.client.wait_for(lambda: outlet.is_closed)

    def test_nothing_goes_up_before_the_interior_says_that_it_is_wanted(self):
        """IR-93, IR-95: and then without the edge's name."""
        edge, (interior,) = self.below()
        client = self.connect(edge)
        sender = client.sender("a")
        outlet = interior.wait_link(Receiver, "a")
        outlet.flow(250)
        outlet.answer = Incoming.accept
        client.fence()
        self.assertEqual(sender.credit, 0)
        interior.track("M0a", True)
        sender.wait_credit(250)
        sent = sender.send(Message(body="up", annotations={symbol("own"): 1}))
        got = outlet.receive().message
        self.assertEqual(got.annotations, {symbol("own"): 1, symbol("x-opt-qd.to"): "a"})
        self.assertEqual(sent.outcome().state, "accepted")
        interior.track("M0a", False)
        client.wait_for(lambda: sender.send(body="lost").outcome().state == "released")

    def test_local_consumers_are_served_alone_until_then(self):
        """IR 8.4: and afterwards share with those beyond."""
        edge, (interior,) = self.below()
        client = self.connect(edge)
        local = client.receiver("a", credit=100)
        sender = client.sender("a").wait_credit()
        outlet = interior.wait_link(Receiver, "a")
        outlet.flow(250)
        for number in range(4):
            sender.send(body=number)
        local.wait_count(4)
        interior.track("M0a", True)
        interior.client.wait_for(
            lambda: sender.send(body="more") and outlet.deliveries, what="a share")

    def test_what_comes_down_does_not_go_up_again(self):
        """IR-87: whether there is a consumer or not."""
        edge, (interior,) = self.below()
        client = self.connect(edge)
        local = client.receiver("multicast/a", credit=10)
        client.sender("multicast/a").wait_credit()
        outlet = interior.wait_link(Receiver, "multicast/a")
        outlet.flow(10)
        anonymous = interior.wait_link(Receiver)
        anonymous.flow(10)
        interior.track("M0multicast/a", True)
        inlet = interior.wait_link(Sender, "multicast/a")
        sent = inlet.send(Message(body="down", annotations={
            symbol("x-opt-qd.to"): "multicast/a", symbol("x-opt-qd.ingress"): "0/I0",
            symbol("x-opt-qd.trace"): ["0/I0"]}))
        local.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")
        down = interior.wait_link(Sender, "E")
        for address in ("nobody", "_topo/0/Z/x", "_edge/Z/x"):
            sent = down.send(Message(address=address, body="lost"))
            self.assertEqual(sent.outcome().state, "released", address)
        self.assertEqual(outlet.deliveries + anonymous.deliveries, [])

    def test_what_is_not_known_here_goes_up(self):
        """IR 8.3: of anonymous senders, and to other routers by name."""
        edge, (interior,) = self.below()
        anonymous = interior.wait_link(Receiver)
        anonymous.flow(100)
        anonymous.answer = Incoming.accept
        client = self.connect(edge)
        sender = client.sender(None)
        for address in ("nobody", "_topo/0/Z/x", "amqp:/_edge/Z/x", "_topo/all/all/x"):
            sent = sender.send(Message(address=address, body="up"))
            self.assertEqual(sent.outcome().state, "accepted")
            got = anonymous.receive().message
            self.assertEqual(got.address, address)
            self.assertIsNone((got.annotations or {}).get(symbol("x-opt-qd.trace")))
        targeted = client.sender("_topo/0/Z/x").wait_credit()
        self.assertEqual(targeted.send(body="up").outcome().state, "accepted")
        self.assertEqual(
            anonymous.receive().message.annotations[symbol("x-opt-qd.to")], "_topo/0/Z/x")
        self.assertEqual(
            sender.send(Message(address="_edge/E/temp.none")).outcome().state, "released")

    def test_a_dynamic_address_is_below_the_edge(self):
        """RS-45, RS-293"""
        edge, (interior,) = self.below()
        client = self.connect(edge)
        receiver = client.receiver(dynamic=True, credit=10)
        self.assertTrue(receiver.remote_address.startswith("amqp:/_edge/E/temp."))
        down = interior.wait_link(Sender, "E")
        sent = down.send(Message(address=receiver.remote_address, body="answer"))
        receiver.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_phases_are_told_by_capabilities(self):
        """IR 8.2: of all links but a plain client's."""
        interior = Played(self)
        network = self.build(
            "", [], [("E", [interior.port])], section("address", prefix="way", waypoint=True))
        interior.meet().use()
        client = self.connect(network["E"])
        client.sender("way")
        client.receiver("way")
        client.sender("way", capabilities=symbol("qd.waypoint.1"))
        client.receiver("way", capabilities=symbol("qd.waypoint.1"))
        interior.client.wait_for(lambda: len(interior.client.accepted_links) == 12)
        def capability(end):
            end.capabilities.rewind()
            return str(end.capabilities.get_object()) if end.capabilities.next() else None
        shapes = sorted(
            (type(each).__name__, capability(
                each.link.remote_target if isinstance(each, Receiver)
                else each.link.remote_source) or "-")
            for each in interior.client.accepted_links
            if "way" in (each.link.remote_source.address, each.link.remote_target.address))
        self.assertEqual(shapes, [
            ("Receiver", "-"), ("Receiver", "qd.waypoint.1"), ("Sender", "-"),
            ("Sender", "qd.waypoint.1")])

    # Messages that are still arriving

    def stream(self, edge, interior):
        client = self.connect(edge)
        sender = client.sender("a")
        outlet = interior.wait_link(Receiver, "a")
        outlet.flow(250)
        interior.track("M0a", True)
        sender.wait_credit()
        long = sender.begin().write(
            b"\x00\x53\x75\xb0" + (300_000).to_bytes(4, "big") + bytes(100_000)).drained()
        return client, outlet, long

    def test_a_message_that_is_still_arriving_has_a_link_of_its_own(self):
        """IR 1.6, RS-494: an anonymous one, where the interior offers that."""
        edge, (interior,) = self.below(offered=symbol("qd.streaming-links"))
        own = len(interior.client.accepted_links)
        client, outlet, long = self.stream(edge, interior)
        interior.client.wait_for(lambda: len(interior.client.accepted_links) == own + 2)
        streaming = interior.client.accepted_links[-1]
        self.assertFalse(streaming.link.remote_target.address)
        streaming.flow(10)
        got = streaming.receive(complete=False).wait_size(50_000)
        # Another sender's message is not behind it.
        other = client.sender("a").wait_credit()
        other.send(body="small")
        self.assertEqual(outlet.receive().body, "small")
        long.write(bytes(200_000)).finish()
        got.wait_complete()
        self.assertEqual(got.message.annotations[symbol("x-opt-qd.to")], "a")
        got.accept()
        self.assertEqual(long.outcome().state, "accepted")

    def test_without_the_offer_it_goes_over_the_links_of_its_address(self):
        """IR 1.6"""
        edge, (interior,) = self.below()
        client, outlet, long = self.stream(edge, interior)
        got = outlet.receive(complete=False).wait_size(50_000)
        long.write(bytes(200_000)).finish()
        got.wait_complete().accept()
        self.assertEqual(long.outcome().state, "accepted")

    # Loss

    def actives(self, edge):
        return [row["active"] for row in sorted(
            self.management(edge).query("connection", "role", "active", "identity"),
            key=lambda row: int(row["identity"])) if row["role"] == "edge"]

    def test_one_of_several_uplinks_is_used_and_another_takes_over(self):
        """IR-92, RS-490, MG-168, MG-217"""
        edge, both = self.below(2)
        # Whichever was open first.
        wait_for(lambda: any(each.link(Receiver, "_$qd.edge_heartbeat") for each in both))
        first, second = sorted(
            both, key=lambda each: each.link(Receiver, "_$qd.edge_heartbeat") is None)
        first.use()
        client = self.connect(edge)
        local = client.receiver("a", credit=10)
        client.sender("b")
        first.wait_link(Sender, "a")
        client.sync()
        second.client.sync()
        self.assertEqual(second.client.accepted_links, [])
        self.assertEqual(sorted(self.actives(edge)), [False, True])
        first.client.kill()
        second.use()
        inlet = second.wait_link(Sender, "a")
        second.wait_link(Receiver, "b")
        inlet.send(body="down")
        local.receive()
        self.assertTrue(edge.wait_for_log("to interior lost, activating alternate id="))
        back = first.meet()
        back.client.sync()
        second.client.sync()
        self.assertEqual(back.client.accepted_links, [])
        self.assertEqual(sorted(self.actives(edge)), [False, True])

    def test_without_an_uplink_the_site_works_on(self):
        """RS-299: what is under way comes back modified, what is for elsewhere released."""
        edge, (interior,) = self.below()
        client = self.connect(edge)
        local = client.receiver("here", credit=100)
        local.answer = Incoming.accept
        near = client.sender("here").wait_credit()
        far = client.sender("there")
        outlet = interior.wait_link(Receiver, "there")
        outlet.flow(10)
        interior.track("M0there", True)
        far.wait_credit()
        under_way = far.send(body=1)
        outlet.receive()
        interior.client.kill()
        outcome = under_way.outcome()
        self.assertEqual((outcome.state, outcome.failed), ("modified", True))
        self.assertEqual(near.send(body=2).outcome().state, "accepted")
        self.assertTrue(edge.wait_for_log("to interior lost, no alternate connection available"))
        self.assertEqual(far.send(body=3).outcome().state, "released")
        self.assertEqual(
            client.sender(None).send(Message(address="nobody")).outcome().state, "released")
        self.assertEqual(near.send(body=4).outcome().state, "accepted")
        interior.meet().use()
        outlet = interior.wait_link(Receiver, "there")
        interior.wait_link(Sender, "here")
        outlet.flow(10)
        outlet.answer = Incoming.accept
        interior.track("M0there", True)
        far.drained()
        self.assertEqual(far.send(body=5).outcome().state, "accepted")
        self.assertEqual(near.send(body=6).outcome().state, "accepted")

    def test_a_link_that_the_interior_refuses_is_named(self):
        edge, (interior,) = self.below()
        interior.client.accepts_links = False
        client = self.connect(edge)
        client.receiver("forbidden")
        refused = interior.wait_link(Sender, "forbidden").link
        refused.source.type = Terminus.UNSPECIFIED
        refused.target.copy(refused.remote_target)
        refused.condition = Condition("amqp:unauthorized-access", "no")
        refused.open()
        refused.close()
        self.assertTrue(edge.wait_for_log(
            "The interior router refuses the edge's link for address forbidden"))
        client.fence()


if __name__ == "__main__":
    main()
