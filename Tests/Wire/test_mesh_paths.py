"""Messages over lines, triangles and meshes of routers."""

from network import *


class TwoRouters(NetworkTest):
    def test_anycast_goes_both_ways_with_its_outcome(self):
        """RS-290, RS-36"""
        for source, drain in (("A", "B"), ("B", "A")):
            for prefix in ("closest", "balanced"):
                address = self.unique(prefix)
                receiver = self.at(drain).receiver(address, credit=10)
                sender = self.at(source).sender(address)
                sent = sender.send(body=address)
                got = receiver.receive()
                self.assertEqual(got.body, address)
                self.assertIsNone(sent.state)
                got.accept()
                self.assertEqual(sent.outcome().state, "accepted")

    def test_every_outcome_crosses_with_its_data(self):
        """RS-290, RS-185"""
        address = self.unique()
        receiver = self.at("B").receiver(address, credit=10)
        sender = self.at("A").sender(address)

        sent = sender.send(body=1)
        receiver.receive().reject("test:why", "because", {symbol("k"): "v"})
        outcome = sent.outcome()
        self.assertEqual(
            (outcome.state, outcome.condition, outcome.description, outcome.info),
            ("rejected", "test:why", "because", {"k": "v"}))

        sent = sender.send(body=2)
        receiver.receive().release()
        self.assertEqual(sent.outcome().state, "released")

        sent = sender.send(body=3)
        receiver.receive().modify(undeliverable=True, annotations={symbol("x"): 7})
        outcome = sent.outcome()
        self.assertEqual(outcome.state, "modified")
        self.assertTrue(outcome.undeliverable)
        self.assertEqual(outcome.annotations, {symbol("x"): 7})

    def test_a_state_crosses_before_the_settlement(self):
        """RS-186"""
        address = self.unique()
        receiver = self.at("B").receiver(address, credit=10)
        sender = self.at("A").sender(address)
        sent = sender.send(body=1)
        got = receiver.receive()
        got.update(Delivery.ACCEPTED)
        self.assertEqual(sent.outcome(settled=False).state, "accepted")
        self.assertFalse(sent.is_settled)
        got.settle()
        sent.outcome()

    def test_a_sender_gets_credit_when_the_first_consumer_anywhere_comes(self):
        """RS-290, RS-35"""
        address = self.unique()
        sender = self.at("A").sender(address)
        self.at("A").fence()
        self.assertEqual(sender.credit, 0)
        self.at("B").receiver(address)
        sender.wait_credit(250)
        self.assertEqual(sender.credit, 250)

    def test_after_the_last_consumer_the_address_is_withdrawn(self):
        """RS-290, RS-38"""
        address = self.unique()
        far = self.at("B")
        receivers = [far.receiver(address, credit=1) for _ in range(2)]
        client = self.at("A")
        sender = client.sender(address).wait_credit(250)
        receivers[0].detach()
        self.assertIsNotNone(sender.send(body="stays"))
        receivers[1].receive().accept()
        receivers[1].detach()

        def is_withdrawn():
            self.assertEqual(sender.send(body="nobody").outcome().state, "released")
            return sender.is_draining
        wait_for(is_withdrawn, what="a drain")
        back = far.receiver(address, credit=300)
        back.answer = Incoming.accept
        wait_for(lambda: sender.send(body="back").outcome().state == "accepted")

    def test_request_and_response_cross_by_dynamic_address(self):
        """RS-45, RS-290"""
        address = self.unique("service")
        server = self.at("B")
        requests = server.receiver(address, credit=10)
        answers = server.sender(None)
        client = self.at("A")
        replies = client.receiver(dynamic=True, credit=10)
        self.assertTrue(replies.remote_address.startswith("amqp:/_topo/0/A/temp."))
        asked = client.sender(address).send(
            Message(reply_to=replies.remote_address, correlation_id=5, body="ask"))
        request = requests.receive()
        request.accept()
        answered = answers.send(Message(
            address=request.message.reply_to, correlation_id=request.message.correlation_id,
            body="answer"))
        reply = replies.receive()
        reply.accept()
        self.assertEqual((reply.body, reply.message.correlation_id), ("answer", 5))
        self.assertEqual(asked.outcome().state, "accepted")
        self.assertEqual(answered.outcome().state, "accepted")

    def test_annotations_of_the_user_cross_and_those_of_routers_do_not_come_out(self):
        """RS-122, IR 2.1, IR 2.3"""
        address = self.unique()
        receiver = self.at("B").receiver(address, credit=10)
        sender = self.at("A").sender(address)
        sender.send(Message(annotations={symbol("mine"): "x"}, priority=7, ttl=5000, body="b"))
        got = receiver.receive().accept()
        self.assertEqual(got.message.annotations, {symbol("mine"): "x"})
        self.assertEqual(got.message.priority, 7)
        plain = Message(body="plain").encode()
        sender.send(plain)
        self.assertEqual(receiver.receive().accept().bytes, plain)

    def test_presettled_messages_stay_presettled(self):
        """RS-290, IR 2.5"""
        address = self.unique()
        receiver = self.at("B").receiver(address, credit=10)
        self.at("A").sender(address).send(body=1, presettled=True)
        self.assertTrue(receiver.receive().is_presettled)

    def test_a_message_for_nobody_is_released_and_its_sender_may_send_again(self):
        """RS-42, RS-204"""
        client = self.at("A")
        sender = client.sender(None)
        for to in (self.unique(), "_topo/0/nowhere/x", "_topo/1/B/x", "_topo/0/B/temp.gone"):
            sent = sender.send(Message(address=to, body="x"))
            self.assertEqual(sent.outcome().state, "released", to)

    def test_management_is_reached_across_the_mesh(self):
        """MG-4"""
        for source, target in (("A", "B"), ("B", "A")):
            agent = Management(self.at(source), "_topo/0/%s/$management" % target)
            self.assertEqual([each["id"] for each in agent.query("router")], [target])

    def test_an_abort_aborts_the_copy_at_the_far_end(self):
        """RS-195, IR 2.6"""
        address = self.unique()
        receiver = self.at("B").receiver(address, credit=10)
        sender = self.at("A").sender(address).wait_credit()
        data = Message(body=b"x" * 400_000).encode()
        sent = sender.begin().write(data[:300_000])
        got = receiver.receive(complete=False).wait_size(1)
        sent.abort()
        got.wait_complete()
        self.assertTrue(got.is_aborted)
        sender.send(body="next")
        wait_for(lambda: self.count(receiver, "next"), what="the next message")

    def test_a_large_message_is_cut_through(self):
        """RS-208, IR 1.6"""
        address = self.unique()
        receiver = self.at("B").receiver(address, credit=10)
        sender = self.at("A").sender(address).wait_credit()
        data = Message(body=b"x" * 5_000_000).encode()
        sent = sender.begin().write(data[:1_000_000])
        got = receiver.receive(complete=False).wait_size(900_000)
        self.assertFalse(got.is_complete)
        sent.write(data[1_000_000:]).finish()
        got.wait_complete()
        self.assertEqual(got.bytes, data)
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_large_messages_for_one_receiver_do_not_hold_each_other_up(self):
        """RS-212, IR 1.6: what waits of one leaves the window of the trunk to the others."""
        address, other = self.unique(), self.unique()
        far = self.at("B")
        receiver, free = far.receiver(address, credit=10), far.receiver(other, credit=10)
        receiver.takes = False
        before = self.network["B"].resident()
        data = Message(body=bytes(8 << 20)).encode()
        client = self.at("A")
        sent = [
            client.sender(address, session=client.session()).wait_credit().begin().write(data)
            for _ in range(4)]
        wait_for(lambda: receiver.deliveries, what="the first message's beginning")
        last = client.sender(other, session=client.session()).wait_credit().begin().write(data)
        last.finish()
        free.receive().accept()
        self.assertEqual(last.outcome().state, "accepted")
        self.assertLess(self.network["B"].resident() - before, 32 << 20)
        receiver.answer = Incoming.accept
        receiver.take()
        for each in sent:
            each.finish()
        for each in sent:
            self.assertEqual(each.outcome().state, "accepted")

    def test_a_large_message_does_not_hold_up_small_ones(self):
        """RS-212, IR 1.6"""
        address, other = self.unique(), self.unique()
        far = self.at("B")
        receiver, small = far.receiver(address, credit=10), far.receiver(other, credit=10)
        sender = self.at("A").sender(address).wait_credit()
        sent = sender.begin().write(Message(body=b"x" * 2_000_000).encode()[:1_000_000])
        receiver.receive(complete=False).wait_size(1)
        self.at("A").sender(other).send(body="small")
        self.assertEqual(small.receive().accept().body, "small")
        self.assertFalse(receiver.deliveries[0].is_complete)
        sent.abort()

    def test_an_unsettled_delivery_to_a_lost_receiver_is_modified(self):
        """RS-192, RS-290"""
        address = self.unique()
        far = self.at("B")
        receiver = far.receiver(address, credit=1)
        sender = self.at("A").sender(address)
        sent = [sender.send(body=n) for n in range(3)]
        receiver.receive()
        self.at("B").fence()
        far.kill()
        self.assertEqual([each.outcome().state for each in sent][0], "modified")
        self.assertTrue(sent[0].outcome().failed)
        self.assertEqual([each.outcome().state for each in sent][1:], ["released"] * 2)


class ThreeInLine(NetworkTest):
    NAMES, LINKS = line(3)

    def test_messages_and_outcomes_cross_a_router_between(self):
        """RS-290, IR 2.2"""
        for source, drain in (("A", "C"), ("C", "A")):
            address = self.unique()
            receiver = self.at(drain).receiver(address, credit=100)
            receiver.answer = Incoming.accept
            sender = self.at(source).sender(address)
            sent = [sender.send(body=number) for number in range(100)]
            self.assertEqual([each.outcome().state for each in sent], ["accepted"] * 100)
            self.assertEqual([each.body for each in receiver.deliveries], list(range(100)))

    def test_closest_is_the_nearest_router(self):
        """RS-151, IR 4.3"""
        address = self.unique("closest")
        near = self.at("B").receiver(address, credit=100)
        far = self.at("C").receiver(address, credit=100)
        near.answer = far.answer = Incoming.accept
        sender = self.at("A").sender(address)
        sent = [sender.send(body=number) for number in range(20)]
        self.assertEqual({each.outcome().state for each in sent}, {"accepted"})
        self.assertEqual((len(near.deliveries), len(far.deliveries)), (20, 0))
        near.detach()

        def reaches_far():
            return sender.send(body="far").outcome().state == "accepted"
        wait_for(reaches_far, what="the other consumer")
        self.assertEqual(self.count(far, "far"), 1)

    def test_balanced_fills_the_nearest_first_and_spreads_under_load(self):
        """RS-153, IR 4.3"""
        address = self.unique("balanced")
        far = self.at("C").receiver(address, credit=250)
        sender = self.at("A").sender(address).wait_credit()  # C is known
        near = self.at("A").receiver(address, credit=250)
        sent = []
        while len(far.deliveries) < 20 and len(sent) < 240:
            sent.append(sender.send(body="x"))
            wait_for(lambda: near.complete_count + far.complete_count == len(sent))
        ahead = near.complete_count - far.complete_count
        late = [each for each in (near, far) for each in each.deliveries]
        self.assertEqual(far.complete_count, 20)
        for each in late:
            each.accept()
        self.assertEqual({each.outcome().state for each in sent}, {"accepted"})
        # The near one has as many more as the way to the far one costs.
        self.assertIn(ahead, (1, 2))
        near.answer = far.answer = Incoming.accept
        self.assertEqual(sender.send(body="idle").outcome().state, "accepted")
        self.assertEqual(self.count(near, "idle"), 1)

    def test_multicast_reaches_every_receiver_once_along_the_line(self):
        """RS-160, IR 6"""
        address = self.unique("multicast")
        receivers = {name: self.at(name).receiver(address, credit=100) for name in "ABC"}
        for receiver in receivers.values():
            receiver.answer = Incoming.accept
        for source in "ABC":
            sender = self.at(source).sender(address).wait_credit()
            self.warm(sender, receivers.values())
            sent = sender.send(body="from " + source)
            self.assertEqual(sent.outcome().state, "accepted")
            for name, receiver in receivers.items():
                self.assertEqual(self.count(receiver, "from " + source), 1, name)

    def warm(self, sender, receivers):
        """Sends until one message reached them all."""
        for number in range(400):
            body = "warm %s %d" % (sender.name, number)
            sender.send(body=body).outcome()
            if all(self.count(each, body) for each in receivers):
                return
            pump.turn(0.02)
        self.fail("not every receiver was reached")

    def test_a_large_message_crosses_three_routers_with_bounded_memory(self):
        """RS-210, IR 2.7"""
        address = self.unique()
        client = self.at("C", max_frame_size=16384)
        receiver = client.receiver(address, credit=1, session=client.session(1 << 20))
        receiver.keeps = False
        receiver.takes = False
        sender = self.at("A").sender(address).wait_credit()
        before = {name: self.network[name].resident() for name in "ABC"}
        data = b"x" * 1_000_000
        sent = sender.begin().write(Message(body=b"").encode()[:-2] + b"\xb0" + (
            200 * len(data)).to_bytes(4, "big"))
        written = 0
        while written < 200 and self.is_moving(sent):
            sent.write(data)
            written += 1
        self.assertLess(written, 60)
        for name in "ABC":
            grown = self.network[name].resident() - before[name]
            self.assertLess(grown, 40 << 20, name)
        receiver.take()
        for _ in range(written, 200):
            sent.write(data)
            wait_for(lambda: sent.delivery.pending < 2_000_000, 30)
        sent.finish()
        receiver.receive(deadline=30).accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def is_moving(self, sent):
        """The bytes written so far leave this side soon."""
        try:
            wait_for(lambda: sent.delivery.pending == 0, 0.5)
            return True
        except TimedOut:
            return False


class Cycles(NetworkTest):
    """Six routers: a ring of A to D with a diagonal, and a tail."""

    NAMES = "ABCDEF"
    LINKS = [("B", "A"), ("C", "B"), ("D", "C"), ("D", "A"), ("C", "A"), ("E", "D"), ("F", "E")]

    def test_multicast_is_received_once_wherever_it_enters(self):
        """RS-160, IR 6"""
        address = self.unique("multicast")
        receivers = {name: self.at(name).receiver(address, credit=1000) for name in self.NAMES}
        for receiver in receivers.values():
            receiver.answer = Incoming.accept
        senders = {name: self.at(name).sender(address).wait_credit() for name in self.NAMES}
        for sender in senders.values():
            ThreeInLine.warm(self, sender, receivers.values())
        for source, sender in senders.items():
            for _ in range(5):
                self.assertEqual(
                    sender.send(body="from " + source).outcome().state, "accepted")
        for name, receiver in receivers.items():
            for source in self.NAMES:
                self.assertEqual(self.count(receiver, "from " + source), 5, (source, name))

    def test_multicast_outcome_is_the_strongest_of_all_receivers(self):
        """RS-160, IR 6"""
        address = self.unique("multicast")
        receivers = [self.at(name).receiver(address, credit=1000) for name in "BDF"]
        for receiver in receivers:
            receiver.answer = Incoming.accept
        sender = self.at("A").sender(address).wait_credit()
        ThreeInLine.warm(self, sender, receivers)
        receivers[1].answer = Incoming.release
        self.assertEqual(sender.send(body=1).outcome().state, "accepted")
        receivers[2].answer = Incoming.reject
        self.assertEqual(sender.send(body=2).outcome().state, "rejected")

    def test_anycast_takes_the_cheapest_path_from_everywhere(self):
        """IR 4.1, RS-290"""
        address = self.unique("closest")
        receiver = self.at("F").receiver(address, credit=1000)
        receiver.answer = Incoming.accept
        for source in "ABCDE":
            sender = self.at(source).sender(address)
            self.assertEqual(sender.send(body=source).outcome().state, "accepted")
            self.assertEqual(self.count(receiver, source), 1)


if __name__ == "__main__":
    main()
