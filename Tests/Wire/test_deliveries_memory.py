"""What large messages cost the router's memory, and the messages beside them (RS-209)."""

from harness import *
from placement import DeliveryTest, placements

MEGABYTE = 1 << 20
PIECE = bytes(256 << 10)


@placements
class Memory(DeliveryTest):
    def stream(self, address, credit=1):
        """A message of an endless body on its way: its sender's and its receiver's view."""
        receiver = self.far().receiver(address, credit=credit)
        receiver.keeps = False
        sender = self.near().sender(address).wait_credit()
        head = b"\x00\x53\x75\xb0" + (1 << 30).to_bytes(4, "big")
        sent = sender.begin().write(head)
        return sent, receiver

    def write(self, sent, count):
        """Writes pieces as the connection takes them; gives how many it took."""
        for number in range(count):
            sent.write(PIECE)
            try:
                sent.drained(deadline=1)
            except TimedOut:
                return number
        return count

    def test_a_long_message_grows_nothing(self):
        """RS-209"""
        sent, receiver = self.stream(self.unique())
        self.write(sent, 8)
        before = self.router.resident()
        self.assertEqual(self.write(sent, 400), 400)
        sent.finish()
        receiver.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")
        self.assertLess(self.router.resident() - before, 20 * MEGABYTE)

    def test_a_receiver_that_stops_reading_stops_the_sender(self):
        """RS-209"""
        sent, receiver = self.stream(self.unique())
        self.write(sent, 4)
        got = receiver.receive(complete=False)
        before = self.router.resident()
        receiver.client.is_reading = False
        taken = self.write(sent, 400)
        # The kernel's buffers on both ways, the session's window, and what waits in the router.
        self.assertLess(taken * len(PIECE), 40 * MEGABYTE)
        self.assertLess(self.router.resident() - before, 20 * MEGABYTE)
        receiver.client.is_reading = True
        sent.drained()
        sent.finish()
        got.wait_complete()
        self.assertEqual(got.size, 8 + (4 + taken + 1) * len(PIECE))
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_a_stalled_message_stops_no_other_receiver(self):
        """RS-166, RS-210"""
        sent, receiver = self.stream(self.unique())
        receiver.client.is_reading = False
        self.write(sent, 400)
        small = self.unique()
        other = self.far().receiver(small, credit=200)
        other.answer = Incoming.accept
        sender = self.near().sender(small)
        outcomes = [sender.send(body=number).outcome().state for number in range(100)]
        self.assertEqual(outcomes, ["accepted"] * 100)

    def test_small_and_large_messages_share_a_session(self):
        """RS-33d: what the window allowed is never held against the sender."""
        address = self.unique()
        receiver = self.far().receiver(address, credit=1000)
        receiver.keeps = False
        receiver.answer = Incoming.accept
        sender = self.near().sender(address)
        sent = []
        for _ in range(3):
            sent += [sender.send(b"\x00\x53\x75\xa0\x01x") for _ in range(200)]
            large = b"\x00\x53\x75\xb0" + (100_000).to_bytes(4, "big") + bytes(100_000)
            sent += [sender.send(large) for _ in range(100)]
        self.assertEqual({each.outcome().state for each in sent}, {"accepted"})

    def test_many_long_messages_at_once_stay_bounded(self):
        """RS-209"""
        streams = [self.stream(self.unique()) for _ in range(12)]
        for sent, _ in streams:
            self.write(sent, 4)
        before = self.router.resident()
        for _ in range(20):
            for sent, _ in streams:
                self.assertEqual(self.write(sent, 1), 1)
        self.assertLess(self.router.resident() - before, 12 * 2 * MEGABYTE)
        for sent, receiver in streams:
            sent.finish()
            receiver.receive().accept()
            self.assertEqual(sent.outcome().state, "accepted")


if __name__ == "__main__":
    main()
