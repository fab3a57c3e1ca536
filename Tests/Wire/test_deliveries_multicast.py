"""A delivery for everyone: multicast (RS 4)."""

from harness import *
from placement import DeliveryTest, placements

ADDRESSES = [("address", dict(prefix=name, distribution=name))
             for name in ("closest", "multicast", "unavailable")]


@placements
class Multicast(DeliveryTest):
    CONFIGURATION = ADDRESSES

    def fan(self, count, credit=100):
        address = self.unique("multicast")
        there = self.far()
        here = self.near()
        receivers = [(there if number % 2 else here).receiver(address, credit=credit)
                     for number in range(count)]
        return here.sender(address), receivers

    def test_everyone_gets_a_copy_the_sender_too(self):
        """RS-157, RS-159"""
        sender, receivers = self.fan(5)
        sent = sender.send(body="all")
        for receiver in receivers:
            got = receiver.receive()
            self.assertEqual(got.body, "all")
            self.assertFalse(got.is_presettled)
            self.assertIsNone(sent.state)
            got.accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_credit_comes_back_when_the_last_copy_is_settled(self):
        """RS-54"""
        sender, receivers = self.fan(3)
        sender.wait_credit(250)
        sent = sender.send(body="all")
        gots = [receiver.receive() for receiver in receivers]
        for got in gots[:2]:
            got.accept()
        gots[2].update(Delivery.ACCEPTED)
        self.assertEqual(sent.outcome(settled=False).state, "accepted")
        receivers[0].client.fence()
        sender.client.fence()
        self.assertEqual(sender.credit, 249)
        gots[2].settle()
        sender.wait_credit(250)

    def test_copies_of_a_presettled_message_are_presettled(self):
        """RS-159"""
        sender, receivers = self.fan(4)
        sent = sender.send(body="all", presettled=True)
        for receiver in receivers:
            self.assertTrue(receiver.receive().is_presettled)
        sender.wait_credit(250)
        self.assertIsNone(sent.state)

    def combined(self, *answers):
        sender, receivers = self.fan(len(answers))
        sent = sender.send(body="x")
        for receiver, answer in zip(receivers, answers):
            answer(receiver.receive())
        return sent.outcome()

    def test_the_strongest_outcome_wins(self):
        """RS-160, RS-162, and with its details, done better than RS-161, RS-403"""
        accept, release, settle = Incoming.accept, Incoming.release, Incoming.settle
        modify = lambda got: got.modify(undeliverable=True)  # noqa: E731
        reject = lambda got: got.reject("x:y", "z")  # noqa: E731
        for answers, state in (
                ((accept, release), "accepted"), ((release, accept), "accepted"),
                ((accept, reject), "rejected"), ((reject, accept), "rejected"),
                ((release, modify), "modified"), ((modify, release), "modified"),
                ((modify, accept), "accepted"), ((release, release), "released"),
                ((accept, settle), "accepted"), ((settle, release, settle), "released"),
                ((accept, accept, modify, reject), "rejected")):
            with self.subTest(state, answers=len(answers)):
                outcome = self.combined(*answers)
                self.assertEqual(outcome.state, state)
                if state == "modified":
                    self.assertTrue(outcome.failed and outcome.undeliverable)
                if state == "rejected":
                    self.assertEqual((outcome.condition, outcome.description), ("x:y", "z"))
        self.assertIsNone(self.combined(settle, settle))

    def test_the_state_comes_when_all_have_decided_and_settlement_when_all_have_settled(self):
        """RS-163"""
        sender, receivers = self.fan(3)
        sent = sender.send(body="x")
        got = [receiver.receive() for receiver in receivers]
        got[0].accept()
        got[1].update(Delivery.ACCEPTED)
        sender.client.fence()
        self.assertIsNone(sent.state)
        got[2].accept()
        self.assertEqual(sent.outcome(settled=False).state, "accepted")
        sender.client.fence()
        self.assertFalse(sent.is_settled)
        got[1].settle()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_received_is_not_passed(self):
        """RS-161"""
        sender, receivers = self.fan(2)
        sent = sender.send(body="x")
        for receiver in receivers:
            receiver.receive().update(Delivery.RECEIVED)
        sender.client.fence()
        self.assertIsNone(sent.state)

    def test_lost_receivers_count_as_released_or_modified(self):
        """RS-164"""
        for credit, state in ((0, "released"), (10, "modified")):
            for lost in (1, 2):
                address = self.unique("multicast")
                here = self.near()
                clients = [self.far() for _ in range(2)]
                receivers = [client.receiver(address, credit=credit) for client in clients]
                sent = here.sender(address).send(body="x")
                here.fence()
                if credit:
                    for receiver in receivers:
                        receiver.receive()
                for client in clients[:lost]:
                    client.kill(reset=True)
                if lost == 1:
                    receivers[1].flow(1)
                    (receivers[1].deliveries[0] if credit else receivers[1].receive()).accept()
                self.assertEqual(sent.outcome().state, "accepted" if lost == 1 else state)

    def test_when_the_sender_goes_copies_are_settled_as_modified(self):
        """RS-165"""
        sender, receivers = self.fan(3)
        own = self.near()
        lone = own.sender(receivers[0].remote_address)
        lone.send(body="x")
        got = [receiver.receive() for receiver in receivers]
        got[0].accept()
        own.kill()
        for each in got[1:]:
            each.wait_settled()
            self.assertEqual(each.remote.state, "modified")

    def test_the_senders_settlement_settles_every_copy(self):
        """RS-188, RS-165"""
        sender, receivers = self.fan(4)
        for _ in range(300):
            sent = sender.send(body="x")
            got = [receiver.receive() for receiver in receivers]
            sent.settle()
            for each in got:
                each.wait_settled()
            for receiver in receivers:
                receiver.flow(1)
        sender.wait_credit(250)

    def test_the_slowest_governs_credit(self):
        """RS-166: and when it goes, the sender goes on."""
        address = self.unique("multicast")
        here, there = self.near(), self.far()
        fast = here.receiver(address, credit=1000)
        fast.answer = Incoming.accept
        slow = there.receiver(address)
        sender = here.sender(address)
        for number in range(250):
            sender.send(body=number)
        here.fence()
        self.assertEqual(sender.credit, 0)
        self.assertEqual(fast.complete_count, 250)
        there.kill()
        sender.wait_credit(250)
        self.assertEqual(sender.sent[-1].outcome().state, "accepted")

    def test_waiting_copies_on_two_receivers_of_a_worker_are_one_debt(self):
        """RS-166: the account of what waits comes out even, however often."""
        address = self.unique("multicast")
        here, there = self.near(), self.far()
        receivers = [there.receiver(address) for _ in range(3)]
        sender = here.sender(address)
        for _ in range(8):
            for number in range(50):
                sender.send(bytes([0, 0x53, 0x75, 0xB0, 0, 0, 0xEA, 0x60]) + bytes(60_000))
            here.fence()
            for receiver in receivers:
                receiver.flow(50)
                receiver.answer = Incoming.accept
            for receiver in receivers:
                receiver.wait_count(len(sender.sent))
        sender.wait_credit(250)

    def test_an_anonymous_sender_without_receivers_gets_released(self):
        """RS-158"""
        here = self.near()
        sender = here.sender(None)
        sent = sender.send(Message(address=self.unique("multicast"), body="x"))
        self.assertEqual(sent.outcome().state, "released")
        sender.send(Message(address=self.unique("multicast"), body="x"), presettled=True)
        sender.wait_credit(250)


if __name__ == "__main__":
    main()
