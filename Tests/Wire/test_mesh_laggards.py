"""A consumer that is slow, behind a trunk that others share."""

from bursts import FastReceiver, FastSender, run
from network import *


class Laggards(NetworkTest):
    def setUp(self):
        self.peers = []
        self.addCleanup(lambda: [peer.close() for peer in self.peers])

    def add(self, peer):
        self.peers.append(peer)
        return peer

    def test_it_does_not_hold_the_trunks_other_addresses_up(self):
        """RS-166: however many send to it, and whether the others' messages are settled or not."""
        there, here = self.network["A"], self.network["B"]
        slow, settled, unsettled = self.unique("slow"), self.unique("settled"), self.unique("a")
        laggard = self.add(FastReceiver(there, slow, portion=1, pause=1))
        quick = self.add(FastReceiver(there, settled))
        for number in range(20):
            self.add(FastSender(here, slow, number, 1_000))
        run(self.peers, lambda: laggard.count >= 2)
        receiver = self.at("A").receiver(unsettled, credit=1_000)
        receiver.answer = Incoming.accept
        sender = self.at("B", trace=False).sender(unsettled)
        self.add(FastSender(here, settled, 0, 2_000))
        sent = [sender.send(body=number, wait=False) for number in range(1_000)]

        def is_done():
            pump.turn(0)
            return quick.count == 2_000 and all(each.is_settled for each in sent)

        run(self.peers, is_done)
        self.assertEqual({each.state for each in sent}, {"accepted"})
        self.assertLess(laggard.count, 100)


if __name__ == "__main__":
    main()
