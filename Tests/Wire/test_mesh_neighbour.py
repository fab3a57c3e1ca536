"""A router among neighbours that are no Martlets: they are played here."""

from neighbour import *


class Foreign(NetworkTest):
    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def triangle(self):
        """The Martlet A between B and C, which are joined to each other."""
        b = Neighbour(self, "B", {"A": 1, "C": 1})
        c = Neighbour(self, "C", {"A": 1, "B": 1})
        network = self.build("A", [])
        network.links = [("A", "B", 1, b.port), ("A", "C", 1, c.port)]
        network.restart("A")
        for each in (b, c):
            each.meet()
            network["A"].wait_for_log("Neighbour %s is up" % each.name)
        network["A"].wait_for_log("Computed next hops: {'B': 'B', 'C': 'C'}")
        for each in (b, c):
            self.addCleanup(each.client.kill)
        return network, b, c

    def test_a_messages_priority_chooses_its_link_unless_its_address_has_one(self):
        """RS-213: four without either, nine at most."""
        b = Neighbour(self, "B", {"A": 1})
        network = self.build("A", [], section("address", prefix="first", priority=7))
        network.links = [("A", "B", 1, b.port)]
        network.restart("A")
        b.meet()
        self.addCleanup(b.client.kill)
        network["A"].wait_for_log("Neighbour B is up")
        b.announce("first/x", "plain/x")
        client = self.connect(network["A"])
        for address, priority, place in (
                ("plain/x", None, 4), ("plain/x", 0, 0), ("plain/x", 1, 1), ("plain/x", 9, 9),
                ("plain/x", 10, 9), ("plain/x", 255, 9), ("first/x", None, 7), ("first/x", 0, 7),
                ("first/x", 9, 7)):
            for relayed in (False, True):
                sender = client.sender(None if relayed else address).wait_credit()
                before = [len(each.deliveries) for each in b.inlets]
                message = Message(address=address, body="x")
                if priority is not None:
                    message.priority = priority
                sender.send(message)
                wait_for(lambda: sum(len(each.deliveries) for each in b.inlets) > sum(before))
                after = [len(each.deliveries) for each in b.inlets]
                self.assertEqual(
                    [after[each] - before[each] for each in range(10)],
                    [int(each == place) for each in range(10)], (address, priority, relayed))
                sender.detach()

    def test_the_second_copy_of_a_multicast_message_from_a_cycle_is_not_taken(self):
        """IR 6, RS-160"""
        network, b, c = self.triangle()
        receiver = self.connect(network["A"]).receiver("multicast/x", credit=10)
        receiver.answer = Incoming.accept
        wait_for(lambda: b.hand(
            "multicast/x", "warm", ["0/B"]).outcome().state == "accepted", what="both trees")
        self.assert_second_is_not_taken(
            receiver,
            b.hand("multicast/x", "one", ["0/B"]),
            c.hand("multicast/x", "one", ["0/B", "0/C"]),
            c.hand("multicast/x", "two", ["0/C"]))

    def assert_second_is_not_taken(self, receiver, first, second, other):
        """Two copies of `one`, and `two`."""
        self.assertEqual(first.outcome().state, "accepted")
        self.assertEqual(second.outcome().state, "released")
        self.assertEqual(other.outcome().state, "accepted")
        self.assertEqual(self.count(receiver, "one"), 1)
        self.assertEqual(self.count(receiver, "two"), 1)

    def test_the_second_copy_of_a_stamped_multicast_message_is_not_taken(self):
        """IR 6: whichever ways the two came, as while routers differ about a path."""
        network, b, c = self.triangle()
        receiver = self.connect(network["A"]).receiver("multicast/x", credit=10)
        receiver.answer = Incoming.accept
        wait_for(lambda: b.hand(
            "multicast/x", "warm", ["0/B"]).outcome().state == "accepted", what="both trees")
        stamp = 0x0123456789abcdef
        self.assert_second_is_not_taken(
            receiver,
            c.hand("multicast/x", "one", ["0/B", "0/C"], stamp),
            b.hand("multicast/x", "one", ["0/B"], stamp),
            b.hand("multicast/x", "two", ["0/B"], stamp + 1))

    def test_an_anycast_message_may_come_by_any_way(self):
        """IR 2.4"""
        network, b, c = self.triangle()
        receiver = self.connect(network["A"]).receiver("closest/x", credit=10)
        receiver.answer = Incoming.accept
        wait_for(lambda: b.hand(
            "closest/x", "warm", ["0/B"]).outcome().state == "accepted", what="the route")
        self.assertEqual(
            c.hand("closest/x", "one", ["0/B", "0/C"]).outcome().state, "accepted")

    def test_a_message_that_went_too_far_round_is_released(self):
        """IR 2.4"""
        network, b, _ = self.triangle()
        self.connect(network["A"]).receiver("closest/x", credit=10).answer = Incoming.accept
        wait_for(lambda: b.hand(
            "closest/x", "warm", ["0/B"]).outcome().state == "accepted", what="the route")
        sent = b.hand("closest/x", "far", ["0/X", "0/C", "0/B"])
        self.assertEqual(sent.outcome().state, "released")

    def test_a_message_of_a_phase_that_is_none_is_for_nobody(self):
        """RS-132, IR 2.2: above all not for another address, whose name it would be with its
        digits."""
        network, b, _ = self.triangle()
        client = self.connect(network["A"])
        receiver = client.receiver("2a", credit=10, capabilities=symbol("qd.waypoint.2"))
        receiver.answer = Incoming.accept
        wait_for(lambda: b.hand("2a", "right", ["0/B"], phase=1).outcome().state == "accepted",
                 what="the route")
        before = self.count(receiver, "right")
        for phase in (12, 257, 2 ** 62 + 1, -1, 255):
            sent = b.hand("a", "wrong", ["0/B"], phase=phase)
            self.assertEqual(sent.outcome().state, "released", phase)
            sent = b.hand("2a", "wrong", ["0/B"], phase=phase)
            self.assertEqual(sent.outcome().state, "released", phase)
        self.assertEqual(self.count(receiver, "wrong"), 0)
        self.assertEqual(self.count(receiver, "right"), before)

    def test_annotations_of_the_wrong_type_are_rejected(self):
        """IR 2.1"""
        _, b, _ = self.triangle()
        for key, value in ((symbol("x-opt-qd.to"), symbol("x")),
                           (symbol("x-opt-qd.ingress"), 5),
                           (symbol("x-opt-qd.trace"), "0/B")):
            sent = b.data.send(Message(annotations={key: value}, body="x"))
            self.assertEqual(sent.outcome().state, "rejected", key)
            self.assertEqual(sent.outcome().condition, "amqp:invalid-field", key)

    def test_a_message_without_an_address_is_rejected(self):
        """IR 2.2"""
        _, b, _ = self.triangle()
        outcome = b.data.send(Message(body="x")).outcome()
        self.assertEqual(outcome.state, "rejected")
        self.assertEqual(outcome.condition, "amqp:precondition-failed")

    def test_routing_messages_on_a_data_link_are_released(self):
        """IR 2.5"""
        _, b, _ = self.triangle()
        for address in ("amqp:/_local/qdhello", "amqp:/_topo/0/all/qdrouter",
                        "_topo/0/all/qdrouter.ma", "amqp:/_topo/0/A/qdrouter"):
            sent = b.data.send(Message(address=address, body={"id": "X"}))
            self.assertEqual(sent.outcome().state, "released", address)

    def test_garbage_on_the_control_link_does_no_harm(self):
        """IR 3.2"""
        network, b, _ = self.triangle()
        for opcode, fields in (("HELLO", {}), ("LSU", {"ls": 5}), ("MAU", {"exist": [], "add": []}),
                               ("RA", {"ls_seq": "x"}), ("NONSENSE", {})):
            b.say("_topo/0/A/qdrouter.ma", opcode, mobile_seq=1, **fields)
        b.control.send(Message(address="amqp:/_local/qdhello", body="x"), presettled=True)
        b.control.send(b"\x00", presettled=True)
        network["A"].wait_for_log("Control message dropped")
        self.connect(network["A"]).fence()


if __name__ == "__main__":
    main()
