"""Messages that are sent on while they arrive (RS 5.5, 5.6, 5.10)."""

import hashlib
import random

from harness import *
from placement import DeliveryTest, attach_sender, placements

#: A body section of one long binary value: what follows is its bytes.
def start(size):
    return b"\x00\x53\x75\xb0" + size.to_bytes(4, "big")


LONG = 400_000


class Streaming(DeliveryTest):
    CONFIGURATION = [("address", dict(prefix="multicast", distribution="multicast"))]

    def begun(self, credit=10, size=LONG, first=200_000, presettled=False, name="a"):
        """A message that is half sent: its sender's and its receiver's view."""
        address = self.unique(name)
        self.there, self.here = self.far(), self.near()
        receiver = self.there.receiver(address, credit=credit)
        sender = self.here.sender(address)
        sent = sender.wait_credit().begin(presettled=presettled)
        sent.write(start(size) + bytes(first)).drained()
        self.size = size
        if credit:
            return sent, receiver.receive(complete=False).wait_size(first)
        return sent, receiver

    def rest(self, sent, first=200_000):
        return sent.write(bytes(self.size - first)).finish()

    def assert_credit(self, sender, count=250):
        sender.wait_credit(count)
        self.here.fence()
        self.assertEqual(sender.credit, count)


@placements
class Streams(Streaming):
    def test_a_long_message_is_sent_on_before_its_end(self):
        """RS-208"""
        sent, got = self.begun()
        self.assertFalse(got.is_complete)
        self.rest(sent)
        got.wait_complete().accept()
        self.assertEqual(sent.outcome().state, "accepted")
        self.assertEqual(got.size, LONG + 8)
        self.assert_credit(sent.sender)

    def test_any_pieces_arrive_as_they_were_sent(self):
        """RS-183, RS-208: random sizes of message, piece, frame; to receivers in turn."""
        seed = random.randrange(1 << 32)
        print("seed", seed)
        chance = random.Random(seed)
        for _ in range(30):
            frame = chance.choice([512, 4_096, 65_536, 1 << 20])
            address = self.unique(chance.choice(["a", "multicast"]))
            receivers = [
                self.far(max_frame_size=chance.choice([512, 16_384]), trace=False)
                .receiver(address, credit=chance.choice([0, 1])) for _ in range(chance.choice([1, 2]))]
            sender = self.near(max_frame_size=frame, trace=False).sender(address)
            size = chance.choice([10, 60_000, 66_000, 140_000, 1_000_000])
            data = start(size) + chance.randbytes(size)
            sent = sender.begin(presettled=chance.random() < 0.5)
            at = 0
            while at < len(data):
                step = chance.randrange(1, 200_000)
                sent.write(data[at:at + step])
                if chance.random() < 0.5:
                    sender.client.flush()
                at += step
            sent.finish()
            for receiver in receivers:
                receiver.flow(1)
            wait_for(lambda: any(receiver.complete_count for receiver in receivers))
            if "multicast" in address:
                for receiver in receivers:
                    receiver.wait_count(1)
            for receiver in receivers:
                for got in receiver.deliveries[:receiver.complete_count]:
                    self.assertEqual(
                        hashlib.sha1(got.bytes).digest(), hashlib.sha1(data).digest(),
                        "seed %d" % seed)
                    got.accept()
            if not sent.is_locally_settled:
                self.assertEqual(sent.outcome().state, "accepted")
            sender.wait_credit(250)
            for receiver in receivers:
                receiver.client.kill()
            sender.client.kill()

    def test_later_messages_wait_for_the_end_of_a_stream(self):
        """RS-210"""
        sent, got = self.begun()
        other = self.near().sender(got.receiver.remote_address)
        small = other.send(body="small")
        other.client.fence()
        self.assertEqual(len(got.receiver.deliveries), 1)
        self.rest(sent)
        got.wait_complete().accept()
        got.receiver.receive().accept()
        self.assertEqual(small.outcome().state, "accepted")
        sent.outcome()

    def test_messages_longer_than_the_window_share_a_session(self):
        """RS-212: the one that its receiver takes is not held up by those that wait for it."""
        address = self.unique()
        self.there, self.here = self.far(), self.near()
        receiver = self.there.receiver(address, credit=10)
        receiver.keeps, receiver.answer = False, Incoming.accept
        session = self.here.session()
        size, piece = 6 << 20, bytes(64 << 10)
        sent = [
            self.here.sender(address, session=session).wait_credit().begin().write(start(size))
            for _ in range(3)]
        left = {each: size // len(piece) for each in sent}
        while left:
            for each in list(left):
                if each.delivery.pending < len(piece):
                    each.write(piece)
                    left[each] -= 1
                    if not left[each]:
                        del left[each.finish()]
            wait_for(
                lambda: not left or any(each.delivery.pending < len(piece) for each in left),
                what="some message to go on")
        for each in sent:
            self.assertEqual(each.outcome().state, "accepted")

    def test_an_outcome_before_the_end_settles_the_sender_at_the_end(self):
        """RS-211, RS-401"""
        for answer, state in (
                (Incoming.accept, "accepted"), (Incoming.release, "released"),
                (lambda got: got.reject("x:y", "z"), "rejected"),
                (lambda got: got.modify(undeliverable=True), "modified")):
            sent, got = self.begun()
            got.receiver.takes = False
            # The engine of the receiver has not ended the delivery, only stated and settled it.
            got.update({"accepted": Delivery.ACCEPTED, "released": Delivery.RELEASED,
                        "rejected": Delivery.REJECTED, "modified": Delivery.MODIFIED}[state])
            self.assertEqual(sent.outcome(settled=False).state, state)
            self.assertFalse(sent.is_settled)
            got.settle()
            self.here.fence()
            self.rest(sent)
            self.assertEqual(sent.outcome().state, state)
            self.assert_credit(sent.sender)

    def test_nowhere_to_go_releases_at_once_and_settles_at_the_end(self):
        """RS-212"""
        self.here = self.near()
        sender = self.here.sender(None)
        head = Message(address=self.unique(), body=None).encode()
        sent = sender.wait_credit().begin()
        sent.write(head[:-4] + start(LONG) + bytes(200_000)).drained()
        self.assertEqual(sent.outcome(settled=False).state, "released")
        self.assertFalse(sent.is_settled)
        sent.write(bytes(LONG - 200_000)).finish()
        self.assertEqual(sent.outcome().state, "released")
        self.assert_credit(sender)

    def test_what_there_is_room_for_of_a_part_is_sent(self):
        """RS-208: a receiver that opens its window when it is used up gets all of each part."""
        address = self.unique()
        there = self.far(max_frame_size=4_096)
        receiver = there.receiver(address, credit=1, session=there.session(10 * 4_096))
        sent = self.near().sender(address).wait_credit().begin().write(start(LONG))
        written = 8
        for _ in range(5):
            sent.write(bytes(30_000)).drained()
            written += 30_000
            receiver.receive(complete=False).wait_size(written)
            receiver.taken = 0
        sent.write(bytes(LONG - 150_000)).finish()
        receiver.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_a_small_receiver_gets_its_frames(self):
        """RS-208: as few frames as its frame size allows, none larger."""
        address = self.unique()
        there = self.far(max_frame_size=1_024)
        receiver = there.receiver(address, credit=1)
        self.near().sender(address).send(bytes(start(20_000)) + bytes(20_000))
        receiver.receive().accept()
        self.assertLessEqual(len(there.frames_like("@transfer")), 22)


@placements
class Losses(Streaming):
    def lose(self, link, way):
        if way == "detach":
            link.link.detach()
        elif way == "close":
            link.link.close()
        elif way == "end":
            link.client.end(link.link.session, wait=False)
        elif way == "connection":
            link.client.close()
        else:
            link.client.kill(reset=True)

    WAYS = ("detach", "close", "end", "connection", "socket")

    def test_a_lost_receiver_releases_at_once_and_settles_at_the_end(self):
        """RS-193: the credit comes back at once."""
        for way in self.WAYS:
            with self.subTest(way):
                sent, got = self.begun()
                self.far().receiver(got.receiver.remote_address, credit=0)
                self.here.fence()
                self.lose(got.receiver, way)
                self.assertEqual(sent.outcome(settled=False).state, "released")
                self.assertFalse(sent.is_settled)
                # The message took one, and holds none.
                sent.sender.wait_credit(250)
                self.rest(sent)
                self.assertEqual(sent.outcome().state, "released")
                self.assert_credit(sent.sender)

    def test_a_lost_receiver_of_a_queued_stream_releases_it(self):
        """RS-192, RS-193"""
        sent, receiver = self.begun(credit=0)
        self.here.fence()
        other = self.far().receiver(receiver.remote_address)
        self.here.fence()
        self.there.kill()
        self.assertEqual(sent.outcome(settled=False).state, "released")
        self.rest(sent)
        self.assertEqual(sent.outcome().state, "released")
        self.assert_credit(sent.sender)

    def test_a_presettled_stream_to_a_lost_receiver_is_swallowed(self):
        """RS-192"""
        sent, got = self.begun(presettled=True)
        self.far().receiver(got.receiver.remote_address)
        self.here.fence()
        self.there.kill()
        self.rest(sent)
        self.assert_credit(sent.sender)

    def test_a_lost_sender_aborts_the_receivers_delivery(self):
        """RS-195"""
        for way in self.WAYS:
            with self.subTest(way):
                sent, got = self.begun()
                receiver = got.receiver
                self.lose(sent.sender, way)
                got.wait_complete()
                self.assertTrue(got.is_aborted)
                # The link goes on, one credit poorer (RS-196).
                self.near().sender(receiver.remote_address).send(body="next")
                self.assertEqual(receiver.receive().body, "next")
                self.assertEqual(receiver.credit, 8)

    def test_an_unsent_stream_of_a_lost_sender_vanishes(self):
        """RS-195"""
        sent, receiver = self.begun(credit=0)
        self.here.kill()
        self.far().fence()
        other = self.near()
        other.sender(receiver.remote_address).send(body="next")
        receiver.flow(5)
        self.assertEqual(receiver.receive().body, "next")

    def test_a_sender_that_aborts_has_its_credit_back_and_hears_nothing(self):
        """RS-196"""
        for credit in (10, 0):
            sent, got = self.begun(credit=credit)
            sent.abort()
            self.here.flush()
            if credit:
                got.wait_complete()
                self.assertTrue(got.is_aborted)
            self.assert_credit(sent.sender)
            self.assertIsNone(sent.state)
            receiver = got.receiver if credit else got
            receiver.flow(1)
            sent.sender.send(body="next")
            self.assertEqual(receiver.receive().body, "next")

    def test_an_abort_waits_for_the_receivers_window(self):
        """RS-195"""
        address = self.unique()
        there, here = self.far(max_frame_size=4_096), self.near()
        receiver = there.receiver(address, credit=10, session=there.session(10 * 4_096))
        receiver.takes = False
        sender = here.sender(address).wait_credit()
        sent = sender.begin().write(start(LONG) + bytes(100_000)).drained()
        wait_for(lambda: len(there.frames_like("@transfer")) >= 10, what="a full window")
        sent.abort()
        later = sender.send(bytes(start(100_000)) + bytes(100_000))
        here.fence()
        there.sync()
        receiver.take()
        self.assertTrue(receiver.receive(complete=False).wait_complete().is_aborted)
        receiver.receive().accept()
        self.assertEqual(later.outcome().state, "accepted")

    def test_an_abort_before_anything_was_routed_leaves_no_trace(self):
        """RS-196"""
        self.here, there = self.near(), self.far()
        address = self.unique()
        receiver = there.receiver(address, credit=3)
        sender = self.here.sender(address).wait_credit()
        sent = sender.begin()
        sent.write(b"\x00\x53").drained()
        sent.abort()
        sender.send(body="next")
        self.assertEqual(receiver.receive().body, "next")
        self.assert_credit(sender, 249)

    def test_a_senders_settlement_in_mid_stream_settles_the_copy(self):
        """RS-188"""
        for last in (True, False):
            raw = RawPeer(self.router)
            self.addCleanup(raw.close)
            there = self.far()
            address = self.unique()
            receiver = there.receiver(address, credit=10)
            raw.handshake()
            raw.begin()
            attach_sender(raw, address)
            data = start(40_000) + bytes(40_000)
            raw.send("transfer", data[:15_000], handle=0, delivery_id=0, delivery_tag=b"0", more=True)
            got = receiver.receive(complete=False).wait_size(15_000)
            self.assertFalse(got.is_presettled)
            if not last:
                raw.send("disposition", role=False, first=0, last=0, settled=True)
            raw.send("transfer", data[15_000:30_000], handle=0, more=True)
            raw.send("transfer", data[30_000:], handle=0, more=False, settled=True if last else None)
            got.wait_complete()
            self.assertEqual(got.bytes, data)
            got.wait_settled()
            for number in range(1, 400):
                raw.send("transfer", b"\x00\x53\x77\x40", handle=0, delivery_id=number,
                         delivery_tag=b"%d" % number, settled=True)
                receiver.flow(1)
                receiver.wait_count(number + 1)

    def test_losses_on_both_sides_at_any_moment(self):
        """RS-192 to RS-196: whatever goes, the address works afterwards and credit is whole."""
        seed = random.randrange(1 << 32)
        print("seed", seed)
        chance = random.Random(seed)
        for _ in range(25):
            address = self.unique(chance.choice(["a", "multicast"]))
            receivers = [self.far(trace=False).receiver(address, credit=chance.randrange(4))
                         for _ in range(chance.randrange(1, 4))]
            senders = [self.near(trace=False).sender(address).wait_credit() for _ in range(2)]
            open_ones = []
            for _ in range(chance.randrange(3, 20)):
                step = chance.random()
                if step < 0.4:
                    sender = chance.choice(senders)
                    if sender.client.is_broken or sender.credit < 1:
                        continue
                    if not any(each.sender is sender for each in open_ones):
                        each = sender.begin(presettled=chance.random() < 0.3)
                        each.write(start(300_000) + bytes(chance.randrange(200_000)))
                        open_ones.append(each)
                elif step < 0.6 and open_ones:
                    each = open_ones.pop(chance.randrange(len(open_ones)))
                    if each.sender.client.is_broken:
                        continue
                    if chance.random() < 0.5:
                        each.abort()
                    else:
                        each.finish()
                elif step < 0.75:
                    lost = chance.choice(senders + receivers)
                    if not lost.client.is_broken and chance.random() < 0.5:
                        lost.client.kill(reset=chance.random() < 0.5)
                elif step < 0.9:
                    receiver = chance.choice(receivers)
                    if not receiver.client.is_broken:
                        receiver.flow(1)
                        for got in receiver.deliveries:
                            if got.is_complete and not got.is_locally_settled:
                                chance.choice([Incoming.accept, Incoming.release])(got)
                else:
                    pump.turn(0.001)
            for each in senders + receivers:
                each.client.kill()
            check = self.far().receiver(address, credit=1)
            sender = self.near().sender(address)
            sender.send(body="still there")
            self.assertEqual(check.receive().body, "still there", "seed %d" % seed)
            check.client.kill()
            sender.client.kill()


del Streaming
if __name__ == "__main__":
    main()
