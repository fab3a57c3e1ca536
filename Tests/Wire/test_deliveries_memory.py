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

    def test_a_stalled_message_fills_nothing_for_another_of_its_session(self):
        """RS-209, RS-212: it yields to the other, but not without bound."""
        there = self.far().receiver(self.unique("stopped"), credit=1)
        there.keeps = False
        eager = self.far().receiver(self.unique("eager"), credit=1)
        eager.keeps = False
        here = self.near()
        session = here.session()
        pair = [
            here.sender(each.remote_address, session=session).wait_credit().begin().write(
                b"\x00\x53\x75\xb0" + (1 << 30).to_bytes(4, "big"))
            for each in (there, eager)]
        there.receive(complete=False)
        there.client.is_reading = False
        before = self.router.resident()
        taken = 0
        while taken < 400 and all(self.write(sent, 1) for sent in pair):
            taken += 1
        self.assertLess(self.router.resident() - before, 50 * MEGABYTE)

    def test_what_a_session_was_allowed_it_may_send_after_a_large_message_has_begun(self):
        """RS-33d: a window that small messages have made wide is never taken back, though the
        receiver has stopped."""
        small = dict(settled=True, payload=b"\x00\x53\x75\xa0\x01x")
        filling, stalled = self.stream(self.unique())
        addresses = [self.unique(), self.unique()]
        receiver = stalled.client.receiver(addresses[0], credit=2000)
        self.far().receiver(addresses[1], credit=2000)
        peer = self.raw()
        peer.handshake()
        peer.begin()
        for handle, address in enumerate(addresses):
            peer.attach_sender(address, name=address, handle=handle)
            peer.expect("flow")
        sent = limit = 0

        def transfers(handle, count, **how):
            nonlocal sent
            frames = [frame("transfer", handle=handle, delivery_id=number,
                            delivery_tag=b"%d" % number, **how)
                      for number in range(sent, sent + count)]
            sent += count
            return b"".join(frames)

        def heard():
            """The number of the first frame that a flow which tells of all sent forbids."""
            while True:
                flow = peer.expect("flow", skip=("", "disposition"))
                if flow["next-incoming-id"] == sent:
                    return sent + flow["incoming-window"]

        while limit - sent <= 4 * MEGABYTE // 16384:
            peer.send_bytes(transfers(0, 200, **small))
            limit = heard()
            wait_for(lambda: len(receiver.deliveries) == sent, what="small messages")
        stalled.client.is_reading = False
        self.write(filling, 400)
        # The last few messages have a flow sent after the large one has begun.
        begun, piece, count = sent, bytes(16_000), limit - sent - 6
        head = b"\x00\x53\x75\xb0" + (count * len(piece)).to_bytes(4, "big")
        peer.send_bytes(
            transfers(0, 1, more=True, settled=True, payload=head) + transfers(1, 5, **small))
        heard()
        # As a sender would that has not heard that flow yet: all that was allowed before.
        for number in range(1, count + 1):
            peer.send("transfer", handle=0, delivery_id=begun, delivery_tag=b"%d" % begun,
                      more=number < count, settled=True, payload=piece)
        peer.send("attach", name="third", handle=2, role=False, initial_delivery_count=0,
                  source=composite("source"), target=composite("target", address=self.unique()))
        peer.expect("attach", skip=("", "flow", "disposition"))
        stalled.client.is_reading = True
        filling.abort()
        wait_for(lambda: receiver.deliveries[-1].size == len(head) + count * len(piece),
                 what="the large message")

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

    def test_memory_is_given_back_whenever_it_was_taken(self):
        """RS-209: in the first second of a router's life, and by links that stood for a while."""
        router = self.start(section("router", mode="standalone", workerThreads=self.WORKERS))
        before = router.resident()
        client = self.connect(router)
        receivers = [client.receiver("a/%d" % number) for number in range(20)]
        body = Message(body=b"x" * 100_000).encode()
        sending = self.connect(router)
        for number in range(20):
            sender = sending.sender("a/%d" % number).wait_credit(100)
            for _ in range(20):
                sender.send(body, presettled=True, wait=False)
        sending.fence()
        wait_for(lambda: router.resident() - before > 30 * MEGABYTE, what="the messages")
        del receivers
        sending.kill()
        client.kill()
        wait_for(lambda: router.resident() - before < 20 * MEGABYTE, what="their memory",
                 deadline=20)


if __name__ == "__main__":
    main()
