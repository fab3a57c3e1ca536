"""Receivers that hold others up: they are left behind, and nobody else loses anything."""

from bursts import FastGateway, FastReceiver, FastSender, run
from harness import *
from placement import DeliveryTest, placements


@placements
class Laggards(DeliveryTest):
    @classmethod
    def setUpClass(cls):
        cls.CONFIGURATION = [
            ("router", dict(mode="standalone", id="TEST", workerThreads=cls.WORKERS)),
            ("address", dict(prefix="multicast", distribution="multicast")),
            ("listener", dict(host="127.0.0.1", port=0, idleTimeoutSeconds=0)),
        ]
        super().setUpClass()

    def setUp(self):
        self.peers = []

    def tearDown(self):
        for peer in self.peers:
            peer.close()

    def add(self, peer):
        self.peers.append(peer)
        return peer

    def test_a_slow_subscriber_does_not_set_the_pace_of_the_others(self):
        """RS-166, but for one that has held the others up for a second: it keeps the newest."""
        address = self.unique("multicast")
        told = len(self.router.log_lines("Receiver is left behind"))
        quick = self.add(FastReceiver(self.router, address))
        slow = self.add(FastReceiver(self.router, address, portion=1, pause=0.5))
        self.add(FastSender(self.router, address, 0, 5_000))
        run(self.peers, lambda: quick.count == 5_000, 20)
        self.assertLess(slow.count, 100)
        self.assertEqual(len(self.router.log_lines("Receiver is left behind")) - told, 1)
        slow.pause = 0
        run(self.peers, lambda: slow.count > 250)
        dropped = sum(row["droppedPresettledCount"]
                      for row in self.management().query("router.link")
                      if row["owningAddr"] == "M0" + address and row["linkDir"] == "out")
        self.assertGreater(dropped, 4_000)

    def test_a_slow_consumer_of_one_address_does_not_hold_its_senders_others_up(self):
        """RS-166: behind a link that names an address in each message."""
        addresses = [self.unique() for _ in range(5)]
        slow = self.add(FastReceiver(self.router, addresses[0], portion=1, pause=1))
        quick = [self.add(FastReceiver(self.router, each)) for each in addresses[1:]]
        self.add(FastGateway(self.router, addresses, 0, 3_000))
        run(self.peers, lambda: all(each.count == 600 for each in quick))
        self.assertLess(slow.count, 100)

    def test_receivers_that_all_go_on_lose_nothing(self):
        """RS-166, RS-189"""
        address = self.unique("multicast")
        takers = [self.add(FastReceiver(self.router, address, **how))
                  for how in (dict(), dict(portion=50, pause=0.02))]
        self.add(FastSender(self.router, address, 0, 10_000))
        run(self.peers, lambda: all(taker.count == 10_000 for taker in takers))


if __name__ == "__main__":
    main()
