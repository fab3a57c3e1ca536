"""Debian's RabbitMQ with its AMQP 1.0 plug-in, as a broker of the tests' own."""

import atexit
import glob
import os
import shutil
import signal
import socket as sockets
import subprocess
import tempfile

from waiting import wait_for

PROGRAMS = "/usr/lib/rabbitmq/bin"


def _free_port():
    with sockets.create_server(("127.0.0.1", 0)) as socket:
        return socket.getsockname()[1]


class RabbitMQ:
    """One node on ports of the kernel's choice, with all that it writes in a temporary directory.

    It keeps its ports and its messages over `kill` and `launch`. User and password are `guest`.
    """

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="martlet-rabbitmq-")
        self.port, self.distribution_port, self.names_port = (_free_port() for _ in range(3))
        self.process = None
        self.environment = dict(
            os.environ, HOME=self.directory, RABBITMQ_NODENAME="martlet@localhost",
            RABBITMQ_NODE_IP_ADDRESS="127.0.0.1", RABBITMQ_NODE_PORT=str(self.port),
            RABBITMQ_DIST_PORT=str(self.distribution_port), ERL_EPMD_PORT=str(self.names_port),
            ERL_EPMD_ADDRESS="127.0.0.1", RABBITMQ_CONF_ENV_FILE="/dev/null",
            RABBITMQ_MNESIA_BASE=self._path("data"), RABBITMQ_LOG_BASE=self._path("log"),
            RABBITMQ_GENERATED_CONFIG_DIR=self._path("generated"),
            RABBITMQ_ENABLED_PLUGINS_FILE=self._path("plugins"),
            RABBITMQ_CONFIG_FILE=self._path("rabbitmq.conf"),
            RABBITMQ_CONFIG_FILES=self._path("conf.d"),
            RABBITMQ_ADVANCED_CONFIG_FILE=self._path("advanced.config"),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 1:1 +sbwt none")
        os.mkdir(self._path("conf.d"))
        with open(self._path("plugins"), "w") as file:
            file.write("[rabbitmq_amqp1_0].\n")
        with open(self._path("rabbitmq.conf"), "w") as file:
            file.write("listeners.tcp.1 = 127.0.0.1:%d\n" % self.port)
        with open(self._path("advanced.config"), "w") as file:
            file.write("[].\n")
        atexit.register(self.stop)

    def _path(self, name):
        return os.path.join(self.directory, name)

    def launch(self):
        """Starts the node and does not wait."""
        with open(self._path("output"), "ab") as output:
            self.process = subprocess.Popen(
                [os.path.join(PROGRAMS, "rabbitmq-server")], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True)

    def wait_listening(self, deadline=120):
        """Waits until it accepts connections."""
        wait_for(self.listens, deadline, lambda: "RabbitMQ's port; it says:\n" + self.said())

    def listens(self):
        try:
            sockets.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def said(self):
        """The end of what it has printed and logged."""
        parts = []
        for path in [self._path("output")] + glob.glob(self._path("log/*.log")):
            with open(path, errors="replace") as file:
                parts.append(file.read()[-4000:])
        return "\n".join(parts)

    def control(self, *words):
        """Calls `rabbitmqctl`, while connections are kept going; gives what it prints."""
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [os.path.join(PROGRAMS, "rabbitmqctl"), "--quiet"] + list(words),
                env=self.environment, stdout=output, stderr=subprocess.STDOUT)
            try:
                wait_for(lambda: process.poll() is not None, 120, "rabbitmqctl")
            finally:
                process.kill()
            output.seek(0)
            text = output.read().decode("utf-8", "replace")
        assert process.returncode == 0, text
        return text

    def declare(self, *queues):
        """Makes durable queues, which survive `kill`. Their nodes are called `/amq/queue/NAME`."""
        self.control("eval", (
            'lists:foreach(fun(Name) -> rabbit_amqqueue:declare({resource, <<"/">>, queue, Name}, '
            'true, false, [], none, <<"tests">>) end, [%s]), mnesia:sync_log().') % ", ".join(
                '<<"%s">>' % queue for queue in queues))

    def depth(self, queue):
        """How many messages are in a queue, handed out ones included."""
        for line in self.control("list_queues", "name", "messages").splitlines():
            name, _, count = line.partition("\t")
            if name == queue:
                return int(count)
        return None

    def kill(self):
        """Ends it without warning, with all that it has started."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
            self.process = None
            # The node itself may end after the script that has started it.
            wait_for(lambda: not self.listens(), 30, "the end of RabbitMQ")

    def stop(self):
        """Ends it, and forgets its messages."""
        self.kill()
        subprocess.run(
            ["epmd", "-port", str(self.names_port), "-kill"], env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.directory, ignore_errors=True)
