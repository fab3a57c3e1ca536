"""What the log says of links and connections, and what it keeps to itself."""

import os
import re
import signal
import socket as sockets
import struct
import subprocess
import tempfile
import time

from harness import *


def attached(source, target):
    return "source={%s} target={%s}" % (source, target)


class Links(WireTest):
    CONFIGURATION = [
        ("router", dict(mode="standalone", id="LINES")),
        ("listener", dict(host="127.0.0.1", port=0)),
        ("address", dict(prefix="closed", distribution="unavailable")),
    ]
    NONE = "<none> expire:sess"
    DYNAMIC = "(dyn)<none> expire:sess"

    def line(self, kind, **how):
        """What is logged of one attach, after its direction."""
        before = len(self.router.log_lines("Link (attached|refused)"))
        try:
            getattr(self.client, kind)(**how)
        except Refused:
            pass
        wait_for(lambda: len(self.router.log_lines("Link (attached|refused)")) > before)
        text = self.router.log_lines("Link (attached|refused)")[before]
        return re.search(r"Link attached: dir=(in|out) (.*)", text).group(2)

    def setUp(self):
        self.client = self.connect()

    def test_an_absent_terminus_is_told_like_one_without_an_address(self):
        """RS-31, RS-42"""
        self.assertEqual(self.line("sender", address="x"), attached(self.NONE, "x expire:sess"))
        self.assertEqual(self.line("sender", null=True), attached(self.NONE, self.NONE))
        self.assertEqual(self.line("sender", address=None), attached(self.NONE, self.NONE))
        self.assertEqual(self.line("receiver", address="x"), attached("x expire:sess", self.NONE))
        self.assertEqual(
            self.line("receiver", address="x", other="y"),
            attached("x expire:sess", "y expire:sess"))

    def test_a_dynamic_terminus_is_told(self):
        """RS-41, RS-45"""
        self.assertEqual(self.line("sender", dynamic=True), attached(self.NONE, self.DYNAMIC))
        self.assertEqual(self.line("receiver", dynamic=True), attached(self.DYNAMIC, self.NONE))

    def test_what_a_terminus_asks_for_is_told_though_it_is_not_done(self):
        """RS-31, RS-60"""
        for how, text in (
                (dict(durability=Terminus.DELIVERIES, expiry=Terminus.EXPIRE_NEVER, timeout=77),
                 "x dur:deliveries timeout:77"),
                (dict(durability=Terminus.CONFIGURATION, expiry=Terminus.EXPIRE_WITH_LINK,
                      capabilities=symbol("cap"), filters={symbol("f"): "v"}),
                 'x dur:config expire:link flt:{:f="v"} caps::cap'),
                (dict(expiry=Terminus.EXPIRE_WITH_CONNECTION,
                      distribution_mode=Terminus.DIST_MODE_COPY,
                      node_properties={symbol("p"): 1}),
                 "x expire:conn dist:copy props:{:p=1}")):
            with self.subTest(text):
                self.assertEqual(
                    self.line("receiver", address="x", **how), attached(text, self.NONE))

    def test_a_refusal_is_told_with_its_reason(self):
        """RS-52"""
        self.client.refusal("sender", coordinator=True)
        self.client.refusal("receiver", "closed/x")
        self.router.wait_for_log(re.escape(
            "Link refused: dir=in %s amqp:precondition-failed The router can't coordinate"
            % attached(self.NONE, "<coordinator>")))
        self.router.wait_for_log(re.escape(
            "Link refused: dir=out %s amqp:not-found Node not found"
            % attached("closed/x expire:sess", self.NONE)))


class Strangers(WireTest):
    """What comes from outside makes no line of its own."""

    def test_a_line_feed_in_any_name_is_escaped(self):
        """docs/differences.md"""
        forged = "x\n2026-01-01 00:00:00.000000 +0000 SERVER (notice) Forged"
        client = self.connect(container=forged)
        client.receiver(forged, name=forged)
        client.sender(forged, name=forged)
        client.refusal("sender", forged, coordinator=True)
        client.kill()
        self.router.wait_for_log("Link lost|Connection Closed")
        self.assertEqual(self.router.log_lines("^2026-01-01"), [])
        self.assertTrue(self.router.log_lines(
            re.escape(r"container_id=x\n2026-01-01 00:00:00.000000 +0000 SERVER (notice) Forged")))
        self.assertTrue(self.router.log_lines(re.escape(r"{x\n2026-01-01")))

    def test_an_escape_for_terminals_does_not_reach_them(self):
        """docs/differences.md"""
        self.connect(container="red \x1b[31m \x85 \u202e")
        self.router.wait_for_log(re.escape(r"container_id=red \x1B[31m \x85 \u202E"))

    def test_lines_of_one_kind_are_limited_whatever_they_say(self):
        """docs/differences.md: the addresses differ in letters."""
        client = self.connect()
        before = len(self.router.log_lines("Link attached"))
        began = time.monotonic()
        for number in range(400):
            letters = "".join(chr(97 + number // 26 ** place % 26) for place in range(4))
            client.sender("kind/" + letters).detach()
        client.fence()
        seconds = time.monotonic() - began
        lines = len(self.router.log_lines("Link attached")) - before
        self.assertLessEqual(lines, 51 * (seconds + 2))


class Tools(WireTest):
    """Whoever asks the management node comes and goes all the time."""
    TOOL = {symbol("martlet.management"): True}

    def opened(self, container):
        return self.router.log_lines("Connection Opened.*container_id=%s " % container)

    def test_what_only_asks_the_management_node_is_told_at_debug(self):
        """docs/differences.md"""
        before = len(self.router.log_lines())
        agent = Management(self.connect(container="tool", properties=self.TOOL))
        self.assertTrue(agent.query("router"))
        agent.client.close()
        self.connect(container="afterwards")
        wait_for(lambda: self.opened("afterwards"))
        self.assertEqual(self.opened("tool"), [])
        self.assertEqual(
            [line for line in self.router.log_lines()[before:] if "(debug)" not in line],
            self.opened("afterwards"))

    def test_nobody_hides_behind_that(self):
        """docs/differences.md: the line comes when something else is done."""
        for kind, address in (("sender", "a"), ("receiver", "b"), ("sender", None)):
            client = self.connect(container="no-tool-%s" % kind, properties=self.TOOL)
            getattr(client, kind)(address)
            wait_for(lambda: self.opened("no-tool-%s" % kind))
            closed = len(self.router.log_lines("Connection Closed"))
            client.close()
            wait_for(lambda: len(self.router.log_lines("Connection Closed")) > closed)
        self.router.wait_for_log(r"Link attached: dir=out source=\{b ")


class Unread(WireTest):
    """Nobody reads the router's standard error."""

    @classmethod
    def setUpClass(cls):
        pass

    def test_messages_pass_all_the_same(self):
        """docs/differences.md"""
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "router.conf")
            with open(path, "w") as file:
                file.write("listener { host: 127.0.0.1, port: 0, name: only }\n"
                           "log { module: DEFAULT, enable: trace+ }\n"
                           "log { module: SERVER, enable: info+, outputFile: %s/log }\n"
                           % directory)
            reading, writing = os.pipe()
            self.addCleanup(os.close, reading)
            process = subprocess.Popen(
                [MARTLETD, "-c", path], stdin=subprocess.DEVNULL, stdout=writing, stderr=writing)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            os.close(writing)

            def listening():
                with open(directory + "/log") as log:
                    return re.search(r"Listening on 127.0.0.1:(\d+)", log.read())
            wait_for(lambda: os.path.exists(directory + "/log") and listening())
            port = int(listening().group(1))
            client = self.connect(port=port)
            for number in range(100):
                client.sender("x" * 2_000 + str(number)).detach()
            receiver = client.receiver("a", credit=1)
            client.sender("a").send(body="hello")
            self.assertEqual(receiver.receive().body, "hello")
            # Nor does the end wait for a reader, though it gives one a second.
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(10 * PATIENCE), 0)


class Connections(WireTest):
    def silent(self):
        return self.agent.query("router", "silentConnections")[0]["silentConnections"]

    def test_a_probe_that_says_nothing_is_counted_and_not_logged(self):
        """docs/differences.md: of a load balancer or a port scanner, whether it ends the stream or
        resets it."""
        self.agent = self.management()
        before = self.silent()
        ports = []
        for number in range(20):
            probe = sockets.create_connection((self.router.host, self.router.port))
            ports.append("127.0.0.1:%d" % probe.getsockname()[1])
            if number % 2:
                probe.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
            probe.close()
        wait_for(lambda: self.silent() == before + 20, what=lambda: "20 more than %d; %d" % (
            before, self.silent()))
        for port in ports:
            self.assertEqual(self.router.log_lines(re.escape(port) + r"\b"), [])
        # One that has said something is logged.
        peer = self.raw()
        place = re.escape("127.0.0.1:%d" % peer.socket.getsockname()[1])
        peer.send_bytes(b"x")
        peer.close()
        self.router.wait_for_log(place + r"\b.*failed")
        self.assertEqual(self.silent(), before + 20)

    def test_of_lines_that_repeat_some_are_written_and_the_others_counted(self):
        """docs/differences.md: nothing is lost but the words."""
        count = 300
        pattern = r"SERVER \(info\) (?:(\d+) more such lines in one second, such as: )?" \
            r"\[C\d+\] Connection from \S+ \(to \S+\) failed: amqp:connection:framing-error Unkn"
        before = len(self.router.log_lines(pattern))
        for _ in range(count):
            peer = RawPeer(self.router)
            peer.send_bytes(b"GET / HTTP/1.1\r\n\r\n")
            peer.read_to_end()
            peer.close()

        def told():
            # Any line of a later second brings the count of what was withheld.
            self.connect().close()
            lines = self.router.log_lines(pattern)[before:]
            withheld = sum(int(re.search(pattern, line).group(1) or 0) for line in lines)
            written = sum(re.search(pattern, line).group(1) is None for line in lines)
            return withheld and (written, withheld, written + withheld == count)
        wait_for(lambda: told() and told()[2], what=told)
        written, withheld, _ = told()
        self.assertLess(written, count)


class Messages(WireTest):
    CONFIGURATION = [
        ("log", dict(module="MESSAGE", enable="trace+")),
        ("address", dict(prefix="many", distribution="multicast")),
        ("listener", dict(name="some", host="127.0.0.1", port=0,
                          messageLoggingComponents="message-id,app-properties")),
        ("listener", dict(name="all", host="127.0.0.1", port=0, messageLoggingComponents="all")),
        ("listener", dict(name="none", host="127.0.0.1", port=0))]
    #: Sender and receivers on one worker and on two.
    WORKERS = 2

    def lines(self, name):
        """What module MESSAGE says of links of this name."""
        return [line.partition("MESSAGE (trace) ")[2]
                for line in self.router.log_lines(r"MESSAGE \(trace\) .*'%s'" % name)]

    def send(self, address, name, receivers=1, **fields):
        """Sends a message from listener `all` to receivers at listener `some`."""
        fields.setdefault("properties", {"a": 1, "b": "two"})
        there = [self.connect(port=self.router.ports["some"]).receiver(
            address, name=name + "-to", credit=1) for _ in range(receivers)]
        sender = self.connect(port=self.router.ports["all"]).sender(address, name=name)
        sent = sender.send(Message(id="mid", subject="sub", **fields))
        for receiver in there:
            receiver.receive().accept()
        sent.outcome()

    def test_messages_are_told_as_their_listener_says_both_ways(self):
        """MG-220: small ones, large ones that are sent on as they come, and several copies."""
        for prefix, receivers, body in (
                ("one", 1, b"x"), ("one", 1, b"x" * 1_000_000), ("many", 3, b"x"),
                ("many", 3, b"x" * 1_000_000)):
            with self.subTest(prefix, size=len(body)):
                address, name = self.unique(prefix), self.unique("link")
                self.send(address, name, receivers, body=body)
                received, = self.lines(name)
                self.assertRegex(received, (
                    r"^\[C\d+\]: Received Message\{message-id=\"mid\", subject=\"sub\", "
                    r"app-properties=\{\"a\"=1, \"b\"=\"two\"\}\} on link '%s' \( -> %s\)$" % (
                        name, address)))
                sent = self.lines(name + "-to")
                self.assertEqual(len(sent), receivers)
                for line in sent:
                    self.assertRegex(line, (
                        r"^\[C\d+\]: Sent Message\{message-id=\"mid\", "
                        r"app-properties=\{\"a\"=1, \"b\"=\"two\"\}\} on link '%s-to' \(%s -> \)$" % (
                            name, address)))

    def test_what_waits_is_told_when_it_is_sent(self):
        """MG-220"""
        address, name = self.unique(), self.unique("link")
        receiver = self.connect(port=self.router.ports["some"]).receiver(
            address, name=name, credit=0)
        sender = self.connect(port=self.router.ports["none"]).sender(address, name=name + "-from")
        sent = sender.send(body="x")
        sender.client.fence()
        self.assertEqual(self.lines(name), [])
        receiver.link.flow(1)
        receiver.receive().accept()
        sent.outcome()
        self.assertEqual(len(self.lines(name)), 1)
        self.assertEqual(self.lines(name + "-from"), [])

    def test_a_connector_has_its_own_choice_and_levels_count(self):
        """MG-220"""
        with Acceptor() as acceptor:
            self.management().create(
                "connector", host="127.0.0.1", port=str(acceptor.port),
                messageLoggingComponents="subject")
            client = acceptor.accept()
            self.addCleanup(client.kill)
        address, name = self.unique(), self.unique("link")
        receiver = client.receiver(address, name=name, credit=10)
        sender = client.sender(address, name=name + "-from")
        sender.send(Message(subject="sub", id="mid")).outcome
        receiver.receive().accept()
        self.assertRegex(self.lines(name)[0], r"Sent Message\{subject=\"sub\"\} on link")
        self.management().update("log", identity="log/MESSAGE", enable="info+")
        sender.send(Message(subject="again"))
        receiver.receive().accept()
        self.management().update("log", identity="log/MESSAGE", enable="trace+")
        self.assertEqual(len(self.lines(name)), 1)

    def test_an_unknown_part_is_warned_of(self):
        """docs/differences.md"""
        router = self.start([
            ("listener", dict(host="127.0.0.1", port=0, messageLoggingComponents="to,zork"))])
        self.assertTrue(router.log_lines(
            r"CONN_MGR \(warning\) 'zork' of 'messageLoggingComponents' is no part of a message"))


if __name__ == "__main__":
    main()
