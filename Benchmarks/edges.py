"""Plays a thousand edges of one interior router over real sockets, with the frames that an edge writes.

An edge here attaches the links of an uplink, ten addresses of its own as consumers, and gives a sign of life
every two seconds. When its connection ends it dials again after pauses as a Martlet edge makes them.
"""

import contextlib
import random
import select
import socket
import statistics
import struct
import time

from routers import Router, configuration, free_port, listener, load, section

EDGES = 1_000
ADDRESSES = 10
BEAT = 2.0

ANONYMOUS = b"AMQP\x03\x01\x00\x00"
HEADER = b"AMQP\x00\x01\x00\x00"
OPEN, BEGIN, ATTACH, FLOW, TRANSFER = 0x10, 0x11, 0x12, 0x13, 0x14


def uint(number):
    return b"\x70" + struct.pack(">I", number)


def text(kind, value):
    data = value.encode()
    return kind + bytes([len(data)]) + data


def described(code, *fields):
    body = b"".join(fields)
    return b"\x00\x53" + bytes([code]) + b"\xd0" + struct.pack(
        ">II", len(body) + 4, len(fields)) + body


def frame(channel, body, kind=0):
    return struct.pack(">IBBH", len(body) + 8, 2, kind, channel) + body


NULL, FALSE, TRUE, EMPTY_LIST = b"\x40", b"\x42", b"\x41", b"\x45"


def terminus(code, address=None, capability=None, dynamic=False):
    is_target = code == 0x29
    fields = [text(b"\xa1", address) if address else NULL, NULL, NULL, NULL,
              TRUE if dynamic else NULL, NULL]
    if not is_target:
        fields += [NULL, NULL, NULL, NULL]
    fields.append(text(b"\xa3", capability) if capability else NULL)
    return described(code, *fields)


def attach(channel, handle, name, receives, source=None, target=None):
    return frame(channel, described(
        ATTACH, text(b"\xa1", name), uint(handle), TRUE if receives else FALSE, NULL, NULL,
        source or NULL, target or NULL, NULL, NULL, NULL if receives else uint(0)))


def credit(channel, handle, count):
    return frame(channel, described(
        FLOW, uint(0), uint(2_000), uint(0), uint(2_000), uint(handle), uint(0), uint(count)))


class Edge:
    """One uplink: what is written to it, and how many attaches have been answered."""

    LINKS = 8 + ADDRESSES

    def __init__(self, number, chance):
        self.name = "E%04d" % number
        self.haste = chance.random()
        self.socket = None
        self.due = 0.0
        self.failures = 0
        self.forget()

    def forget(self):
        self.input = b""
        self.output = b""
        self.answered = 0
        self.beats = 0
        self.is_greeted = self.is_logged_in = False

    @property
    def is_complete(self):
        return self.answered >= self.LINKS

    def dial(self, port, now):
        self.forget()
        self.socket = socket.socket()
        self.socket.setblocking(False)
        try:
            self.socket.connect(("127.0.0.1", port))
        except BlockingIOError:
            pass
        mechanism = frame(0, described(0x41, text(b"\xa3", "ANONYMOUS"), NULL), kind=1)
        self.output = ANONYMOUS + mechanism + HEADER + frame(0, described(
            OPEN, text(b"\xa1", self.name), NULL, uint(16_384), b"\x60\x7f\xff", uint(60_000),
            NULL, NULL, text(b"\xa3", "qd.streaming-links"), NULL, NULL)) + self.attaches()
        self.due = now + BEAT

    def attaches(self):
        name = self.name
        begin = lambda channel: frame(
            channel, described(BEGIN, NULL, uint(0), uint(2_000), uint(2_000), uint(1_023)))
        any_source, any_target = terminus(0x28), terminus(0x29)
        out = begin(0) + begin(1)
        out += attach(0, 0, name + ".0", False, any_source, any_target)
        capability = "qd.router-edge-downlink"
        out += attach(0, 1, name + ".1", True, terminus(0x28, name, capability),
                      terminus(0x29, None, capability)) + credit(0, 1, 250)
        for number in range(ADDRESSES):
            handle = 2 + number
            out += attach(0, handle, "%s.%d" % (name, handle), True,
                          terminus(0x28, "site/%s/%d" % (name, number)), any_target)
            out += credit(0, handle, 250)
        out += attach(1, 0, name + ".t", True, terminus(0x28, "_$qd.edge_addr_tracking"),
                      any_target) + credit(1, 0, 32)
        for handle, address in ((1, "$management"), (2, "_$qd.addr_lookup")):
            out += attach(1, handle, "%s.q%d" % (name, handle), False, None,
                          terminus(0x29, address))
        for handle in (3, 4):
            out += attach(1, handle, "%s.a%d" % (name, handle), True,
                          terminus(0x28, dynamic=True), None) + credit(1, handle, 100)
        return out + attach(1, 5, name + ".h", False, None,
                            terminus(0x29, "_$qd.edge_heartbeat"))

    def beat(self, now):
        message = b"\x00\x53\x77\x71" + struct.pack(">I", self.beats)
        tag = b"\xa0\x04" + struct.pack(">I", self.beats)
        self.output += frame(1, described(
            TRANSFER, uint(5), uint(self.beats), tag, uint(0), TRUE) + message)
        self.beats += 1
        self.due = now + BEAT

    def lost(self, now, had_opened):
        """As `Redialling` has it."""
        self.socket.close()
        self.socket = None
        first = 2.0 if had_opened else 5.0 * 2 ** min(self.failures, 3)
        self.failures = 0 if had_opened else self.failures + 1
        self.due = now + first * (1 - self.haste / 2)

    def take(self, data):
        self.input += data
        while len(self.input) >= 8:
            if self.input[:4] == b"AMQP":
                self.input = self.input[8:]
                continue
            size = struct.unpack(">I", self.input[:4])[0]
            if len(self.input) < size:
                return
            body, self.input = self.input[8:size], self.input[size:]
            if body[:3] == bytes([0, 0x53, ATTACH]):
                self.answered += 1


class Crowd:
    """All edges of a benchmark, driven by one thread."""

    def __init__(self, port, count=EDGES, seed=1):
        chance = random.Random(seed)
        self.port = port
        self.poller = select.epoll()
        self.by_socket = {}
        self.edges = [Edge(number, chance) for number in range(count)]
        self.dials = []

    def run(self, until, deadline):
        """Serves all until the condition holds; gives the seconds that it took."""
        start = now = time.monotonic()
        while not until():
            now = time.monotonic()
            if now - start > deadline:
                raise TimeoutError("%d of %d edges are complete" % (
                    sum(each.is_complete for each in self.edges), len(self.edges)))
            for edge in self.edges:
                if edge.due <= now:
                    self.wake(edge, now)
            for number, events in self.poller.poll(0.02, 1_000):
                self.serve(self.by_socket[number], events, now)
        return time.monotonic() - start

    def wake(self, edge, now):
        if edge.socket is None:
            self.dials.append(now)
            edge.dial(self.port, now)
            self.by_socket[edge.socket.fileno()] = edge
            self.poller.register(edge.socket, select.EPOLLIN | select.EPOLLOUT)
        elif edge.is_complete:
            edge.beat(now)
            self.poller.modify(edge.socket, select.EPOLLIN | select.EPOLLOUT)
        else:
            edge.due = now + BEAT

    def serve(self, edge, events, now):
        try:
            if events & select.EPOLLOUT:
                sent = edge.socket.send(edge.output) if edge.output else 0
                edge.output = edge.output[sent:]
                if not edge.output:
                    self.poller.modify(edge.socket, select.EPOLLIN)
            if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                data = edge.socket.recv(65_536)
                if not data:
                    raise ConnectionResetError
                edge.take(data)
        except BlockingIOError:
            pass
        except OSError:
            self.poller.unregister(edge.socket)
            had_opened = edge.answered > 0
            edge.lost(now, had_opened)
            edge.answered = 0

    @property
    def are_complete(self):
        return all(each.is_complete for each in self.edges)


def hub(daemon, port):
    text = section("router", mode="interior", id="HUB") + listener(name="clients")
    text += listener(port, name="edges", role="edge", idleTimeoutSeconds=120)
    return Router([daemon, "-c", configuration("hub", text)], port, "hub")


def site(daemon, name, port):
    text = section("router", mode="edge", id=name) + listener(name="clients")
    text += section("connector", host="127.0.0.1", port=port, role="edge",
                    saslMechanisms="ANONYMOUS")
    return Router([daemon, "-c", configuration(name, text)], name=name)


def pair(daemon, arguments):
    """Messages from a sender at one edge to a receiver at another; CPU of each router."""
    with contextlib.ExitStack() as stack:
        port = free_port()
        routers = [stack.enter_context(hub(daemon, port))]
        routers += [stack.enter_context(site(daemon, name, port)) for name in ("E", "F")]
        middle, first, last = routers
        load(["-n", "100", "-a", "warm", "-R", last.url, first.url])
        before = [each.processor_seconds() for each in (first, middle, last)]
        result = load([*arguments, "-R", last.url, first.url])
        after = [each.processor_seconds() for each in (first, middle, last)]
        got = max(result.get("got", 0), 1)
        result["processorMicrosecondsEach"] = [
            (late - early) * 1e6 / got for early, late in zip(before, after)]
        result["processorMicrosecondsPerMessage"] = max(result["processorMicrosecondsEach"])
        return result


def idle(daemon, seconds=20):
    """An edge with its uplink and nothing to do."""
    with contextlib.ExitStack() as stack:
        port = free_port()
        stack.enter_context(hub(daemon, port))
        edge = stack.enter_context(site(daemon, "E", port))
        time.sleep(5)
        before = edge.processor_seconds()
        time.sleep(seconds)
        return dict(resident=edge.resident(),
                    processor=(edge.processor_seconds() - before) / seconds)


def crowd(daemon, count=EDGES):
    """Cold start, memory, rest, and a restart of the interior router."""
    port = free_port()
    crowd = Crowd(port, count)
    with hub(daemon, port) as router:
        before = router.resident()
        cold = crowd.run(lambda: crowd.are_complete, 60)
        end = time.monotonic() + 5
        crowd.run(lambda: time.monotonic() > end, 60)
        memory = router.resident() - before
        start, cpu = time.monotonic(), router.processor_seconds()
        crowd.run(lambda: time.monotonic() > start + 10, 60)
        rest = (router.processor_seconds() - cpu) / (time.monotonic() - start)
    crowd.run(lambda: not any(each.is_complete for each in crowd.edges), 60)
    crowd.dials.clear()
    with hub(daemon, port):
        again = crowd.run(lambda: crowd.are_complete, 60)
    per_second = {}
    for each in crowd.dials:
        per_second[int(each)] = per_second.get(int(each), 0) + 1
    return dict(
        edges=count, cold=cold, kilobytes=memory / count, rest=rest, restart=again,
        dials=len(crowd.dials), busiest=max(per_second.values(), default=0))


def report(bench):
    result = bench.results["edges"] = crowd(bench.daemon)
    print(f"\n{result['edges']:,} edges with {ADDRESSES} addresses each: all known "
          f"{result['cold']:.1f} s after a cold start (≤ 5), {result['kilobytes']:.0f} kB an edge "
          f"(≤ 100), {result['rest'] * 100:.2f} % of a core at rest, all back "
          f"{result['restart']:.1f} s after the interior router's restart (≤ 10) with "
          f"{result['dials']} tries, {result['busiest']} in the busiest second.", flush=True)
    result = bench.results["edge-idle"] = idle(bench.daemon)
    print(f"\nAn idle edge: {result['resident'] / 1024:.1f} MB resident (≤ 12.5), "
          f"{result['processor'] * 100:.3f} % of a core (≤ 0.05).", flush=True)


def report_pair(bench):
    print("\n| edge – interior – edge | reference, µs | martletd, µs in each | ratio | bar "
          "| p50, µs | p99, µs |")
    print("|---|---|---|---|---|---|---|")

    def median(results, name):
        return statistics.median(each[name] for each in results)

    for name, title, arguments, bar in [
            ("edge-pair", "1 pair, unsettled", ["-n", "300000"], "≤ 0.6"),
            ("edge-rate", "1,000 msg/s", ["-r", "1000", "-n", "4000"], "p50 ≤ 60")]:
        ours, theirs = [], []
        for _ in range(3):
            theirs += bench._reference(arguments)
            ours.append(pair(bench.daemon, arguments))
        bench.results[name] = {"martletd": ours, "reference": theirs}
        costs = zip(*(each["processorMicrosecondsEach"] for each in ours))
        base = median(theirs, "processorMicrosecondsPerMessage") if theirs else 0
        ratio = median(ours, "processorMicrosecondsPerMessage") / base if base else 0
        print(f"| {title} | {base:.2f} | "
              + " / ".join(f"{statistics.median(each):.2f}" for each in costs)
              + f" | {ratio:.2f} | {bar} | {median(ours, 'p50'):.0f} | {median(ours, 'p99'):.0f} |",
              flush=True)
