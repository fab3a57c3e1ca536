"""What systemd, or whoever has started the router in its way, is told (sd_notify(3))."""

import os
import socket
import tempfile

from hanging import Hanging
from harness import *


class Supervised(WireTest):
    def supervisor(self, name):
        """A socket that hears, and the environment that names it."""
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(peer.close)
        peer.bind(name)
        peer.setblocking(False)
        return peer, {"NOTIFY_SOCKET": name.replace("\0", "@")}

    def heard(self, peer):
        """All that was said since."""
        lines = []
        while True:
            try:
                lines += peer.recv(4096).decode().split("\n")
            except BlockingIOError:
                return lines

    def wait(self, peer, line):
        heard = []

        def said():
            heard.extend(self.heard(peer))
            return line in heard

        wait_for(said, deadline=20, what=lambda: "%s in %s" % (line, heard))
        return heard

    def test_the_start_and_the_end_are_told(self):
        folder = tempfile.mkdtemp(prefix="martlet-notify-")
        self.addCleanup(os.rmdir, folder)
        path = os.path.join(folder, "socket")
        self.addCleanup(os.unlink, path)
        peer, environment = self.supervisor(path)
        router = Router(environment=environment)
        heard = self.wait(peer, "READY=1")
        self.assertTrue([line for line in heard if line.startswith("STATUS=")])
        router.signal(1)
        heard = self.wait(peer, "READY=1")
        self.assertIn("RELOADING=1", heard)
        self.assertTrue([line for line in heard if line.startswith("MONOTONIC_USEC=")])
        self.assertEqual(router.stop(), 0)
        self.assertIn("STOPPING=1", self.heard(peer))

    def test_an_address_without_a_file_is_right_too(self):
        peer, environment = self.supervisor("\0martlet-test-%d" % os.getpid())
        self.start(environment=environment)
        self.wait(peer, "READY=1")

    def test_the_watchdog_hears_of_a_router_that_is_alive_and_no_other(self):
        peer, environment = self.supervisor("\0martlet-watch-%d" % os.getpid())
        environment["WATCHDOG_USEC"] = "400000"
        router = self.start(environment=environment, workers=2)
        for _ in range(3):
            self.wait(peer, "WATCHDOG=1")
        for thread in ("martlet-1", "martletd"):
            with Hanging(router, thread):
                # What was on its way has come, and then there is silence.
                pump_for(0.5)
                self.heard(peer)
                pump_for(1.5)
                self.assertNotIn("WATCHDOG=1", self.heard(peer))
            self.wait(peer, "WATCHDOG=1")

    def test_a_watchdog_for_another_process_hears_nothing(self):
        peer, environment = self.supervisor("\0martlet-other-%d" % os.getpid())
        environment.update(WATCHDOG_USEC="100000", WATCHDOG_PID="1")
        self.start(environment=environment)
        self.wait(peer, "READY=1")
        pump_for(0.5)
        self.assertEqual(self.heard(peer), [])

    def test_an_address_that_is_none_is_passed_over(self):
        for name in ("", "relative", "/none/such", "@" + "x" * 200):
            router = self.start(environment={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "x"})
            self.connect(router)


if __name__ == "__main__":
    main()
