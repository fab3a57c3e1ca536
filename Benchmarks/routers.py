"""Routers as processes: started on a port of their own, loaded, measured, ended."""

import json
import pathlib
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = HERE / ".work"


class Router:
    """A process that listens on a port, until the block ends."""

    def __init__(self, command, port=None, name=None):
        self.name = name or pathlib.Path(command[0]).name
        self.log = open(WORK / (self.name + ".log"), "w+")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self.port = port

    def __enter__(self):
        wait(self._answers, f"{self.name} to listen", self._gave_up)
        return self

    def __exit__(self, *_):
        if self.process.poll() is not None:
            sys.exit(f"{self.name} ended early:\n{self.text()[-2000:]}")
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def text(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def _gave_up(self):
        if self.process.poll() is None:
            return None
        return f"{self.name} ended:\n{self.text()[-2000:]}"

    def _answers(self):
        self.port = self.port or self.listening()
        if not self.port:
            return False
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def listening(self, name=""):
        """The port that the kernel chose for the listener of that name, by the log."""
        mark = "Listening on 127.0.0.1:"
        for line in self.text().splitlines():
            if mark in line and line.endswith(f"({name})" if name else ""):
                return int(line.split(mark)[1].split()[0])
        return None

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"amqp://127.0.0.1:{self.port}"

    def resident(self):
        """Kilobytes."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0

    def thread_seconds(self):
        """Processor time of each thread, by its name."""
        seconds = {}
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            name = (task / "comm").read_text().strip()
            spent = int((task / "schedstat").read_text().split()[0]) / 1e9
            seconds[name] = seconds.get(name, 0) + spent
        return seconds

    def processor_seconds(self):
        return sum(self.thread_seconds().values())

    def load(self, arguments, judged=True):
        """Runs the load generator against this router and gives what it printed."""
        return load(["--pid", str(self.pid), *arguments, self.url], judged)


class Failures:
    count = 0


def load(arguments, judged=True):
    """Runs the load generator; a run that fails fails the benchmark, if it is `judged`."""
    return end_load(begin_load(arguments), judged)


def begin_load(arguments):
    """Starts the load generator."""
    command = [str(ROOT / ".build/release/martlet-bench"), "--json", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def end_load(run, judged=True):
    """Waits until it has done its work, and gives what it printed."""
    text, _ = run.communicate()
    result = json.loads(text) if text.strip() else {}
    if run.returncode != 0 and judged:
        print(f"{' '.join(run.args)}: exit code {run.returncode}, "
              f"lost {result.get('lost')}, misplaced {result.get('misplaced')}: "
              f"{result.get('failure', '')}", file=sys.stderr)
        Failures.count += 1
    return result


def wait(condition, what, failure=lambda: None, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        reason = failure()
        if reason or time.monotonic() > deadline:
            sys.exit(reason or f"waited {seconds} s in vain for {what}")
        time.sleep(0.01)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def section(entity, **attributes):
    lines = "".join(f"    {key}: {value}\n" for key, value in attributes.items())
    return f"{entity} {{\n{lines}}}\n\n"


def listener(port=0, **attributes):
    attributes = {"host": "127.0.0.1", "port": port, "authenticatePeer": "no",
                  "saslMechanisms": "ANONYMOUS", **attributes}
    return section("listener", **attributes)


def configuration(name, text):
    file = WORK / f"{name}.conf"
    file.write_text(text)
    return str(file)
