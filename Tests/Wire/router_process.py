"""A router under test: its process, its configuration, its log."""

import atexit
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from waiting import TimedOut, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
#: The program under test.
MARTLETD = os.environ.get("MARTLETD", os.path.join(ROOT, ".build", "debug", "martletd"))

#: The sanitizer that it was built with: "thread", "address", or none.
SANITIZER = os.environ.get("MARTLET_SANITIZER")

READY = re.compile(r"SERVER \(notice\) Operational, (\d+) Threads Running \(process ID (\d+)\)")
LISTENING = re.compile(r"Listening on (\S*):(\d+)(?: \((.*)\))?$", re.MULTILINE)
WEB = re.compile(r"Listening for HTTP on (\S*):(\d+)(?: \((.*)\))?$", re.MULTILINE)
REPORTS = re.compile(
    r"(Sanitizer|runtime error|Fatal error|Crash|SUMMARY: \w+San|Assertion|Invariant)")


def section(name, /, **attributes):
    """A configuration section; `_` in attribute names stays, None leaves the attribute out."""
    lines = ["    %s: %s" % (key, _text(value)) for key, value in attributes.items()
             if value is not None]
    return "%s {\n%s\n}\n" % (name, "\n".join(lines))


def _text(value):
    if value is True:
        return "yes"
    if value is False:
        return "no"
    if isinstance(value, dict):
        return "{%s}" % ", ".join('"%s": %s' % (k, _json(v)) for k, v in value.items())
    return str(value)


def _json(value):
    import json
    return json.dumps(value)


class StartFailed(AssertionError):
    """The process ended before it was ready."""


class Router:
    """A running martletd, started in a directory of its own.

    `configuration` is text in the grammar of qdrouterd.conf, or a list of sections: texts (see
    `section`) or pairs of a name and a dictionary. With no `listener` section in it, one on
    127.0.0.1, port 0 is added. With no `router` section, one of mode standalone with `id`.

        with Router([("address", dict(prefix="news", distribution="multicast"))]) as router:
            client = Client(router)

    `port` and `address` are those of the first listener, `ports["name"]` those of named ones,
    `listeners` all of them as (host, port, name) in the order of their opening.
    """

    def __init__(self, configuration="", id=None, workers=None, arguments=(), environment=None,
                 start=True, default_listener=True, program=None, deadline=20):
        self.directory = tempfile.mkdtemp(prefix="martlet-wire-")
        self.id = id or "TEST"
        self.configuration = self._complete(configuration, id, workers, default_listener)
        self.path = os.path.join(self.directory, "router.conf")
        with open(self.path, "w") as file:
            file.write(self.configuration)
        self.arguments = list(arguments)
        self.environment = dict(os.environ, **(environment or {}))
        self.program = program or MARTLETD
        self.process = None
        self._log = bytearray()
        self._lock = threading.Lock()
        self._is_at_end = False
        if start:
            self.start(deadline)

    def _complete(self, configuration, id, workers, default_listener):
        if not isinstance(configuration, str):
            configuration = "".join(
                part if isinstance(part, str) else section(part[0], **part[1])
                for part in configuration)
        if not re.search(r"^\s*router\s*\{", configuration, re.MULTILINE):
            configuration = section(
                "router", mode="standalone", id=self.id, workerThreads=workers) + configuration
        else:
            match = re.search(r"^\s*id:\s*(\S+)", configuration, re.MULTILINE)
            self.id = match.group(1) if match and id is None else self.id
        if default_listener and not re.search(r"^\s*listener\s*\{", configuration, re.MULTILINE):
            configuration += section("listener", host="127.0.0.1", port=0)
        return configuration

    # Life

    def start(self, deadline=20):
        """Starts the process and waits until it is operational."""
        self.launch()
        try:
            self.wait_for_log(READY, deadline)
        except TimedOut:
            self.dump()
            self.kill()
            raise
        if not READY.search(self.log_text()):
            self.dump()
            raise StartFailed("martletd ended with %s" % self.process.wait())
        return self

    def launch(self):
        """Starts the process and does not wait."""
        self._log, self._is_at_end = bytearray(), False
        self.process = subprocess.Popen(
            [self.program, "-c", self.path] + self.arguments, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.environment,
            cwd=self.directory)
        os.set_blocking(self.process.stdout.fileno(), False)
        self._reader = threading.Thread(
            target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()
        atexit.register(self._end_at_exit)
        return self

    def _read(self, stream):
        """Keeps the pipe empty, so that the router never waits for us."""
        while not self._is_at_end:
            select.select([stream], [], [])
            self._take(stream)
        stream.close()

    def _take(self, stream):
        """Takes what is in the pipe."""
        with self._lock:
            while not self._is_at_end:
                try:
                    data = os.read(stream.fileno(), 1 << 16)
                except BlockingIOError:
                    return
                self._log += data
                self._is_at_end = not data

    def stop(self, sent=signal.SIGTERM, expected=0, deadline=15):
        """Asks for the end and checks that it is a good one: exit code, no crash, no report of a
        sanitizer. Gives the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(sent)
        code = self.wait_exit(deadline)
        report = REPORTS.search(self.log_text())
        if report or expected is not None and code != expected:
            self.dump()
        self._remove()
        assert not report, "the router's log has %r" % report.group(0)
        assert expected is None or code == expected, "exit code %s, not %s" % (code, expected)
        return code

    def wait_exit(self, deadline=15):
        """Waits for the process to end; gives its exit code (negative: the signal)."""
        try:
            wait_for(lambda: self.process.poll() is not None, deadline, "the router's end")
        except TimedOut:
            self.dump()
            self.kill()
            raise
        self._reader.join(5)
        return self.process.returncode

    def kill(self):
        """Ends the process at once, as a crash would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            self._reader.join(5)

    def signal(self, number):
        self.process.send_signal(number)

    def _end_at_exit(self):
        self.kill()
        self._remove()

    def _remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            self.dump()
            self.kill()
            self._remove()
        else:
            self.stop()

    # Places

    @property
    def pid(self):
        return self.process.pid

    @property
    def listeners(self):
        return [(host, int(port), name or None)
                for host, port, name in LISTENING.findall(self.log_text())]

    @property
    def ports(self):
        """Port by listener name."""
        return {name: port for _, port, name in self.listeners if name}

    @property
    def web_ports(self):
        """Port by the name of each listener that speaks HTTP."""
        return {name or None: int(port) for _, port, name in WEB.findall(self.log_text())}

    @property
    def port(self):
        return self.listeners[0][1]

    @property
    def host(self):
        return self.listeners[0][0]

    @property
    def address(self):
        """As an AMQP URL."""
        return "amqp://%s:%d" % (self.host, self.port)

    # Log

    def log_text(self):
        """All that the process has printed: its log, unless configured to go elsewhere. What it has
        logged before an effect that the test has seen is there."""
        while self._is_writing():
            time.sleep(0.0005)
        if not self._is_at_end and self._reader.is_alive():
            self._take(self.process.stdout)
        with self._lock:
            return self._log.decode("utf-8", "replace")

    def _is_writing(self):
        """A thread of the log is at work: it sleeps only when all lines are written."""
        try:
            for task in os.listdir("/proc/%d/task" % self.pid):
                with open("/proc/%d/task/%s/stat" % (self.pid, task)) as file:
                    name, _, rest = file.read().partition(")")
                    if name.endswith("(martlet-log") and rest.split()[0] in "RD":
                        return True
        except (FileNotFoundError, ProcessLookupError):
            pass
        return False

    def wait_for_text(self, text):
        """Waits for a line that has `text`."""
        return self.wait_for_log(re.escape(text))

    def log_lines(self, pattern=""):
        """The lines in which `pattern` is found."""
        return [line for line in self.log_text().splitlines() if re.search(pattern, line)]

    def wait_for_log(self, pattern, deadline=10):
        """Waits for a line that has `pattern`; gives the match, or None if the process ended."""
        pattern = re.compile(pattern, re.MULTILINE) if isinstance(pattern, str) else pattern
        wait_for(
            lambda: pattern.search(self.log_text()) or self._is_at_end, deadline,
            "log line %r" % pattern.pattern)
        return pattern.search(self.log_text())

    def dump(self):
        """Prints configuration and log, for a test that has failed."""
        print("--- configuration\n%s--- log of %s\n%s---" % (
            self.configuration, self.program, self.log_text()), file=sys.stderr)

    # What the system says

    def resident(self):
        """Resident memory in bytes; always the same for a sanitized program, which keeps what it
        has freed."""
        if SANITIZER:
            return 0
        with open("/proc/%d/statm" % self.pid) as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def processor_seconds(self):
        """Processor time used so far."""
        with open("/proc/%d/stat" % self.pid) as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def threads(self):
        """The numbers of its threads, by name; of threads of one name, one."""
        folder = "/proc/%d/task" % self.pid
        numbers = {}
        for task in os.listdir(folder):
            with open("%s/%s/comm" % (folder, task)) as file:
                numbers[file.read().strip()] = int(task)
        return numbers

    def descriptors(self):
        """How many descriptors it has open."""
        return len(os.listdir("/proc/%d/fd" % self.pid))


def check(configuration, *arguments):
    """Runs martletd to its end with a configuration; gives exit code and output."""
    router = Router(configuration, start=False, default_listener=False, arguments=arguments)
    router.launch()
    code = router.wait_exit()
    text = router.log_text()
    router._remove()
    return code, text
