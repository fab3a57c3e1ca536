"""What tests against a running router are written with.

A tour:

    from harness import *

    class Queues(WireTest):
        CONFIGURATION = [("address", dict(prefix="news", distribution="multicast"))]

        def test_a_message_reaches_a_receiver(self):
            '''RS-36'''
            client = self.connect()
            address = self.unique("a")                  # one that no other test uses
            receiver = client.receiver(address, credit=10)
            sender = client.sender(address)             # attached in full
            sent = sender.send(body="hello")            # waits for credit
            got = receiver.receive()                    # waits for the whole message
            self.assertEqual(got.body, "hello")
            got.accept()
            self.assertEqual(sent.outcome().state, "accepted")

- `WireTest` starts one `Router` per class (`CONFIGURATION`, `WORKERS`; `self.router`), closes the
  connections of `self.connect()` after each test, and prints the log when a test failed.
- One thread drives all connections: while a test waits on one `Client`, the others work too, and
  between waits nothing moves. `client.sync()` is a round trip on a connection, `client.fence()` one
  through the whole router: to show that something did not happen, do what comes after it, and look.
- `sender.begin()`, `.write(bytes)`, `.drained()`, `.finish()`, `.abort()` send a message in pieces.
- `client.refusal("sender", "x")` is an attach that is refused; `client.frames_like("@flow")` the
  frames that Proton saw; `receiver.takes = False` a reader that stops reading.
- `Acceptor` is someone for a connector to dial; `RawPeer`, `frame`, `composite` are for bytes;
  `self.management()` asks the agent; `wait_for(condition)` waits for anything else.
- `MARTLETD` names the program, `MARTLET_PATIENCE` stretches all deadlines, `MARTLET_SANITIZER` says
  what the program was built with (`Tests/sanitize` sets all three).
"""

import itertools
import os
import unittest

from proton import (
    UNDESCRIBED, Array, Condition, Data, Delivery, Described, Endpoint, Event, Link, Message, Terminus,
    Transport, byte, decimal64, float32, int32, short, symbol, timestamp, ubyte, uint, ulong,
    ushort)

from acceptor import Acceptor
from client import Client, Disconnected
from deliveries import Incoming, Outcome, Outgoing
from frames import (
    AMQP_HEADER, SASL_HEADER, TLS_HEADER, Frame, RawPeer, composite, encoded, frame, opened)
from links import Receiver, Refused, Sender
from management_client import Failed, Management
from router_process import MARTLETD, Router, StartFailed, check, section
from waiting import DEADLINE, PATIENCE, TimedOut, end_of_wait, pump, pump_for, wait_for

_numbers = itertools.count(1)


class WireTest(unittest.TestCase):
    """A test case with a router of its own, shared by the class's tests."""

    CONFIGURATION = ""
    #: Worker threads; None lets the router choose.
    WORKERS = None
    maxDiff = None
    router = None

    @classmethod
    def setUpClass(cls):
        cls.router = Router(cls.CONFIGURATION, workers=cls.WORKERS)

    @classmethod
    def tearDownClass(cls):
        if cls.router is not None:
            cls.router.stop()

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result is not None else 0
        outcome = super().run(result)
        if result is not None and len(result.failures) + len(result.errors) > before:
            if self.router is not None:
                self.router.dump()
        return outcome

    def connect(self, router=None, **how):
        """A `Client` of `router` (the class's), closed after the test."""
        client = Client(router if router is not None or "port" in how else self.router, **how)
        self.addCleanup(client.kill)
        return client

    def raw(self, router=None, **how):
        """A `RawPeer`, closed after the test."""
        peer = RawPeer(router if router is not None or "port" in how else self.router, **how)
        self.addCleanup(peer.close)
        return peer

    def start(self, configuration="", **how):
        """Another `Router`, stopped (and its end checked) after the test."""
        router = Router(configuration, **how)
        self.addCleanup(lambda: router.stop(
            expected=0 if router.process.poll() is None else None))
        return router

    def management(self, router=None, **how):
        """The agent of `router`, over a connection of its own."""
        return Management(self.connect(router, **how))

    def unique(self, text="a"):
        """An address, or any name, that no other test uses."""
        return "%s/%d-%d" % (text, os.getpid(), next(_numbers))

    def assert_condition(self, condition, name, description=None):
        self.assertIsNotNone(condition, "no condition; %s expected" % name)
        self.assertEqual(condition.name, name)
        if description is not None:
            self.assertEqual(condition.description, description)

    def assert_refused(self, refused, name, description):
        self.assertEqual((refused.name, refused.description), (name, description))


def main():
    unittest.main(module="__main__", verbosity=2)
