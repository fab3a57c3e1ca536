"""Waiting for conditions: one thread drives every connection of a test, and nothing sleeps."""

import os
import selectors
import threading
import time

#: Multiplies every deadline, for sanitizer builds and slow machines.
PATIENCE = float(os.environ.get("MARTLET_PATIENCE", "1"))
#: Seconds that a wait may take when the caller names none.
DEADLINE = 40.0


#: A wait of so many seconds or more says only that something must not hang: it is then at least
#: `DEADLINE`, since a busy machine's pause is no fault. A test that is about a time measures it.
LONG = 5.0


def end_of_wait(deadline=None):
    """When a wait of `deadline` seconds is over, by `time.monotonic`."""
    deadline = DEADLINE if deadline is None else deadline
    if deadline >= LONG:
        deadline = max(deadline, DEADLINE)
    return time.monotonic() + deadline * PATIENCE


class TimedOut(AssertionError):
    """A condition did not come true in time."""


class Pump(threading.local):
    """The connections of this thread. Waiting for one of them keeps all of them going.

    A pumped thing has `socket`, `wants_read`, `wants_write`, `serve(readable, writable)` and
    `next_tick` (a time of `time.monotonic`, or None).
    """

    def __init__(self):
        self.things = []

    def add(self, thing):
        self.things.append(thing)

    def remove(self, thing):
        if thing in self.things:
            self.things.remove(thing)

    def turn(self, timeout):
        """Serves what is ready, waiting at most `timeout` seconds for something to be so."""
        now = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for thing in list(self.things):
                events = selectors.EVENT_READ if thing.wants_read else 0
                if thing.wants_write:
                    events |= selectors.EVENT_WRITE
                if thing.next_tick is not None:
                    timeout = min(timeout, max(0, thing.next_tick - now))
                if events:
                    selector.register(thing.socket, events, thing)
            ready = {
                key.data: events for key, events in selector.select(max(0, timeout))}
        for thing in list(self.things):
            events = ready.get(thing, 0)
            thing.serve(
                bool(events & selectors.EVENT_READ), bool(events & selectors.EVENT_WRITE))


pump = Pump()


def wait_for(condition, deadline=None, what=None):
    """Drives all connections of this thread until `condition()` is true; gives its value.

    `deadline` is in seconds. `what` (a text, or a function that makes one) says what was waited
    for. Conditions that depend on other processes (a log line) are asked 100 times a second.
    """
    end = end_of_wait(deadline)
    while True:
        value = condition()
        if value:
            return value
        left = end - time.monotonic()
        if left <= 0:
            text = what() if callable(what) else what
            raise TimedOut("not in time: %s" % (text or condition))
        pump.turn(min(left, 0.01))


def pump_for(seconds):
    """Drives all connections for a while: only to show that something does NOT happen where no
    fence can show it (an idle time out that is not due)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pump.turn(end - time.monotonic())
