"""Drains and what an attach is told of settlement (routing semantics, section 2)."""

from harness import *
from placement import DeliveryTest, placements


@placements
class Drain(DeliveryTest):
    def drained(self, peer, window):
        """Reads messages, opening its window of so many frames with each, until the drain is
        answered; gives how many came, and the answer."""
        frames = messages = 0
        while True:
            got = peer.read_frame()
            if got.name == "transfer":
                frames += 1
                messages += not got["more"]
                if frames % window == 0:
                    peer.send("flow", next_incoming_id=frames, incoming_window=window,
                              next_outgoing_id=0, outgoing_window=2048)
            elif got.name == "flow" and got["handle"] is not None:
                return messages, got

    def test_it_ends_when_all_that_waits_has_gone_through_the_sessions_windows(self):
        """RS-57: however narrow they are, and however large the messages."""
        for window, size in ((1, 10), (5, 10), (3, 40_000)):
            for settled in (False, True):
                with self.subTest(window=window, size=size, settled=settled):
                    address = self.unique()
                    peer = self.raw()
                    peer.handshake()
                    peer.begin(incoming_window=window)
                    peer.attach_receiver(address)
                    here = self.near()
                    sender = here.sender(address)
                    for _ in range(12):
                        sender.send(body=b"x" * size, presettled=settled)
                    here.fence()
                    peer.send("flow", handle=0, next_incoming_id=0, incoming_window=window,
                              next_outgoing_id=0, outgoing_window=2048, delivery_count=0,
                              link_credit=30, drain=True)
                    messages, answer = self.drained(peer, window)
                    self.assertEqual(messages, 12)
                    self.assertEqual((answer["delivery-count"], answer["link-credit"]), (30, 0))


@placements
class Modes(DeliveryTest):
    def echoed(self, receives, **modes):
        peer = self.raw()
        peer.handshake()
        peer.begin()
        attach = peer.attach_receiver if receives else peer.attach_sender
        answer = attach(self.unique(), **modes)
        return answer["snd-settle-mode"], answer["rcv-settle-mode"]

    def test_modes_that_are_kept_to_are_answered_as_they_were_asked(self):
        """AMQP 2.7.3, RS-396: what a sender sends is its own choice, and a receiver may want all
        settled. A receiver's disposition is final (RS-30), so that none settles second."""
        for wanted, answered in (
                ((None, None), (2, 0)), ((0, 0), (0, 0)), ((1, 0), (1, 0)), ((2, 0), (2, 0)),
                ((1, 1), (1, 0)), ((2, 1), (2, 0)), ((3, 2), (2, 0)), ((255, 255), (2, 0))):
            with self.subTest(sends=wanted):
                self.assertEqual(self.echoed(
                    False, snd_settle_mode=wanted[0], rcv_settle_mode=wanted[1]), answered)
        for wanted, answered in (
                ((None, None), (2, 0)), ((0, 0), (2, 0)), ((1, 0), (1, 0)), ((2, 0), (2, 0)),
                ((0, 1), (2, 0)), ((2, 1), (2, 0)), ((3, 2), (2, 0)), ((255, 255), (2, 0))):
            with self.subTest(receives=wanted):
                self.assertEqual(self.echoed(
                    True, snd_settle_mode=wanted[0], rcv_settle_mode=wanted[1]), answered)

    def test_what_an_unsettled_sender_sends_is_answered(self):
        """AMQP 2.8.2"""
        address = self.unique()
        receiver = self.far().receiver(address, credit=1)
        sender = self.near().sender(address, snd_settle_mode=Link.SND_UNSETTLED)
        self.assertEqual(sender.link.remote_snd_settle_mode, Link.SND_UNSETTLED)
        sent = sender.send(body=1)
        receiver.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_what_a_settled_sender_sends_is_settled(self):
        """AMQP 2.8.2"""
        address = self.unique()
        receiver = self.far().receiver(address, credit=1)
        sender = self.near().sender(address, snd_settle_mode=Link.SND_SETTLED)
        sender.send(body=1)
        self.assertTrue(receiver.receive().is_presettled)


if __name__ == "__main__":
    main()
