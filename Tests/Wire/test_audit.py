"""The audit trail: who came, what was refused, what was changed by whom; chained by hashes."""

import glob
import json
import os
import re
import signal
import socket as sockets
import subprocess
import tempfile
import shutil

from policies import *

MARTLET = os.path.join(os.path.dirname(MARTLETD), "martlet")
SECRET = "do-not-tell-7f3a"


class Audit(WireTest):
    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="martlet-audit-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.path = os.path.join(self.folder, "audit.json")

    def audited(self, *sections, **settings):
        return self.start([
            ("router", dict(id="R", mode="standalone", auditFile=self.path, **settings)), *sections])

    def records(self, event=None):
        """Those of all files, oldest first."""
        files = sorted(glob.glob(self.path + ".*"), key=lambda name: int(name.rsplit(".", 1)[1]))
        found = []
        for path in files + [self.path]:
            if os.path.exists(path):
                with open(path) as file:
                    found += [json.loads(line) for line in file.read().splitlines()]
        return [each for each in found if event is None or each["event"] == event]

    def wait_for_record(self, event, **fields):
        def find():
            for each in self.records(event):
                if all(each.get(key) == value for key, value in fields.items()):
                    return each
        return wait_for(find, what="a record of %s %r" % (event, fields))

    def verify(self, *paths):
        return subprocess.run([MARTLET, "audit", "verify", *(paths or [self.path])],
                              capture_output=True, text=True, timeout=60)

    def test_it_tells_who_came_and_went(self):
        """With identity and place."""
        router = self.audited()
        client = self.connect(router, container="it's \"me\"\n")
        place = "127.0.0.1:%d" % client.socket.getsockname()[1]
        opened = self.wait_for_record("connection opened", host=place)
        self.assertEqual((opened["user"], opened["container"], opened["direction"]),
                         ("anonymous", "it's \"me\"\n", "in"))
        client.close()
        self.wait_for_record("connection closed", host=place)
        peer = self.raw(router)
        peer.send_bytes(b"nonsense")
        self.wait_for_record("connection failed")
        router.stop()
        events = [each["event"] for each in self.records()]
        self.assertEqual((events[0], events[-1]), ("router started", "router ended"))
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)

    def test_it_tells_what_was_refused_and_by_which_rule(self):
        """By the lines of the file."""
        router = self.audited(
            ("policy", dict(enableVhostPolicy=True)),
            vhost("v", {"$default": dict(remoteHosts="*", sources="ok", managementAccess="none",
                                         targets="$management", allowDynamicSource=True)}))
        other = self.connect(router, hostname="other", open=False)
        other.open(wait=False)
        other.wait_for(lambda: other.is_closed, what="the close")
        denied = self.wait_for_record("open denied", vhost="other")
        self.assertEqual(denied["reason"], "No policy defined for vhost")
        client = self.connect(router, hostname="v")
        client.refusal("receiver", "secret")
        denied = self.wait_for_record("link denied", address="secret", role="receiver")
        self.assertRegex(denied["rule"], r"^the configuration file:\d+$")
        with self.assertRaises(Failed):
            Management(client).query("router")
        self.wait_for_record("management denied", operation="QUERY")

    def test_it_tells_what_was_changed_by_whom(self):
        """Before and after, by management and by the file; secrets are stars."""
        router = self.audited(("log", dict(module="DEFAULT", enable="debug+")))
        agent = self.management(router)
        agent.create("sslProfile", "p", certFile="/none", privateKeyFile="/none", password=SECRET)
        agent.create("connector", "c", host="127.0.0.1", port="1", saslUsername="u",
                     saslPassword=SECRET)
        agent.create("vhost", hostname="v", maxConnections=7)
        agent.update("vhost", identity="vhost/v", maxConnections=8)
        agent.delete("vhost", identity="vhost/v")
        made = self.wait_for_record("entity created", type="connector")
        self.assertEqual(made["after"]["saslPassword"], "*")
        self.assertIn("connection", made)
        changed = self.wait_for_record("entity updated", identity="vhost/v")
        self.assertEqual((changed["before"]["maxConnections"], changed["after"]["maxConnections"]),
                         ("7", "8"))
        self.wait_for_record("entity deleted", identity="vhost/v")
        agent.query("connector")
        agent.query("sslProfile")
        with open(router.path, "a") as file:
            file.write(section("address", name="x", prefix="x"))
        router.signal(signal.SIGHUP)
        self.wait_for_record("entity created", type="router.config.address", by="the configuration file")
        router.stop()
        with open(self.path) as file:
            self.assertNotIn(SECRET, file.read())
        self.assertNotIn(SECRET, router.log_text())

    def test_it_goes_on_over_restarts_and_files_and_is_verified(self):
        """auditFileSize; martlet audit verify"""
        for _ in range(2):
            router = self.audited(auditFileSize=2000)
            for _ in range(15):
                self.connect(router).close()
            router.stop()
        files = sorted(glob.glob(self.path + ".*"), key=lambda name: int(name.rsplit(".", 1)[1]))
        self.assertGreater(len(files), 2)
        self.assertEqual([each["n"] for each in self.records()],
                         list(range(1, len(self.records()) + 1)))
        done = self.verify(*files, self.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("number %d" % len(self.records()), done.stdout)
        self.assertNotEqual(self.verify(*files[1:][::-1]).returncode, 0)
        with open(files[1]) as file:
            text = file.read()
        with open(files[1], "w") as file:
            file.write(text.replace("127.0.0.1", "127.0.0.2", 1))
        done = self.verify(*files, self.path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("it was changed, or one before it was", done.stderr)

    def test_it_goes_to_the_systems_log(self):
        """auditFile: syslog"""
        place = os.path.join(self.folder, "log")
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_DGRAM) as log:
            log.bind(place)
            log.setblocking(False)
            self.path = "syslog:" + place
            router = self.audited()
            self.connect(router).close()
            lines = []

            def take():
                try:
                    while True:
                        lines.append(log.recv(1 << 16).decode())
                except BlockingIOError:
                    return any('"connection closed"' in line for line in lines)
            wait_for(take, what="the lines")
        trail = os.path.join(self.folder, "trail.json")
        with open(trail, "w") as file:
            for line in lines:
                found = re.match(r"<85>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d martletd\[%d\]: (.*)$"
                                 % router.process.pid, line)
                self.assertIsNotNone(found, line)
                file.write(found.group(1) + "\n")
        done = self.verify(trail)
        self.assertEqual(done.returncode, 0, done.stderr)
        # Nobody listens there any more.
        self.connect(router).close()
        router.wait_for_text("The audit trail cannot be written: %s: " % place)

    def test_where_it_cannot_be_written_the_router_goes_on_or_ends(self):
        """auditRequired"""
        path, self.path = self.path, os.path.join(self.folder, "none", "audit.json")
        router = self.audited()
        router.wait_for_text("The audit trail cannot be written")
        client = self.connect(router)
        client.sync()
        os.mkdir(os.path.join(self.folder, "none"))
        self.connect(router).close()
        self.wait_for_record("records lost")
        self.path = os.path.join(self.folder, "nowhere", "audit.json")
        router = self.audited(auditRequired=True)
        router.wait_for_text("Ending, for 'auditRequired: yes' is set")
        router.wait_exit()


if __name__ == "__main__":
    main()
