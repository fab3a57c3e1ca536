"""Credit, and what becomes of pre-settled messages (RS 2.7, 4.5; RS-400)."""

import os

from bursts import FastReceiver, FastSender, run
from harness import *
from placement import DeliveryTest, placements

#: Messages of a burst to a mix of receivers; by hand 400,000.
BURST = int(os.environ.get("MARTLET_BURST", "20000"))
#: Seconds that a receiver may be without credit in these tests.
HOLD = 1


class Bursting(DeliveryTest):
    @classmethod
    def setUpClass(cls):
        cls.CONFIGURATION = [
            ("router", dict(mode="standalone", id="TEST", workerThreads=cls.WORKERS,
                            presettledHoldSeconds=HOLD)),
            ("address", dict(prefix="closest", distribution="closest")),
            ("address", dict(prefix="multicast", distribution="multicast")),
            # The fast peers never send empty frames.
            ("listener", dict(host="127.0.0.1", port=0, idleTimeoutSeconds=0)),
            ("listener", dict(name="five", host="127.0.0.1", port=0, linkCapacity=5,
                              idleTimeoutSeconds=0)),
        ]
        super().setUpClass()

    def setUp(self):
        self.peers = []
        if self.WORKERS > 1 and not self.idle:
            # From now on connections go to the workers by turns.
            self.far()

    def tearDown(self):
        for peer in self.peers:
            peer.close()

    def add(self, peer):
        self.peers.append(peer)
        return peer


@placements
class Bursts(Bursting):
    def burst(self, name, total, senders, receivers):
        """Sends `total` messages as fast as credit comes; every one must arrive."""
        address = self.unique(name)
        takers = [self.add(FastReceiver(self.router, address, **how)) for how in receivers]
        givers = [self.add(FastSender(self.router, address, number, total // senders))
                  for number in range(senders)]
        run(self.peers, lambda: sum(taker.count for taker in takers) == total)
        self.assertTrue(all(giver.is_done for giver in givers))
        return takers

    def test_one_sender_loses_nothing(self):
        """RS-189: in a burst of 400,000, to one receiver."""
        self.burst("a", 400_000, 1, [dict()])

    def test_ten_senders_lose_nothing_to_two_receivers(self):
        """RS-189: in a burst of 400,000."""
        for name in ("a", "closest"):
            self.burst(name, 200_000, 10, [dict(), dict()])
            self.tearDown()
            self.peers = []

    def test_ten_senders_lose_nothing_to_one_receiver(self):
        """RS-189"""
        self.burst("closest", 50_000, 10, [dict(portion=10)])

    def test_one_sender_loses_nothing_to_two_receivers(self):
        """RS-189"""
        self.burst("a", 50_000, 1, [dict(), dict(portion=3)])

    def test_nothing_is_lost_to_a_slow_receiver(self):
        """RS-189: it makes its senders wait, in whichever distribution."""
        for name in ("a", "closest"):
            slow = self.burst(
                name, 20_000, 10, [dict(), dict(portion=200, pause=0.02), dict(portion=1)])[1]
            self.assertGreater(slow.count, 0)
            self.tearDown()
            self.peers = []

    def test_nothing_is_lost_to_receivers_of_every_kind_at_once(self):
        """RS-189: quick ones, ones with little credit, ones that give it now and then."""
        mix = [dict(), dict(portion=10), dict(portion=200, pause=0.01), dict(portion=1),
               dict(portion=3000)]
        for name in ("a", "closest"):
            takers = self.burst(name, BURST, 10, mix)
            self.assertTrue(all(taker.count for taker in takers), name)
            self.tearDown()
            self.peers = []

    def test_multicast_loses_nothing_to_receivers_that_go_on(self):
        """RS-166: pre-settled multicast waits for the slowest as well."""
        address = self.unique("multicast")
        takers = [self.add(FastReceiver(self.router, address, **how))
                  for how in (dict(), dict(portion=100, pause=0.01), dict(portion=7))]
        for number in range(3):
            self.add(FastSender(self.router, address, number, 4_000))
        run(self.peers, lambda: all(taker.count == 12_000 for taker in takers))


@placements
class Stuck(Bursting):
    def test_a_receiver_without_credit_holds_its_senders_so_long_and_no_longer(self):
        """RS-168, RS-395, RS-400: then what exceeds its capacity is dropped, the oldest but the
        next."""
        address = self.unique("closest")
        receiver = self.far(port=self.router.ports["five"]).receiver(address)
        sender = self.near().sender(address)
        for number in range(250):
            sender.send(body=number, presettled=True)
        sender.client.fence()
        self.assertEqual(sender.credit, 0)
        # The hold time passes.
        sender.wait_credit(250, HOLD + 5)
        for number in range(250, 400):
            sender.send(body=number, presettled=True)
        sender.client.fence()
        receiver.flow(100)
        got = receiver.wait_count(5)
        self.assertEqual([each.body for each in got], [0, 396, 397, 398, 399])
        sender.send(body="after", presettled=True)
        receiver.wait_count(6)
        self.assertEqual(receiver.deliveries[5].body, "after")

    def test_it_is_not_forgotten_when_its_credit_runs_out_in_the_middle(self):
        """RS-168: no further message need come for its senders to go on."""
        address = self.unique("closest")
        receiver = self.far().receiver(address, credit=100)
        sender = self.near().sender(address)
        for number in range(350):
            sender.send(body=number, presettled=True)
        receiver.wait_count(100)
        sender.wait_credit(250, HOLD + 5)

    def test_unsettled_messages_are_never_dropped(self):
        """RS-169"""
        address = self.unique("closest")
        receiver = self.far(port=self.router.ports["five"]).receiver(address)
        here = self.near()
        sender, other = here.sender(address), here.sender(address)
        sent = [sender.send(body=number) for number in range(100)]
        for number in range(250):
            other.send(body=-1, presettled=True)
        other.wait_credit(250, HOLD + 5)
        receiver.flow(1000)
        receiver.wait_count(100)
        bodies = [got.body for got in receiver.deliveries]
        self.assertEqual([body for body in bodies if body >= 0], list(range(100)))

    def test_one_stuck_receiver_does_not_hold_the_others_for_ever(self):
        """RS-168"""
        address = self.unique("closest")
        self.far().receiver(address)
        taker = self.add(FastReceiver(self.router, address))
        sender = self.add(FastSender(self.router, address, 0, 20_000))
        run(self.peers, lambda: taker.count == 10_000, HOLD + 20)

    def test_a_stuck_receiver_of_multicast_does_not_hold_the_others_for_ever(self):
        """RS-166, RS-168"""
        address = self.unique("multicast")
        stuck = self.far(port=self.router.ports["five"]).receiver(address)
        taker = self.add(FastReceiver(self.router, address))
        self.add(FastSender(self.router, address, 0, 2_000))
        run(self.peers, lambda: taker.count == 2_000, HOLD + 20)
        stuck.flow(100)
        stuck.wait_count(5)


@placements
class Backpressure(Bursting):
    def test_a_slow_receiver_slows_its_senders_and_nobody_else(self):
        """RS-54, RS-169: not even another link of the same session."""
        slow_one, fast_one = self.unique(), self.unique()
        there, here = self.far(trace=False), self.near(trace=False)
        slow = there.receiver(slow_one)
        fast = there.receiver(fast_one, credit=1000)
        fast.answer, fast.refills, fast.keeps = Incoming.accept, True, False
        held = here.sender(slow_one)
        free = here.sender(fast_one)
        body = bytes(50_000)
        for _ in range(250):
            held.send(body=body)
        for number in range(1_000):
            free.send(body=number)
        fast.wait_count(1_000)
        free.wait_credit(250)
        self.assertEqual(held.credit, 0)
        slow.flow(250)
        slow.answer = Incoming.accept
        slow.wait_count(250)
        held.wait_credit(250)

    def test_credit_and_unsettled_make_the_capacity(self):
        """RS-54"""
        address = self.unique()
        receiver = self.far().receiver(address, credit=1000)
        here = self.near()
        sender = here.sender(address)
        sent = [sender.send(body=number) for number in range(100)]
        receiver.wait_count(100)
        here.fence()
        self.assertEqual(sender.credit, 150)
        for got in receiver.deliveries[:30]:
            got.accept()
        sender.wait_credit(180)
        here.fence()
        self.assertEqual(sender.credit, 180)

    def test_what_the_router_rejects_gives_its_credit_back_at_once(self):
        """RS-55, RS-207"""
        address = self.unique()
        self.far().receiver(address)
        here = self.near()
        sender = here.sender(address).wait_credit(250)
        for number in range(300):
            self.assertEqual(sender.send(b"\x00\x53").outcome().state, "rejected")
        sender.wait_credit(250)


if __name__ == "__main__":
    main()
