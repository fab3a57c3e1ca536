"""What clients of different routers get to see of each other (RS sections 3, 4, 5 and 10)."""

from network import *


class Neighbours(NetworkTest):
    """A and B, each with a listener of small capacity and one that shows routers' annotations."""

    SECTIONS = NetworkTest.SECTIONS + "".join([
        section("address", prefix="way", waypoint=True),
        section("listener", name="ten", host="127.0.0.1", port=0, linkCapacity=10),
        section("listener", name="plain", host="127.0.0.1", port=0, stripAnnotations="no"),
        section("listener", name="tenants", host="127.0.0.1", port=0, multiTenant=True)])

    def on(self, name, listener):
        """A client of that router's listener of that name."""
        return self.connect(port=self.network[name].ports[listener])

    def test_load_is_shared_with_a_neighbour_at_the_cost_of_the_way(self):
        """RS-152, RS-153, RS-156: a local receiver with room for ten, and one a hop away."""
        address = self.unique("balanced")
        sender = self.at("A").sender(address)
        far = self.at("B").receiver(address, credit=250)
        sender.wait_credit(250)  # the far one is known
        near = self.on("A", "ten").receiver(address, credit=250)
        for number in range(50):
            sender.send(body=number)
            wait_for(lambda: near.complete_count + far.complete_count == number + 1)
        self.assertEqual(
            [each.body for each in near.deliveries], [0, 1, 3, 5, 7, 9, 11, 13, 15, 17])

    def test_presettled_messages_are_no_load_of_a_way(self):
        """RS-155: though they wait at its end."""
        address = self.unique("balanced")
        sender = self.at("A").sender(address)
        far = self.at("B").receiver(address)
        sender.wait_credit(250)
        near = self.at("A").receiver(address, credit=50)
        for number in range(2):
            sender.send(body=number)
        near.wait_count(2)
        for number in range(9):
            sender.send(body=number, presettled=True)
        self.at("A").fence()
        far.flow(50)
        far.wait_count(9)

    def test_a_way_with_little_room_is_spared_while_there_is_other_room(self):
        """RS-152, RS-153: the room of a trunk's links is that of the connection, on the side that
        sends."""
        near = self.start([
            ("router", dict(mode="interior", id="NEAR")),
            ("listener", dict(name="clients", host="127.0.0.1", port=0, linkCapacity=10)),
            ("listener", dict(name="senders", host="127.0.0.1", port=0)),
            ("listener", dict(
                name="trunks", host="127.0.0.1", port=0, role="inter-router", linkCapacity=3))])
        far = self.start([
            ("router", dict(mode="interior", id="FAR")),
            ("listener", dict(name="clients", host="127.0.0.1", port=0)),
            ("connector", dict(
                host="127.0.0.1", port=near.ports["trunks"], role="inter-router"))])
        sender = self.connect(port=near.ports["senders"]).sender("x")
        remote = self.connect(far).receiver("x", credit=250)
        sender.wait_credit(250)
        local = self.connect(port=near.ports["clients"]).receiver("x", credit=250)
        for number in range(15):
            sender.send(body=number)
            wait_for(lambda: local.complete_count + remote.complete_count == number + 1)
        self.assertEqual([each.body for each in remote.deliveries], [2, 4, 6, 13, 14])

    def test_a_local_receiver_without_credit_is_closer_than_any_other(self):
        """RS-150: what waits for it is not sent elsewhere."""
        address = self.unique("closest")
        sender = self.at("A").sender(address)
        far = self.at("B").receiver(address, credit=10)
        sender.wait_credit(250)
        near = self.at("A").receiver(address)
        sent = [sender.send(body=number) for number in range(5)]
        self.at("A").fence()
        self.at("B").fence()
        self.assertEqual(far.deliveries, [])
        near.detach()
        self.assertEqual([each.outcome().state for each in sent], ["released"] * 5)
        sender.send(body="then")
        self.assertEqual(far.receive().body, "then")

    def test_a_senders_credit_is_its_own_routers(self):
        """RS-291, RS-35: as much as its listener gives, whatever the receiver's would."""
        address = self.unique()
        small = self.on("A", "ten").sender(address)
        large = self.at("A").sender(address)
        self.on("B", "ten").receiver(address)
        self.assertEqual(small.wait_credit().credit, 10)
        self.assertEqual(large.wait_credit().credit, 250)

    def test_more_may_be_unsettled_between_routers_than_a_link_has_credit(self):
        """RS-291: the trunk's credit is not tied to settlement."""
        address = self.unique()
        receiver = self.at("B", trace=False).receiver(address, credit=5000)
        senders = [self.at("A", trace=False).sender(address).wait_credit(250) for _ in range(12)]
        sent = [sender.send(body=number) for number in range(250) for sender in senders]
        receiver.wait_count(3000)
        self.assertTrue(all(each.state is None for each in sent))
        for got in receiver.deliveries:
            got.accept()
        self.assertEqual({each.outcome().state for each in sent}, {"accepted"})

    def test_local_addresses_are_seen_by_their_own_router_alone(self):
        """RS-120, RS-47: another reaches them by the router's name, if it knows it."""
        name = self.unique("mine")
        receiver = self.at("B").receiver("_local/" + name, credit=10)
        client = self.at("A")
        relay = client.sender(None)
        for address in ("_local/" + name, "_topo/0/A/" + name, "_topo/0/NOWHERE/" + name,
                        "_topo/1/B/" + name, "_topo/all/" + name, name):
            with self.subTest(address):
                sender = client.sender(address)
                client.fence()
                self.assertEqual(sender.credit, 0)
                self.assertEqual(relay.send(address=address, body=1).outcome().state, "released")
        client.sender("_topo/0/B/" + name).wait_credit(250).send(body="targeted")
        relay.send(address="_topo/0/B/" + name, body="relayed")
        self.assertEqual(
            {receiver.receive().body, receiver.receive().body}, {"targeted", "relayed"})

    def test_a_dynamic_target_is_reached_from_another_router(self):
        """RS-41: it is a mobile address."""
        sender = self.at("A").sender(dynamic=True)
        receiver = self.at("B").receiver(sender.remote_address, credit=1)
        sender.wait_credit(250).send(body="found")
        self.assertEqual(receiver.receive().body, "found")

    def test_a_trace_names_the_routers_in_their_order(self):
        """RS-197, RS-200: the first one is the ingress; where a message was sent comes along."""
        for first, last in ("AB", "BA"):
            address = self.unique()
            receiver = self.on(last, "plain").receiver(address, credit=1)
            self.at(first).sender(address).send(body=1)
            self.assertEqual(receiver.receive().message.annotations, {
                symbol("x-opt-qd.to"): address, symbol("x-opt-qd.ingress"): "0/" + first,
                symbol("x-opt-qd.trace"): ["0/" + first, "0/" + last]})

    def test_a_waypoint_may_be_at_another_router_than_both_its_sides(self):
        """RS-132, RS-134, RS-135, IR-25: phases travel with the messages."""
        address, waypoint = self.unique("way"), symbol("qd.waypoint")
        towards = self.at("B").receiver(address, credit=5, capabilities=waypoint)
        away = self.at("B").sender(address, capabilities=waypoint)
        receiver = self.on("A", "plain").receiver(address, credit=5)
        sender = self.at("A").sender(address)
        sent = sender.send(body="in")
        got = towards.receive()
        self.assertEqual(got.body, "in")
        passed = away.send(body="out")
        last = receiver.receive().accept()
        self.assertEqual(last.body, "out")
        self.assertEqual(last.message.annotations[symbol("x-opt-qd.phase")], 1)
        self.assertEqual(passed.outcome().state, "accepted")
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_a_link_with_a_target_leads_there_whatever_its_messages_say(self):
        """RS-197, RS-199, RS-205: an override is for links without one."""
        address, other = self.unique(), self.unique()
        wrong = self.at("B").receiver(other, credit=5)
        receiver = self.on("B", "plain").receiver(address, credit=5)
        sender = self.on("A", "plain").sender(address)
        sender.send(address=other, body=1, annotations={symbol("x-opt-qd.to"): other})
        got = receiver.receive()
        self.assertEqual(got.message.annotations[symbol("x-opt-qd.to")], address)
        self.at("B").fence()
        self.assertEqual(wrong.deliveries, [])

    def test_a_tenants_messages_cross_under_their_full_name(self):
        """RS-138, RS-140: however the tenant writes the address, and to tenants of another router
        as well."""
        address = self.unique()
        full = "a.example/" + address
        plain = self.on("B", "plain").receiver(full, credit=20)
        tenant = self.connect(port=self.network["A"].ports["tenants"], hostname="a.example")
        for text in (address, "/" + address, "amqp:/" + address, "amqp://h:1/" + address + "/"):
            for relayed in (False, True):
                with self.subTest(text, relayed=relayed):
                    sender = tenant.sender(None if relayed else text)
                    if not relayed:
                        sender.wait_credit(250)

                    def is_accepted():
                        plain.answer = Incoming.accept
                        sent = sender.send(address=text, body=text)
                        return sent.outcome().state == "accepted"
                    wait_for(is_accepted, what="a way")
                    got = plain.receive()
                    self.assertEqual((got.body, got.message.address), (text, text))
                    self.assertEqual(got.message.annotations[symbol("x-opt-qd.to")], full)
                    plain.taken = len(plain.deliveries)
        plain.detach()
        far = self.connect(port=self.network["B"].ports["tenants"], hostname="a.example")
        receiver = far.receiver(address, credit=20)
        receiver.answer = Incoming.accept
        relay = tenant.sender(None)
        wait_for(lambda: relay.send(address=address, body=1).outcome().state == "accepted",
                 what="the other tenant")

    def test_settlement_by_the_sender_crosses(self):
        """RS-188, RS-290: with a state of its own or without; credit comes back."""
        address = self.unique()
        receiver = self.at("B").receiver(address, credit=10)
        sender = self.at("A").sender(address).wait_credit(250)
        sent = sender.send(body=1)
        got = receiver.receive()
        sent.delivery.update(Delivery.ACCEPTED)
        wait_for(lambda: got.remote, what="the sender's state")
        self.assertEqual((got.remote.state, got.is_settled), ("accepted", False))
        sent.settle()
        got.wait_settled()
        got.release()
        sender.wait_credit(250)
        self.assertIsNone(sent.state)

    def test_a_receiver_of_settled_messages_accepts_from_afar(self):
        """RS-32, RS-290"""
        address = self.unique()
        receiver = self.at("B").receiver(address, credit=1, snd_settle_mode=Link.SND_SETTLED)
        sent = self.at("A").sender(address).send(body=1)
        self.assertTrue(receiver.receive().is_presettled)
        self.assertEqual(sent.outcome().state, "accepted")

    def test_copies_of_one_message_on_both_routers_have_one_result(self):
        """RS-160, RS-163, RS-290: with the reason that the winner gave; settled when all are."""
        address = self.unique("multicast")
        receivers = [self.at(name).receiver(address, credit=250) for name in "AB"]
        sender = self.at("A").sender(address).wait_credit(250)

        def is_known():
            sender.send(body="warm").outcome()
            return all(self.count(receiver, "warm") for receiver in receivers)
        for receiver in receivers:
            receiver.answer = Incoming.accept
        wait_for(is_known, what="the far receiver")
        for receiver in receivers:
            receiver.answer = None
            receiver.taken = len(receiver.deliveries)
        reject = lambda got: got.reject("a:b", "why")  # noqa: E731
        for near, far, state in (
                (Incoming.accept, reject, "rejected"), (reject, Incoming.accept, "rejected"),
                (Incoming.release, Incoming.modify, "modified"),
                (Incoming.release, Incoming.accept, "accepted")):
            sent = sender.send(body=state)
            gots = [receiver.receive() for receiver in receivers]
            near(gots[0])
            self.at("A").fence()
            self.assertIsNone(sent.state)
            far(gots[1])
            outcome = sent.outcome()
            self.assertEqual(outcome.state, state)
            if state == "rejected":
                self.assertEqual((outcome.condition, outcome.description), ("a:b", "why"))
        sent = sender.send(body="lost")
        gots = [receiver.receive() for receiver in receivers]
        sender.client.kill()
        for got in gots:
            got.wait_settled()
            self.assertEqual(got.remote.state, "modified")


if __name__ == "__main__":
    main()
