"""Two long multicast messages that come to two receivers in different order, as they do where their
priorities differ and one receiver gives credit late: neither waits for the other for ever."""

from harness import *
from placement import DeliveryTest, placements

PART = bytes(200 << 10)


@placements
class CrossingStreams(DeliveryTest):
    CONFIGURATION = [("address", dict(prefix="multicast", distribution="multicast"))]

    def test_two_long_messages_cross(self):
        """RS-159, RS-209"""
        address = self.unique("multicast")
        early = self.far().receiver(address, credit=10)
        late = self.far().receiver(address, credit=0)
        senders = [self.near().sender(address).wait_credit() for _ in range(2)]
        head = b"\x00\x53\x75\xb0" + (2 * len(PART)).to_bytes(4, "big")
        first = senders[0].begin().write(head + PART)
        early.receive(complete=False)
        urgent = b"\x00\x53\x70\xc0\x04\x02\x40\x50\x09"
        second = senders[1].begin().write(urgent + head + PART)
        for sent in (first, second):
            sent.drained()
            sent.sender.client.sync()
        late.flow(10)
        late.receive(complete=False)
        for sent in (first, second):
            sent.write(PART)
            sent.finish()
        for receiver in (early, late):
            receiver.answer = Incoming.accept
        self.assertEqual([sent.outcome().state for sent in (first, second)], ["accepted"] * 2)
