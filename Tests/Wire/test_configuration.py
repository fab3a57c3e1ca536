"""The configuration file as the running program takes it: what it refuses, what it reads again."""

import json
import os
import signal
import socket
import subprocess
import tempfile

from harness import *


def run(*arguments, program=MARTLETD, **how):
    """Runs martletd to its end; gives exit code, standard output and standard error."""
    done = subprocess.run(
        [program] + list(arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=30, **how)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Files(unittest.TestCase):
    """Tests with a directory for files."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="martlet-wire-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def file(self, text, name="r.conf"):
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            file.write(text)
        return path


class Check(Files):
    def test_a_right_file_is_taken_and_nothing_is_started(self):
        """MG-3, MG-226"""
        path = self.file("listener { host: 127.0.0.1, port: 0 }")
        for arguments in (["--check", path], ["-c", path, "--check"]):
            code, out, err = run(*arguments)
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(out, "%s: no error found\n" % path)

    def test_all_problems_of_a_file_come_at_once_with_their_lines(self):
        """MG-25, MG-26, MG-27"""
        path = self.file("listner {\n}\nlistener {\n prot: 1\n http: maybe\n}\n")
        code, out, err = run("--check", path)
        self.assertEqual((code, out), (1, ""))
        self.assertEqual([line.split(": ")[0] for line in err.splitlines()],
                         ["%s:%d" % (path, line) for line in (1, 4, 5)])
        self.assertIn("did you mean 'port'?", err)

    def test_warnings_alone_are_no_failure(self):
        """MG-31"""
        path = self.file("router {\n helloInterval: 2\n}\n")
        code, out, err = run("--check", path)
        self.assertEqual(code, 0)
        self.assertIn("%s:2: warning: Attribute 'helloInterval'" % path, err)

    def test_a_file_in_json_is_known_by_its_name(self):
        """MG-4, MG-23, MG-24"""
        right = self.file(json.dumps([["router", {"id": "R"}]]), "r.json")
        self.assertEqual(run("--check", right)[0], 0)
        wrong = self.file("router {\n}\n", "wrong.json")
        code, _, err = run("--check", wrong)
        self.assertEqual(code, 1)
        self.assertIn("%s:1: error: Expecting '['" % wrong, err)


class Refusal(Files):
    def assert_refused(self, path, reason):
        code, out, err = run("-c", path)
        self.assertEqual((code, out), (1, ""))
        lines = err.splitlines()
        self.assertTrue(
            any("MAIN (critical) Router start-up failed: Python: " + reason in line
                for line in lines), err)
        # What people read says the same without another language's words.
        self.assertTrue(lines[-1].startswith("martletd: " + path), err)
        self.assertIn(" error: " + reason.split(path + ": ")[-1].split("Error: ")[-1], lines[-1])
        self.assertNotRegex(lines[-1], "Python|Exception")
        self.assertNotIn("Listening on", err)
        self.assertNotIn("Operational", err)

    def test_a_wrong_file_stops_the_start_with_the_words_that_scripts_look_for(self):
        """MG-64, RS-381"""
        path = self.file("listener { host: 127.0.0.1, port: 0 }\nfoo {\n}\n")
        self.assert_refused(
            path, "Exception: Cannot load configuration file %s: No such entity type "
            "'org.apache.qpid.dispatch.foo'" % path)

    def test_a_fault_of_an_entity_is_a_validation_error(self):
        """MG-40, MG-64"""
        path = self.file('listener {\n port: 0\n openProperties: {"product": "x"}\n}\n')
        self.assert_refused(
            path, "ValidationError: Reserved key 'product' not allowed in openProperties")

    def test_a_missing_and_an_empty_file_are_told_apart(self):
        """MG-2"""
        missing = os.path.join(self.directory, "none.conf")
        code, _, err = run("-c", missing)
        self.assertEqual(code, 1)
        self.assertIn("Not found: Configuration file could not be opened", err)
        code, _, err = run("-c", self.file(""))
        self.assertEqual(code, 1)
        self.assertIn("Configuration: Configuration file was empty", err)

    def test_a_policy_directory_must_be_there(self):
        """MG-56, MG-64"""
        path = self.file("policy {\n policyDir: %s/none\n}\n" % self.directory)
        self.assert_refused(
            path, "FileNotFoundError: No such file or directory: '%s/none'" % self.directory)

    def test_the_old_name_reads_the_old_place(self):
        """MG-1, MG-230"""
        if os.path.exists("/etc/qpid-dispatch/qdrouterd.conf"):
            self.skipTest("the old router is configured on this machine")
        program = os.path.join(self.directory, "qdrouterd")
        os.symlink(MARTLETD, program)
        code, _, err = run(program=program)
        self.assertEqual(code, 1)
        self.assertIn("/etc/qpid-dispatch/qdrouterd.conf", err)


class Unused(Files, WireTest):
    """What a file configures and nothing makes use of is shown all the same."""

    @classmethod
    def setUpClass(cls):
        pass

    def test_profiles_services_and_vhosts_are_shown(self):
        """MG-56, MG-60, MG-92, MG-174, MG-212"""
        self.file(json.dumps([["vhost", {"hostname": "filed", "maxConnections": 3}]]), "v.json")
        router = self.start([
            ("listener", dict(host="127.0.0.1", port=0)),
            ("sslProfile", dict(name="p", certFile="/x.pem", password="pass:secret")),
            ("authServicePlugin", dict(name="s", host="far")),
            ("policy", dict(policyDir=self.directory)),
            ("vhost", dict(hostname="own"))])
        management = self.management(router)
        row = management.query("sslProfile")[0]
        self.assertEqual(
            (row["name"], row["identity"], row["certFile"], row["password"]),
            ("p", "sslProfile/p", "/x.pem", "*"))
        self.assertTrue(router.log_lines("Created SSL Profile with name p "))
        self.assertEqual(management.query("authServicePlugin", "host", "port"),
                         [{"host": "far", "port": "amqp"}])
        self.assertEqual(
            [(each["identity"], each["maxConnections"]) for each in management.query("vhost")],
            [("vhost/own", 65535), ("vhost/filed", 3)])
        self.assertEqual(
            [(each["name"], each["hostname"], each["connectionsCurrent"], each["perUserState"])
             for each in management.query("vhostStats")],
            [("vhostStats/own", "own", 0, {}), ("vhostStats/filed", "filed", 0, {})])

    def test_they_come_and_go_with_the_file_and_with_management(self):
        """MG-177, MG-115, MG-193"""
        router = self.start([
            ("listener", dict(host="127.0.0.1", port=0)), ("vhost", dict(hostname="old"))])
        management = self.management(router)
        made = management.create("vhost", "n", hostname="made", groups={"g": {"users": "u"}})
        self.assertEqual((made["identity"], made["groups"]), ("vhost/made", {"g": {"users": "u"}}))
        router.wait_for_log(r"POLICY \(info\) Created policy rules for vhost made")
        self.assertEqual(
            management.update("vhost", "n", maxConnections=9)["maxConnections"], 9)
        with self.assertRaises(Failed) as failed:
            management.update("vhost", "n", allowUnknownUser=True)
        self.assertEqual(failed.exception.status, 500)
        self.assertIn("PolicyError: Policy 'made' is invalid", failed.exception.description)
        with self.assertRaises(Failed) as failed:
            management.create("vhost", "other", hostname="made")
        self.assertEqual(failed.exception.status, 400)
        management.create("sslProfile", "p", certFile="/x")
        with open(router.path) as file:
            text = file.read()
        with open(router.path, "w") as file:
            file.write(text.replace("hostname: old", "hostname: new"))
        router.process.send_signal(signal.SIGHUP)
        router.wait_for_log("1 created, 0 updated, 1 deleted")

        def hosts():
            return [each["hostname"] for each in management.query("vhost")]
        self.assertEqual(hosts(), ["made", "new"])
        management.delete("vhost", "n")
        management.delete("sslProfile", "p")
        self.assertEqual((hosts(), management.query("sslProfile")), (["new"], []))


class Starting(WireTest):
    """One router per test."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def taken_port(self):
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        return taken.getsockname()[1]

    def test_a_file_without_sections_makes_a_router_without_listener(self):
        """MG-3, MG-37"""
        router = Router("# nothing\n", default_listener=False, start=False)
        with open(router.path, "w") as file:
            file.write("# nothing\n")
        router.start()
        self.assertEqual(router.listeners, [])
        self.assertTrue(router.log_lines(r"Container Name: Standalone_[A-Za-z0-9+_]{15}$"))
        router.stop()

    def test_the_only_listener_is_required(self):
        """MG-59, MG-232, RS-381"""
        port = self.taken_port()
        code, text = check([("listener", dict(host="127.0.0.1", port=port))])
        self.assertEqual(code, 1)
        self.assertIn(
            "SERVER (critical) Shutting down, required listener failed 127.0.0.1:%d" % port, text)

    def test_later_listeners_are_not_required(self):
        """MG-59"""
        port = self.taken_port()
        router = self.start([
            ("listener", dict(host="127.0.0.1", port=0)),
            ("listener", dict(host="127.0.0.1", port=port))])
        self.assertTrue(router.log_lines(
            r"SERVER \(error\) Listener error on 127.0.0.1:%d: Address already in use" % port))
        self.connect(router)

    def test_no_listener_is_required_beside_a_connector(self):
        """MG-59"""
        port = self.taken_port()
        self.start([
            ("listener", dict(host="127.0.0.1", port=port)),
            ("connector", dict(host="127.0.0.1", port=port))])

    def test_many_addresses_take_time_in_proportion_to_their_number(self):
        """Four times as many sections cost no more than about four times the processor time."""
        def cost(count):
            sections = "".join("address { prefix: q.%d }\n" % number for number in range(count))
            with Router(sections) as router:
                return router.processor_seconds()
        least = cost(1)
        self.assertLess(cost(4_000) - least, 8 * (cost(1_000) - least) + 0.3)

    def test_a_port_chosen_by_the_kernel_is_told_with_the_listeners_name(self):
        """MG-212"""
        router = self.start([("listener", dict(host="127.0.0.1", port=0, name="L1"))])
        self.assertTrue(router.log_lines(r"SERVER \(notice\) Listening on 127.0.0.1:\d+ \(L1\)$"))
        self.assertTrue(router.log_lines(
            r"CONN_MGR \(info\) Configured Listener: 127.0.0.1:0 proto=any, role=normal"))

    def test_a_listener_without_a_host_serves_every_address(self):
        """MG-212: by IPv4 and by IPv6, on one port. With "::" it is IPv6 alone, so that another may
        have IPv4."""
        router = self.start([("listener", dict(port=0))])
        for host in ("127.0.0.1", "::1"):
            self.connect(port=router.port, host=host)
        router = self.start([("listener", dict(host="::", port=0))])
        self.connect(port=router.port, host="::1")
        with self.assertRaises(ConnectionRefusedError):
            self.connect(port=router.port, host="127.0.0.1")

    def test_who_must_authenticate_is_not_offered_to_stay_anonymous(self):
        """RS-330"""
        for wanted, expected in (("yes", False), ("no", True)):
            router = self.start([("listener", dict(
                host="127.0.0.1", port=0, authenticatePeer=wanted, saslMechanisms="ANONYMOUS"))])
            peer = socket.create_connection((router.host, router.port), timeout=10)
            self.addCleanup(peer.close)
            peer.sendall(SASL_HEADER)
            data = b""
            # The header, then one frame: the mechanisms.
            while len(data) < 12 or len(data) < 8 + int.from_bytes(data[8:12], "big"):
                more = peer.recv(4096)
                self.assertTrue(more, data)
                data += more
            self.assertEqual(b"ANONYMOUS" in data, expected)

    def test_log_sections_choose_modules_levels_and_form(self):
        """MG-199, MG-201, MG-203, MG-206, MG-207, MG-278"""
        router = self.start(
            "router {\n id: R\n timestampFormat: <%Y %%06lu>\n timestampsInUTC: yes\n}\n"
            "log { module: DEFAULT; enable: notice+; outputFile: all.log }\n"
            "log { module: ROUTER; enable: info+; includeTimestamp: no; includeSource: yes; "
            "outputFile: stderr }\n"
            "log { module: SERVER; outputFile: stderr }\n")
        with open(os.path.join(router.directory, "all.log")) as file:
            self.assertEqual(file.read(), "")
        self.assertTrue(router.log_lines(r"^ROUTER \(info\) Version: 1\.20\.0 \(\S+:\d+\)$"))
        self.assertTrue(router.log_lines(r"^<20\d\d \d{6}> SERVER \(notice\) Operational, "))
        self.assertFalse(router.log_lines(r"CONN_MGR|SERVER \(info\)"))

    def test_a_log_file_that_cannot_be_opened_stops_the_start(self):
        """MG-64"""
        code, text = check("log { module: DEFAULT; outputFile: /no/such/file }\n")
        self.assertEqual(code, 1)
        self.assertIn("CError: Configuration: Failed to open log file '/no/such/file'", text)


if __name__ == "__main__":
    main()
