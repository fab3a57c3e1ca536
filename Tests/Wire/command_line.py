"""The `martlet` program, as tests of it call it."""

import os
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import time

from harness import *
from router_process import ROOT

#: The program under test.
MARTLET = os.environ.get("MARTLET", os.path.join(ROOT, ".build", "debug", "martlet"))


class Result:
    """What one call came to."""

    def __init__(self, code, output, errors):
        self.code = code
        self.output = output
        self.errors = errors

    def __repr__(self):
        return "exit code %s, output %r, errors %r" % (self.code, self.output, self.errors)


class Running:
    """A call that goes on while the test does something else."""

    def __init__(self, words, **how):
        self.process = subprocess.Popen(
            words, stdout=how.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE, **how)

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def write(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def finish(self, deadline=20):
        """Waits for the end."""
        try:
            output, errors = self.process.communicate(
                timeout=end_of_wait(deadline) - time.monotonic())
        except subprocess.TimeoutExpired:
            self.process.kill()
            output, errors = self.process.communicate()
            raise AssertionError(
                "did not end; output %r, errors %r" % (output[-2000:], errors[-2000:]))
        return Result(
            self.process.returncode, (output or b"").decode(), (errors or b"").decode())

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self.process.wait()


class CommandTest(WireTest):
    """A test that calls `martlet` with a router to connect to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.names = tempfile.mkdtemp(prefix="martlet-names-")
        for name in ("martlet", "qdstat", "qdmanage"):
            os.symlink(MARTLET, os.path.join(cls.names, name))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.names)
        super().tearDownClass()

    def words(self, *words, program="martlet", to=None):
        place = "127.0.0.1:%d" % self.router.port if to is None else to
        return [os.path.join(self.names, program), *words, *(["-b", place] if place else [])]

    def call(self, *words, input="", **how):
        """Calls it, and waits for its end. It connects to the router of the class, or `to` another
        place, or is not told of any if that is empty."""
        running = self.begin(*words, stdin=subprocess.PIPE, **how)
        try:
            running.process.stdin.write(input.encode())
            running.process.stdin.close()
        except BrokenPipeError:
            pass
        running.process.stdin = None
        return running.finish()

    def begin(self, *words, program="martlet", to=None, stdin=subprocess.DEVNULL, **how):
        """Calls it, and goes on."""
        running = Running(self.words(*words, program=program, to=to), stdin=stdin, **how)
        self.addCleanup(running.kill)
        return running

    def receiving(self, address, *words, **how):
        """`martlet receive`, once its link is there."""
        running = self.begin("receive", address, *words, **how)
        self.wait_for_consumer(address)
        return running

    def wait_for_consumer(self, address, count=1):
        self._wait_for_address(address, "subscriberCount", count)

    def wait_for_delivery(self, address):
        self._wait_for_address(address, "deliveriesEgress", 1)

    def _wait_for_address(self, address, attribute, least):
        management = self.management()

        def is_there():
            entity = management.address("M0" + address)
            return entity is not None and entity[attribute] >= least

        wait_for(is_there, what="%s of %s" % (attribute, address))

    def on_terminal(self, *words):
        """Calls it on a terminal of 24 lines. Gives the process and the terminal."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            self.words(*words), stdin=theirs, stdout=theirs, stderr=theirs,
            env=dict(os.environ, TERM="xterm", LINES="24", COLUMNS="80"))
        os.close(theirs)
        self.addCleanup(os.close, ours)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process, ours

    def assert_done(self, result, code=0):
        self.assertEqual(result.code, code, result)


def shown(terminal, until, deadline=15):
    """What came to the terminal until `until` was there (to the end if None)."""
    text = b""

    def came():
        nonlocal text
        while select.select([terminal], [], [], 0)[0]:
            try:
                part = os.read(terminal, 65536)
            except OSError:
                return True
            if not part:
                return True
            text += part
        return until is not None and until.encode() in text

    wait_for(came, deadline, "%r on the terminal" % until)
    return text.decode("utf-8", "replace")
