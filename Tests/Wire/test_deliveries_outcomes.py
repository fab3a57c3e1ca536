"""Outcomes, settlement and loss of links, with one consumer (RS 5.1 to 5.6)."""

from harness import *
from placement import DeliveryTest, placements, round_trip


class Pair(DeliveryTest):
    CONFIGURATION = [("address", dict(prefix="near", distribution="closest"))]

    def pair(self, credit=10, distribution="a"):
        """A sender and a receiver of one address."""
        address = self.unique(distribution)
        self.there = self.far()
        self.here = self.near()
        receiver = self.there.receiver(address, credit=credit)
        return self.here.sender(address), receiver

    def passed(self, body="x", credit=10):
        """One message on its way: its sender's and its receiver's view."""
        sender, receiver = self.pair(credit)
        sent = sender.send(body=body)
        return sent, receiver.receive()


@placements
class Outcomes(Pair):
    def test_every_outcome_passes_with_its_fields(self):
        """RS-186, RS-392"""
        sender, receiver = self.pair(20)
        cases = [
            (lambda got: got.accept(), lambda o: o.state == "accepted"),
            (lambda got: got.release(), lambda o: o.state == "released"),
            (lambda got: got.reject(), lambda o: (o.state, o.condition) == ("rejected", None)),
            (lambda got: got.reject("x:why", "because", {symbol("k"): 7}),
             lambda o: (o.state, o.condition, o.description, o.info)
             == ("rejected", "x:why", "because", {symbol("k"): 7})),
            (lambda got: got.modify(),
             lambda o: (o.state, o.failed, o.undeliverable) == ("modified", True, False)),
            (lambda got: got.modify(failed=True, undeliverable=True, annotations={"n": 1}),
             lambda o: (o.state, o.failed, o.undeliverable, o.annotations)
             == ("modified", True, True, {"n": 1})),
        ]
        for number, (answer, is_right) in enumerate(cases):
            sent = sender.send(body=number)
            answer(receiver.receive())
            outcome = sent.outcome()
            self.assertTrue(is_right(outcome), "case %d: %r" % (number, vars(outcome)))

    def test_settlement_without_a_state_passes_as_it_is(self):
        """RS-186"""
        sent, got = self.passed()
        got.settle()
        self.assertIsNone(sent.outcome())
        self.assertTrue(sent.is_settled)

    def test_state_and_settlement_pass_each_at_once(self):
        """RS-185"""
        sent, got = self.passed()
        got.update(Delivery.ACCEPTED)
        self.assertEqual(sent.outcome(settled=False).state, "accepted")
        round_trip(self.there)
        self.here.fence()
        self.assertFalse(sent.is_settled)
        got.settle()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_received_passes_with_its_numbers(self):
        """RS-186"""
        sent, got = self.passed()
        got.delivery.local.section_number = 3
        got.delivery.local.section_offset = 77
        got.update(Delivery.RECEIVED)
        outcome = sent.outcome(settled=False)
        self.assertEqual(
            (outcome.state, outcome.section_number, outcome.section_offset), ("received", 3, 77))
        self.assertFalse(sent.is_settled)
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_other_described_states_pass_with_their_fields(self):
        """RS-186"""
        for code, fields in ((0x34, [b"txn"]), (0x33, [b"declared"])):
            sent, got = self.passed()
            got.delivery.local.data = fields
            got.update(code)
            outcome = sent.outcome(settled=False)
            self.assertEqual((outcome.state, outcome.data), (code, fields))
            self.assertFalse(sent.is_settled)
            got.accept()
            self.assertEqual(sent.outcome().state, "accepted")

    def test_a_released_message_is_not_offered_to_another(self):
        """RS-187"""
        sender, receiver = self.pair()
        other = self.far().receiver(receiver.remote_address, credit=10)
        for number in range(6):
            sent = sender.send(body=number)
            wait_for(lambda: len(receiver.deliveries) + len(other.deliveries) == number + 1)
            got = (receiver.deliveries + other.deliveries)
            got = [each for each in got if not each.is_locally_settled][0].wait_complete()
            got.release()
            self.assertEqual(sent.outcome().state, "released")
        self.here.fence()
        self.assertEqual(len(receiver.deliveries) + len(other.deliveries), 6)

    def test_a_receiver_of_settled_messages_gets_all_settled(self):
        """RS-32, RS-188"""
        address = self.unique()
        receiver = self.far().receiver(address, credit=2, snd_settle_mode=Link.SND_SETTLED)
        sender = self.near().sender(address)
        sent = [sender.send(body=number) for number in range(4)]
        self.assertEqual(sent[1].outcome().state, "accepted")
        self.assertIsNone(sent[2].state)
        receiver.flow(2)
        self.assertEqual(sent[3].outcome().state, "accepted")
        self.assertTrue(all(got.is_presettled for got in receiver.wait_count(4)))


@placements
class SendersWord(Pair):
    def test_a_receiver_of_unsettled_messages_gets_presettled_ones_as_they_are(self):
        """RS-32, RS-189: what it asked for in its attach makes no other of them."""
        address = self.unique()
        receiver = self.far().receiver(address, credit=2, snd_settle_mode=Link.SND_UNSETTLED)
        sender = self.near().sender(address)
        sender.send(body=1, presettled=True)
        self.assertTrue(receiver.receive().is_presettled)
        sent = sender.send(body=2)
        got = receiver.receive()
        self.assertFalse(got.is_presettled)
        self.assertIsNone(sent.state)
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_the_senders_settlement_settles_the_receivers_delivery(self):
        """RS-188"""
        sent, got = self.passed()
        sent.settle()
        got.wait_settled()
        self.assertIsNone(got.remote)
        got.accept()
        self.here.fence()
        self.assertIsNone(sent.state)

    def test_the_senders_settlement_gives_its_credit_back(self):
        """RS-188"""
        sender, receiver = self.pair(1000)
        for number in range(600):
            sender.send(body=number).settle()
        receiver.wait_count(600)
        sender.wait_credit(250)

    def test_the_senders_state_is_shown_to_the_receiver(self):
        """RS-188"""
        sent, got = self.passed()
        sent.delivery.update(Delivery.ACCEPTED)
        self.there.wait_for(lambda: got.remote)
        self.assertEqual(got.remote.state, "accepted")
        self.assertFalse(got.is_settled)
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_a_state_on_the_transfer_travels_with_it(self):
        """RS-182"""
        sender, receiver = self.pair(0)
        for credit_first in (True, False):
            if credit_first:
                receiver.flow(1)
            sent = sender.begin()
            sent.delivery.local.data = [b"txn"]
            sent.delivery.update(0x34)
            sent.write(Message(body="x").encode()).finish()
            if not credit_first:
                self.here.fence()
                receiver.flow(1)
            got = receiver.receive()
            state = Outcome(got.delivery)
            self.assertEqual((state.state, state.data), (0x34, [b"txn"]))
            got.accept()
            self.assertEqual(sent.outcome().state, "accepted")

    def test_what_waits_leaves_settled_once_its_sender_has_settled_it(self):
        """RS-188: the receiver owes no answer, and the sender's credit returns as it leaves."""
        sender, receiver = self.pair(0)
        sent = [sender.send(body=number) for number in range(250)]
        for each in sent:
            each.settle()
        self.here.fence()
        self.assertEqual(sender.credit, 0)
        receiver.flow(1000)
        got = receiver.wait_count(250)
        self.assertTrue(all(each.is_presettled for each in got))
        sender.wait_credit(250)
        self.assertEqual([each.body for each in got], list(range(250)))

    def test_settling_what_waits_over_and_over_stops_no_sender(self):
        """RS-188: no bytes are forgotten in the account of what waits."""
        sender, receiver = self.pair(0)
        body = bytes(60_000)
        for _ in range(12):
            sent = [sender.send(body=body) for _ in range(50)]
            for each in sent:
                each.settle()
            self.here.fence()
            receiver.flow(50)
            receiver.wait_count(len(receiver.deliveries) // 50 * 50)
        receiver.wait_count(600)
        sender.wait_credit(250)


@placements
class Fields(Pair):
    def test_tags_are_the_routers_own(self):
        """RS-180"""
        sender, receiver = self.pair()
        sender.send(body=1, tag="mine")
        sender.send(body=2, tag="mine too")
        tags = [receiver.receive().tag for _ in range(2)]
        self.assertEqual(len(set(tags)), 2)
        for frame in self.there.frames_like("@transfer"):
            self.assertNotIn("mine", frame)

    def test_no_message_expires(self):
        """RS-184"""
        sender, receiver = self.pair(0)
        sent = sender.send(Message(body="late", ttl=0.001))
        # Its time is over when a round trip has passed.
        self.here.fence()
        receiver.flow(1)
        self.assertEqual(receiver.receive().body, "late")
        receiver.deliveries[0].accept()
        sent.outcome()

    def test_header_and_properties_arrive_as_they_were(self):
        """RS-183"""
        sender, receiver = self.pair()
        message = Message(
            body={"a": [1, 2.5, None]}, durable=True, priority=7, ttl=9.5, first_acquirer=True,
            delivery_count=3, id="i", user_id=b"u", address="elsewhere", subject="s",
            reply_to="r", correlation_id=5, content_type="c", group_id="g", group_sequence=4,
            properties={"p": 1}, instructions={symbol("di"): 1}, annotations={symbol("ma"): 2})
        data = message.encode()
        sender.send(data)
        self.assertEqual(receiver.receive().bytes, data)

    def test_presettled_goes_out_presettled(self):
        """RS-189"""
        sender, receiver = self.pair()
        sender.send(body="x", presettled=True)
        self.assertTrue(receiver.receive().is_presettled)
        sender.wait_credit(250)


@placements
class LostReceivers(Pair):
    WAYS = ("detach", "close", "end", "connection", "socket")

    def lose(self, receiver, way):
        client = receiver.client
        if way == "detach":
            receiver.link.detach()
        elif way == "close":
            receiver.link.close()
        elif way == "end":
            client.end(receiver.link.session, wait=False)
        elif way == "connection":
            client.close()
        else:
            client.kill(reset=True)

    def test_sent_is_modified_and_unsent_released_and_credit_returns(self):
        """RS-192, RS-391"""
        for way in self.WAYS:
            with self.subTest(way):
                sender, receiver = self.pair(3)
                sent = [sender.send(body=number) for number in range(8)]
                receiver.wait_count(3)
                self.here.fence()
                self.lose(receiver, way)
                outcomes = [each.outcome() for each in sent]
                self.assertEqual(
                    [o.state for o in outcomes], ["modified"] * 3 + ["released"] * 5)
                self.assertTrue(all(o.failed for o in outcomes[:3]))
                self.there.kill()
                self.far().receiver(receiver.remote_address, credit=1)
                sender.wait_credit(250)

    def test_presettled_that_waited_is_dropped_and_credit_returns(self):
        """RS-192"""
        for way in self.WAYS:
            with self.subTest(way):
                sender, receiver = self.pair(3)
                for number in range(200):
                    sender.send(body=number, presettled=True)
                receiver.wait_count(3)
                self.lose(receiver, way)
                self.there.kill()
                self.far().receiver(receiver.remote_address, credit=1)
                sender.wait_credit(250)

    def test_an_address_goes_on_with_its_other_receiver(self):
        """RS-187, RS-192"""
        sender, receiver = self.pair(100)
        other = self.far().receiver(receiver.remote_address, credit=1000)
        other.answer = Incoming.accept
        sent = [sender.send(body=number) for number in range(100)]
        wait_for(lambda: len(receiver.deliveries) + len(other.deliveries) == 100)
        receiver.client.kill(reset=True)
        states = [each.outcome().state for each in sent]
        self.assertEqual(states.count("accepted"), len(other.deliveries))
        self.assertEqual(
            states.count("modified") + states.count("released"), 100 - len(other.deliveries))


@placements
class LostSenders(Pair):
    def test_complete_messages_stay(self):
        """RS-194"""
        for way in LostWays:
            with self.subTest(way):
                sender, receiver = self.pair(2)
                for number in range(6):
                    sender.send(body=number)
                receiver.wait_count(2)
                self.here.fence()
                lose_sender(sender, way)
                self.here.kill()
                receiver.client.fence()
                self.assertFalse(any(got.is_settled for got in receiver.deliveries))
                receiver.flow(10)
                got = receiver.wait_count(6)
                self.assertEqual([each.body for each in got], list(range(6)))
                self.assertFalse(any(each.is_presettled for each in got))
                for each in got:
                    each.accept()
                receiver.client.fence()


LostWays = ("detach", "close", "end", "connection", "socket")


def lose_sender(sender, way):
    client = sender.client
    if way == "detach":
        sender.link.detach()
    elif way == "close":
        sender.link.close()
    elif way == "end":
        client.end(sender.link.session, wait=False)
    elif way == "connection":
        client.close()
        return
    else:
        client.kill(reset=True)
        return
    round_trip(client)


@placements
class Draining(Pair):
    def test_a_drain_sends_what_there_is_and_ends_the_credit(self):
        """RS-57"""
        sender, receiver = self.pair(0)
        for number in range(3):
            sender.send(body=number)
        self.here.fence()
        receiver.drain(10)
        self.assertEqual(receiver.credit, 0)
        receiver.wait_count(3)

    def test_a_drain_of_nothing_is_answered_at_once(self):
        """RS-57"""
        sender, receiver = self.pair(0)
        self.assertEqual(receiver.drain(10), 0)
        self.assertEqual(receiver.credit, 0)
        sender.send(body="later")
        self.here.fence()
        self.assertEqual(len(receiver.deliveries), 0)
        receiver.flow(1)
        self.assertEqual(receiver.receive().body, "later")

    def test_a_drain_smaller_than_the_queue_takes_its_share(self):
        """RS-57"""
        sender, receiver = self.pair(0)
        for number in range(9):
            sender.send(body=number)
        self.here.fence()
        receiver.drain(4)
        self.assertEqual(len(receiver.wait_count(4)), 4)
        receiver.flow(5)
        self.assertEqual(
            [each.body for each in receiver.wait_count(9)], list(range(9)))


del Pair
if __name__ == "__main__":
    main()
