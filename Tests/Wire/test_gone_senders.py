"""Messages whose senders have gone: they wait on for their receiver (RS-194), and count among all
that waits in the router (memoryBudget), so that senders that come and go fill nothing."""

from harness import *

MEGABYTE = 1 << 20
BUDGET = 4 * MEGABYTE
BODY = "x" * 100000


class GoneSenders(WireTest):
    CONFIGURATION = [section("router", mode="standalone", id="TEST", memoryBudget=BUDGET)]

    def come_and_go(self, address, count):
        """So many senders, each with one message that nobody takes yet."""
        for _ in range(count):
            client = self.connect()
            client.sender(address).send(body=BODY).drained()
            client.sync()
            client.close()

    def test_their_messages_wait(self):
        """RS-194"""
        address = self.unique()
        receiver = self.connect().receiver(address, credit=0)
        self.come_and_go(address, 10)
        receiver.flow(10)
        for _ in range(10):
            self.assertEqual(receiver.receive().accept().body, BODY)

    def test_they_fill_nothing_by_coming_and_going(self):
        address = self.unique()
        receiver = self.connect().receiver(address, credit=0)
        self.come_and_go(address, 10)
        before = self.router.resident()
        self.come_and_go(address, 300)
        self.assertLess(self.router.resident() - before, 15 * MEGABYTE)
        # What fits into the budget is there, the rest was given up, and others go on.
        receiver.answer = Incoming.accept
        receiver.flow(400)
        self.connect().sender(address).send(body="last").outcome()
        count = len(receiver.deliveries)
        self.assertGreaterEqual(count, BUDGET // len(BODY) // 2)
        self.assertLess(count, 100)
