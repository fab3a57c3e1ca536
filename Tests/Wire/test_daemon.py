"""The daemon's command line, its signals and its exit codes."""

import os
import re
import shutil
import signal
import socket
import subprocess

from harness import *
from test_configuration import Files, run


class CommandLine(Files):
    def test_version_and_help_go_to_standard_output(self):
        """MG-227, MG-229"""
        for option in ("-v", "--version", "--vers"):
            self.assertEqual(run(option), (0, "1.20.0\n", ""))
        for option in ("-h", "--help"):
            code, out, err = run(option)
            self.assertEqual((code, err), (0, ""))
            self.assertTrue(out.startswith("Usage: martletd [OPTIONS]\n\n"))
            for name in ("--config", "--daemon", "--pidfile", "--user", "--include", "--check"):
                self.assertIn(name, out)

    def test_what_means_nothing_is_refused_with_the_usage(self):
        """MG-228"""
        code, out, err = run("--zork")
        self.assertEqual(code, 1)
        self.assertIn("unrecognized option '--zork'", err)
        self.assertTrue(out.startswith("Usage: "))
        code, out, err = run("foo", "bar")
        self.assertEqual((code, err), (1, "Unexpected arguments: foo bar\n\n"))
        self.assertTrue(out.startswith("Usage: "))
        self.assertEqual(run("-c")[0], 1)

    def test_options_of_old_scripts_are_taken_and_the_last_of_repeated_ones_counts(self):
        """MG-226, MG-231"""
        right = self.file("router { id: R }")
        wrong = self.file("zork {", "wrong.conf")
        self.assertEqual(
            run("-I", "/no/such/place", "-T", "--config", wrong, "--conf", right, "--check")[0], 0)

    def test_a_preloaded_library_that_sets_a_variable_leaves_the_command_line(self):
        """MG-1: a router that was given a file never starts without it."""
        compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
        if compiler is None:
            self.skipTest("no C compiler")
        source = self.file(
            "#include <stdlib.h>\n"
            "__attribute__((constructor)) static void set(void) { setenv(\"NEW\", \"1\", 1); }\n",
            "set.c")
        library = os.path.join(self.directory, "set.so")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
        wrong = self.file("zork {\n}\n", "wrong.conf")
        environment = dict(os.environ, LD_PRELOAD=library)
        for arguments in (("-c", wrong), ("--check", wrong)):
            done = subprocess.run(
                [MARTLETD, *arguments], env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                timeout=20 * PATIENCE)
            self.assertEqual(done.returncode, 1)
            self.assertIn("No such entity type", done.stdout)

    def test_without_a_file_it_serves_clients_of_this_machine(self):
        """MG-211"""
        process = subprocess.Popen(
            [MARTLETD], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.directory)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        lines = []
        for line in process.stderr:
            lines.append(line.decode())
            if re.search("Operational|Shutting down", lines[-1]):
                break
        text = "".join(lines)
        self.assertIn("Router started in Standalone mode", text)
        self.assertIn("Configured Listener: 127.0.0.1:amqp proto=any, role=normal", text)


class Endings(WireTest):
    """Each test has a router of its own."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def test_it_ends_well_when_asked(self):
        """MG-225, MG-232, RS-380"""
        for number, code in ((signal.SIGTERM, 0), (signal.SIGQUIT, 0),
                             (signal.SIGINT, -signal.SIGINT)):
            router = Router()
            self.assertEqual(router.stop(sent=number, expected=code), code)
            self.assertTrue(router.log_lines(r"SERVER \(notice\) Shut Down$"))

    def test_signals_that_mean_nothing_to_it_do_not_end_it(self):
        """docs/differences.md"""
        router = Router()
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGPROF,
                       signal.SIGVTALRM, signal.SIGIO, signal.SIGPIPE, signal.SIGXFSZ,
                       signal.SIGRTMIN, signal.SIGRTMAX):
            router.signal(number)
        self.connect(router)
        self.assertEqual(router.stop(), 0)

    def test_connections_are_closed_with_a_reason(self):
        """MG-235, RS-380, RS-412"""
        router = Router()
        peer = self.raw(router)
        peer.handshake()
        router.signal(signal.SIGTERM)
        close = peer.expect("close")
        self.assertIn("amqp:connection:forced", repr(close))
        router.stop()

    def test_it_does_not_wait_for_peers_that_do_not_answer(self):
        """MG-235"""
        router = Router()
        peer = self.raw(router)
        peer.handshake()
        self.assertEqual(router.stop(deadline=5), 0)

    def test_a_second_signal_ends_it_at_once(self):
        """MG-234"""
        router = Router()
        peers = [self.raw(router) for _ in range(20)]
        for peer in peers:
            peer.handshake()
        router.signal(signal.SIGTERM)
        self.assertIn(router.stop(sent=signal.SIGTERM, expected=None, deadline=3), (0,))


class Background(Files):
    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o777)
        self.log = os.path.join(self.directory, "d.log")
        self.pidfile = os.path.join(self.directory, "d.pid")
        self.configuration = self.file(
            "router { id: D }\nlistener { host: 127.0.0.1, port: 0 }\n"
            "log { module: DEFAULT; enable: info+; outputFile: %s }\n" % self.log)

    def read(self, path):
        with open(path) as file:
            return file.read()

    def daemon(self, *arguments):
        """Starts a daemon; gives its process ID."""
        code, out, err = run("-d", "-P", self.pidfile, *arguments, cwd=self.directory)
        self.assertEqual((code, out, err), (0, "", ""))
        number = int(self.read(self.pidfile))
        self.addCleanup(self.end, number, signal.SIGKILL)
        return number

    def end(self, number, sent=signal.SIGTERM):
        try:
            os.kill(number, sent)
        except ProcessLookupError:
            return
        wait_for(lambda: not self.is_alive(number), what="the daemon's end")

    def is_alive(self, number):
        # Where nobody reaps it, a process that has ended stays as a zombie.
        try:
            return self.read("/proc/%d/stat" % number).rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False

    def test_it_leaves_the_terminal_when_it_is_ready(self):
        """MG-236"""
        number = self.daemon("-c", "r.conf")
        text = self.read(self.log)
        self.assertIn("(process ID %d)" % number, text)
        port = int(re.search(r"Listening on 127.0.0.1:(\d+)", text).group(1))
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        self.assertEqual(os.readlink("/proc/%d/cwd" % number), "/")
        for descriptor in range(3):
            self.assertEqual(os.readlink("/proc/%d/fd/%d" % (number, descriptor)), "/dev/null")
        self.assertEqual(self.read(self.pidfile), "%d\n" % number)
        self.end(number)
        self.assertIn("SERVER (notice) Shut Down", self.read(self.log))
        self.assertTrue(os.path.exists(self.pidfile))

    def test_it_reads_its_file_again_from_where_it_was_given(self):
        """MG-236, MG-233"""
        number = self.daemon("-c", "r.conf")
        with open(self.configuration, "a") as file:
            file.write("listener { host: 127.0.0.1, port: 0, name: more }\n")
        os.kill(number, signal.SIGHUP)
        wait_for(lambda: "1 created, 0 updated, 0 deleted" in self.read(self.log))
        self.end(number)

    def test_a_failed_start_is_told_to_who_started_it(self):
        """MG-64, MG-236"""
        self.file("zork {\n}\n")
        code, out, err = run("-d", "-P", self.pidfile, "-c", "r.conf", cwd=self.directory)
        self.assertEqual((code, out), (1, ""))
        self.assertIn(
            "martletd: r.conf:1: error: No such entity type 'org.apache.qpid.dispatch.zork'",
            err.replace(self.directory + "/", ""))
        self.assertTrue(os.path.exists(self.pidfile))

    def test_a_file_for_its_number_that_cannot_be_written_is_an_error(self):
        """MG-236: and is named."""
        code, _, err = run("-d", "-P", "/no/such/file", "-c", self.configuration)
        self.assertEqual(code, 1)
        self.assertIn("/no/such/file: No such file or directory", err)

    def test_it_runs_as_another_user(self):
        """MG-236"""
        if os.geteuid() != 0:
            self.skipTest("only root may become another user")
        number = self.daemon("-c", self.configuration, "-U", "nobody")
        self.assertIn("\nUid:\t65534\t65534", self.read("/proc/%d/status" % number))
        self.end(number)

    def test_an_unknown_user_is_an_error(self):
        """MG-236"""
        code, _, err = run("-d", "-U", "no-such-user", "-c", self.configuration)
        self.assertEqual(code, 1)
        self.assertIn("no-such-user", err)


if __name__ == "__main__":
    main()
