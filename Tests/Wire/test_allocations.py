"""The allocation budget: what forwarding a message may allocate, once things have settled down.

Of the release build, because a debug build allocates where the optimizer does not.
"""

import mmap
import shutil
import struct
import subprocess
import tempfile

from bursts import FastReceiver, FastSender, run
from harness import *
from router_process import ROOT

RELEASE = os.path.join(ROOT, ".build", "release", "martletd")
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "allocations.c")
#: For what the router does by itself meanwhile: timers, statistics, the growth of a queue.
SLACK = 0.05


class Counted:
    """A router whose allocations are counted."""

    def __init__(self, directory, library, workers):
        path = os.path.join(directory, "count-%d" % workers)
        with open(path, "wb") as file:
            file.write(bytes(8))
        with open(path, "r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)
        self.router = Router(
            [("router", dict(mode="standalone", id="TEST", workerThreads=workers)),
             ("address", dict(prefix="multicast", distribution="multicast")),
             ("listener", dict(host="127.0.0.1", port=0))],
            program=RELEASE, environment=dict(LD_PRELOAD=library, ALLOCATIONS=path))

    @property
    def count(self):
        return struct.unpack("=Q", self._shared[:8])[0]


@unittest.skipUnless(os.path.exists(RELEASE), "make release makes what this tests")
class Allocations(WireTest):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        library = os.path.join(directory.name, "allocations.so")
        compiler = shutil.which("cc") or shutil.which("clang")
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-fno-builtin", "-o", library, SOURCE],
            check=True)
        cls.counted = Counted(directory.name, library, workers=1)
        cls.router = cls.counted.router

    def assert_budget(self, budget, send, count):
        """`send(count)` is called three times: once to settle down, and then no call may allocate
        more than the budget for each message."""
        send(count)
        for _ in range(2):
            before = self.counted.count
            send(count)
            spent = (self.counted.count - before) / count
            self.assertLessEqual(spent, budget + SLACK)

    def presettled(self, address, receivers):
        takers = [FastReceiver(self.router, address) for _ in range(receivers)]
        giver = FastSender(self.router, address, 0, 0)
        for peer in takers + [giver]:
            self.addCleanup(peer.close)

        def send(count):
            giver.count += count
            run(takers + [giver],
                lambda: sum(taker.count for taker in takers) == giver.count * receivers)
        return send

    def unsettled(self, address, receivers):
        client = self.connect()
        for _ in range(receivers):
            receiver = client.receiver(address, credit=100_000)
            receiver.keeps = False
            receiver.answer = Incoming.accept
        sender = self.connect().sender(address)

        def send(count):
            sent = [sender.send(b"\x00\x53\x75\xa0\x01x") for _ in range(count)]
            self.assertEqual({each.outcome().state for each in sent}, {"accepted"})
        return send

    def test_the_counter_counts(self):
        """That the tests below can fail: attaching a link allocates."""
        client = self.connect()
        before = self.counted.count
        client.sender(self.unique())
        self.assertGreater(self.counted.count, before)

    def test_an_unsettled_message_allocates_nothing(self):
        """ARCHITECTURE, the way of a message"""
        self.assert_budget(0, self.unsettled(self.unique(), 1), 2_000)

    def test_an_unsettled_multicast_message_allocates_nothing(self):
        """ARCHITECTURE, more than one copy"""
        self.assert_budget(0, self.unsettled(self.unique("multicast"), 5), 1_000)

    def test_a_presettled_message_allocates_nothing(self):
        """ARCHITECTURE, the way of a message"""
        self.assert_budget(0, self.presettled(self.unique(), 1), 10_000)

    def test_a_presettled_multicast_message_allocates_nothing(self):
        """ARCHITECTURE, more than one copy"""
        self.assert_budget(0, self.presettled(self.unique("multicast"), 5), 5_000)

    def test_a_message_that_names_its_address_itself_allocates_nothing(self):
        """ARCHITECTURE, the way of a message"""
        address = self.unique()
        receiver = self.connect().receiver(address, credit=100_000)
        receiver.keeps = False
        receiver.answer = Incoming.accept
        sender = self.connect().sender(None)
        message = Message(address=address, body="x").encode()

        def send(count):
            sent = [sender.send(message) for _ in range(count)]
            self.assertEqual({each.outcome().state for each in sent}, {"accepted"})
        self.assert_budget(0, send, 2_000)


if __name__ == "__main__":
    main()
