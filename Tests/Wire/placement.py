"""Tests of deliveries twice: all on one worker, and senders and receivers on different ones."""

import os
import sys

from harness import Described, Endpoint, RawPeer, WireTest, composite, uint, ulong
from rest import assert_at_rest


class DeliveryTest(WireTest):
    """A test whose clients stand where its class says: `near()` on one worker (for senders),
    `far()` on the other if there are two (for receivers)."""

    WORKERS = 1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.idle = []

    def run(self, result=None):
        self.clients, self.peers = [], []
        return super().run(result)

    def connect(self, router=None, **how):
        client = super().connect(router, **how)
        if router in (None, self.router) and "port" not in how:
            self.clients.append(client)
        return client

    def raw(self, router=None, **how):
        self.peers.append(super().raw(router, **how))
        return self.peers[-1]

    def tearDown(self):
        super().tearDown()
        if not self._outcome.success or self.router is None:
            return
        for peer in self.peers:
            peer.close()
        assert_at_rest(self, list(self.clients))

    @classmethod
    def tearDownClass(cls):
        for peer in cls.idle:
            peer.close()
        super().tearDownClass()

    def near(self, **how):
        return self._on(0, how)

    def far(self, **how):
        return self._on(1, how)

    def _on(self, side, how):
        if self.WORKERS == 1:
            return self.connect(**how)
        misplaced = []
        try:
            for _ in range(200):
                client = self.connect(**how)
                if worker_of(self.router, client) == side:
                    return client
                # It stays until the right one has come, so that the next is placed elsewhere.
                misplaced.append(client)
                if len(self.idle) < 70:
                    self.idle += [RawPeer(self.router) for _ in range(70)]
        finally:
            for client in misplaced:
                client.kill()
        raise AssertionError("no connection came to worker %d" % side)


def worker_of(router, client):
    """The number of the worker that serves a connection: the thread that wakes for it."""
    for attempt in range(40):
        # The other may have work of its own just then, but less than a long talk makes.
        trips = 4 + 2 * attempt
        before = _switches(router)
        for _ in range(trips):
            round_trip(client)
        after = _switches(router)
        woken = [task for task in after if after[task] - before.get(task, 0) >= trips]
        if len(woken) == 1:
            return _workers(router).index(woken[0])
    raise AssertionError("no one worker wakes for the connection")


def round_trip(client):
    """Asks the connection's worker for something that it answers by itself."""
    session = client.session()
    client.wait_for(lambda: session.state & Endpoint.REMOTE_ACTIVE, what="a session")
    client.end(session)


def attach_sender(peer, address):
    """Attaches a link to send on, byte by byte, and waits for credit."""
    peer.send(Described(ulong(0x12), [
        "raw", uint(0), False, None, None, composite("source"),
        composite("target", address=address), None, None, uint(0)]))
    peer.expect("attach")
    return peer.expect("flow")


def attach_receiver(peer, address):
    """Attaches a link to receive from, byte by byte."""
    peer.send(Described(ulong(0x12), [
        "raw", uint(0), True, None, None, composite("source", address=address),
        composite("target")]))
    return peer.expect("attach")


def _workers(router):
    """The two threads that serve connections, in their order: by their names."""
    names = {}
    for task in os.listdir("/proc/%d/task" % router.pid):
        with open("/proc/%d/task/%s/comm" % (router.pid, task)) as file:
            names[file.read().strip()] = int(task)
    return [names["martlet-0"], names["martlet-1"]]


def _switches(router):
    counts = {}
    for task in _workers(router):
        with open("/proc/%d/task/%d/status" % (router.pid, task)) as file:
            for line in file:
                if line.startswith("voluntary_ctxt_switches"):
                    counts[task] = int(line.split()[1])
    return counts


def placements(case):
    """Puts a test case into its module twice, for either placement."""
    module = sys.modules[case.__module__]
    for name, workers in (("OnOneWorker", 1), ("OnTwoWorkers", 2)):
        made = type(case.__name__ + name, (case,), {
            "WORKERS": workers, "__module__": case.__module__, "__doc__": case.__doc__})
        setattr(module, made.__name__, made)
    return None
