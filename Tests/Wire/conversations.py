"""Conversations of whole frames in any order, with any values: what a hostile or broken peer that
knows AMQP may say. Of a client, and of a router on an inter-router connection."""

from proton import Message, symbol, uint, ulong

from frames import Described, composite, frame

SERVICES = ["_local/qdhello", "_topo/0/all/qdrouter", "_topo/0/A/qdrouter",
            "_topo/0/all/qdrouter.ma", "_topo/0/N2/qdrouter", "a"]
OPCODES = ["HELLO", "HELLO", "RA", "LSU", "LSU", "LSR", "MAU", "MAU", "MAR", "NONE", None]


class Conversation:
    """`frames()`: those of one connection, as bytes."""

    PROPERTIES = None
    CAPABILITIES = [None]
    CONTAINERS = ["x"]

    def __init__(self, chance):
        self.chance = chance
        self.pick = chance.choice
        self.number = 0
        self.sent = []

    def frames(self):
        if self.chance.random() < 0.97:
            self.say("open", container_id=self.pick(self.CONTAINERS),
                     max_frame_size=self.pick([None, 512, 65536]), properties=self.properties())
        for channel in range(self.pick([1, 1, 2])):
            self.begin(channel)
        for handle in range(self.pick([1, 2, 3])):
            self.attach(handle)
        acts = [self.transfer] * 7 + [self.flow] * 3 + [self.disposition] * 4 + [
            self.detach, self.detach, self.detach, self.attach, self.attach]
        for _ in range(self.chance.randrange(1, 40)):
            self.pick(acts)()
            if self.chance.random() < 0.05:
                self.pick([self.begin, self.end, self.close])()
        return self.sent

    def say(self, performative, **fields):
        self.sent.append(frame(performative, **fields))

    def properties(self):
        return None

    def near(self, right, least=0, most=0xffffffff):
        """A number that would be right, or one next to it, or an extreme."""
        others = [right - 1, right + 1, least, least + 1, most, most - 1, most // 2, most // 2 + 1]
        return self.pick([right] * len(others) + [each for each in others if least <= each <= most])

    def channel(self):
        return self.pick([0, 0, 0, 1, 2])

    def handle(self):
        return self.pick([0, 0, 1, 1, 2, 3])

    def begin(self, channel=None):
        self.say("begin", channel=self.channel() if channel is None else channel,
                 next_outgoing_id=self.near(0), handle_max=self.pick([None, self.near(255)]),
                 incoming_window=self.near(100), outgoing_window=self.near(100))

    def attach(self, handle=None):
        address = self.pick(["a", "b", "multicast/x", "$management", None, "_topo/0/x/y"])
        capability = self.pick(self.CAPABILITIES)
        source = composite("source", address=address, dynamic=self.pick([None, None, True]),
                           capabilities=capability)
        target = composite("target", address=address, dynamic=self.pick([None, None, True]),
                           capabilities=capability)
        self.say("attach", channel=self.channel(), name="l%d" % self.chance.randrange(6),
                 handle=self.handle() if handle is None else handle, role=self.pick([True, False]),
                 snd_settle_mode=self.pick([None, 0, 1, 2, 3]),
                 rcv_settle_mode=self.pick([None, 0, 1]), source=self.pick([source] * 9 + [None]),
                 target=self.pick([target] * 9 + [None, composite("coordinator")]),
                 unsettled=self.pick([None, None, {b"t": composite("accepted")}]),
                 initial_delivery_count=self.pick([None, self.near(0)]),
                 max_message_size=self.pick([None, ulong(self.near(1_000, most=2 ** 64 - 1))]))

    def state(self):
        return self.pick([
            None, composite("accepted"), composite("released"),
            composite("rejected", error=composite("error", condition="x:y", description="d")),
            composite("modified", delivery_failed=True, message_annotations={symbol("a"): 1}),
            composite("received", section_number=self.near(0),
                      section_offset=ulong(self.near(9, most=2 ** 64 - 1))),
            Described(ulong(0x34), [b"x", None])])

    def transfer(self):
        number = self.number
        more = self.chance.random() < 0.3
        self.say("transfer", channel=self.channel(), handle=self.handle(),
                 delivery_id=self.pick([None, number, number, self.near(number)]),
                 delivery_tag=self.pick([None, b"t%d" % number, b"", b"z" * 40]),
                 settled=self.pick([None, False, True]), more=self.pick([more, None]),
                 aborted=self.pick([None, None, None, True]), resume=self.pick([None, None, True]),
                 rcv_settle_mode=self.pick([None, 0, 1]), state=self.state(),
                 payload=self.payload())
        self.number += 0 if more else self.pick([1, 1, 1, 0])

    def payload(self):
        return self.pick([
            Message(body="x", address=self.pick(["a", "b", None])).encode(), b"",
            self.chance.randbytes(30), Message(body=b"y" * 400).encode()[:300],
            # Annotations that claim to be longer than the message.
            b"\x00\x53\x72\xd1\x00\x00\x00\x10\x00\x00\x00\x02"])

    def flow(self):
        self.say("flow", channel=self.channel(), next_incoming_id=self.pick([None, self.near(1)]),
                 incoming_window=self.near(100), next_outgoing_id=self.near(self.number),
                 outgoing_window=self.near(100), handle=self.pick([None, 0, 1, 2]),
                 delivery_count=self.pick([None, self.near(3)]), drain=self.pick([None, True]),
                 link_credit=self.pick([None, self.near(10)]), echo=self.pick([None, True]))

    def disposition(self):
        first = self.chance.randrange(8)
        self.say("disposition", channel=self.channel(), role=self.pick([True, False]),
                 first=self.near(first), settled=self.pick([None, True, False]),
                 last=self.pick([None, first, first + 3, self.near(first)]), state=self.state())

    def detach(self):
        self.say("detach", channel=self.channel(), handle=self.handle(),
                 closed=self.pick([None, True]),
                 error=self.pick([None, composite("error", condition="a:b")]))

    def end(self):
        self.say("end", channel=self.channel())

    def close(self):
        self.say("close")


class RouterConversation(Conversation):
    """Of a router that the other takes for a neighbour: control messages and annotations, too."""

    CAPABILITIES = [None] + [symbol("qd.router")] + [symbol("qd.router-data")] * 3
    CONTAINERS = ["N0", "N1", "N2", "A"]

    def properties(self):
        properties = {
            symbol("product"): "qpid-dispatch-router", symbol("version"): "1.19.0",
            symbol("qd.inter-router-cost"): self.pick([1, uint(3), "s", -4])}
        if self.chance.random() < 0.5:
            properties[symbol("martlet.version")] = "1"
        return properties

    def payload(self):
        return self.pick([self.control, self.control, self.message, super().payload])()

    def anything(self, depth=0):
        kind = self.chance.randrange(12)
        if kind > 9 and depth < 3:
            values = [self.anything(depth + 1) for _ in range(self.chance.randrange(4))]
            return values if kind == 10 else {"N%d" % at: each for at, each in enumerate(values)}
        return self.pick([None, True, uint(0xffffffff), ulong(3), -1, 0, 2 ** 63 - 1, "N1", "",
                          symbol("q"), b"zz", 1.5])

    def control(self):
        opcode = self.pick(OPCODES)
        small = lambda: self.near(self.chance.randrange(4), -2 ** 63, 2 ** 63 - 1)
        body = {"id": self.pick(self.CONTAINERS), "area": "0", "pv": uint(1),
                "instance": self.pick([7, 8, self.near(7, -2 ** 63, 2 ** 63 - 1)])}
        body.update({
            "HELLO": lambda: {"seen": ["A", "N1"]},
            "RA": lambda: {"ls_seq": small(), "mobile_seq": small()},
            "LSU": lambda: {"ls_seq": small(), "ls": {
                "id": self.pick(["N0", "N1"]), "area": "0", "ls_seq": small(),
                "peers": {"A": small(), "N2": small()}}},
            "MAU": lambda: {"mobile_seq": small(), "add": self.pick([["M0a", "M0b"], []]),
                            "del": ["M0a"], "hints": [small()],
                            "exist": self.pick([["M0a"], None])},
            "MAR": lambda: {"have_seq": small()},
        }.get(opcode, dict)())
        if self.chance.random() < 0.4:
            body[self.pick(list(body))] = self.anything()
        if self.chance.random() < 0.1:
            body.pop(self.pick(list(body)))
        if self.chance.random() < 0.05:
            body = self.anything()
        return Message(
            address="amqp:/" + self.pick(SERVICES), body=body, annotations=self.annotations(),
            properties=None if opcode is None else {"opcode": opcode}).encode()

    def annotations(self):
        annotations = {
            "x-opt-qd.ingress": self.pick(["0/N0", "0/N1", "0/A", self.anything()]),
            "x-opt-qd.trace": self.pick([["0/N0"], ["0/N0", "0/N1"], ["0/A"], self.anything()]),
            "x-opt-qd.to": self.pick(["a", "b", "_topo/0/N1/x", "_topo/0/A/$management",
                                      self.anything()]),
            "x-opt-qd.phase": self.pick([0, 1, "0", self.anything()]),
            "x-opt-qd.stream": 1, "user": self.anything()}
        return {symbol(key): value for key, value in annotations.items()
                if self.chance.random() < 0.6}

    def message(self):
        return Message(address=self.pick(["a", "b", None]), body="x" * self.pick([1, 300]),
                       annotations=self.annotations()).encode()
