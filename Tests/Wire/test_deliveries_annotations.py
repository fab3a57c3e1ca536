"""Router annotations, invalid messages, and what passes unchanged (RS 5.1, 5.7, 5.9)."""

import random
import struct

from harness import *
from placement import DeliveryTest, placements

SECTION = {name: bytes([0, 0x53, code]) for name, code in (
    ("header", 0x70), ("delivery", 0x71), ("message", 0x72), ("properties", 0x73),
    ("application", 0x74), ("data", 0x75), ("sequence", 0x76), ("value", 0x77), ("footer", 0x78))}


def sym(text):
    return b"\xa3" + bytes([len(text)]) + text.encode()


def string(text):
    data = text.encode()
    return b"\xa1" + bytes([len(data)]) + data if len(data) < 256 else (
        b"\xb1" + struct.pack("!I", len(data)) + data)


def compound(code, elements):
    data = b"".join(elements)
    if len(data) < 255 and len(elements) < 256:
        return bytes([{"list": 0xC0, "map": 0xC1}[code], len(data) + 1, len(elements)]) + data
    return bytes([{"list": 0xD0, "map": 0xD1}[code]]) + struct.pack(
        "!II", len(data) + 4, len(elements)) + data


def annotations(*elements):
    return SECTION["message"] + compound("map", list(elements))


def sections(data):
    """Header and delivery annotations; the elements of message annotations, decoded, or None; the
    bare message. As encoded bytes."""
    at = 0
    before, found = b"", None
    while data[at:at + 2] == b"\x00\x53" and data[at + 2] in (0x70, 0x71, 0x72):
        decoder = Data()
        used = decoder.decode(data[at:])
        if data[at + 2] == 0x72:
            found = elements_of(data[at + 3:at + used])
        else:
            before += data[at:at + used]
        at += used
    return before, found, data[at:]


def elements_of(data):
    """The encoded elements of an encoded map."""
    size = {0xC1: 1, 0xD1: 4}[data[0]]
    at = 1 + 2 * size
    count = int.from_bytes(data[1 + size:at], "big")
    elements = []
    for _ in range(count):
        decoder = Data()
        used = decoder.decode(data[at:])
        elements.append(data[at:at + used])
        at += used
    assert at == len(data), "the map has more bytes than elements"
    return elements


def value_of(data):
    decoder = Data()
    decoder.decode(data)
    decoder.rewind()
    decoder.next()
    return decoder.get_object()


BODY = SECTION["value"] + string("body")


class Stripping(DeliveryTest):
    @classmethod
    def setUpClass(cls):
        cls.CONFIGURATION = [
            ("address", dict(prefix="multicast", distribution="multicast")),
            ("listener", dict(host="127.0.0.1", port=0))]
        for name in ("in", "out", "no"):
            cls.CONFIGURATION.append(
                "listener {\n name: %s\n host: 127.0.0.1\n port: 0\n stripAnnotations: %s\n}\n"
                % (name, name))
        super().setUpClass()

    def port(self, name):
        return self.router.port if name == "both" else self.router.ports[name]

    def sent(self, data, sender="both", receiver="both", anonymous=None, presettled=False):
        """Sends encoded bytes; gives what arrives: sections as above."""
        address = anonymous or self.unique()
        self.address = address
        taker = self.far(port=self.port(receiver)).receiver(address, credit=1)
        giver = self.near(port=self.port(sender)).sender(None if anonymous else address)
        outgoing = giver.send(data, presettled=presettled)
        wait_for(lambda: taker.complete_count or outgoing.is_settled)
        if outgoing.is_settled:
            raise AssertionError("not delivered: %r" % outgoing)
        got = sections(taker.receive().bytes)
        taker.deliveries[0].accept()
        taker.client.close()
        giver.client.close()
        return got

    def map(self, elements):
        return {value_of(k): value_of(v) for k, v in zip(elements[::2], elements[1::2])}


@placements
class Annotations(Stripping):
    FORGED = annotations(
        sym("x-opt-qd.to"), string("forged"), sym("a"), b"\x54\x01",
        sym("x-opt-qd.trace"), compound("list", [string("0/X")]), sym("b"), b"\x54\x02",
        sym("x-opt-qd.ingress"), string("0/X"), sym("c"), b"\x54\x03")
    USER = [sym("a"), b"\x54\x01", sym("b"), b"\x54\x02", sym("c"), b"\x54\x03"]

    def test_an_ordinary_receiver_sees_none_of_the_routers_and_all_of_the_users(self):
        """RS-198, RS-201, RS-402"""
        for sender in ("both", "in", "out", "no"):
            for receiver in ("both", "out"):
                before, found, bare = self.sent(self.FORGED + BODY, sender, receiver)
                self.assertEqual((before, found, bare), (b"", self.USER, BODY))

    def test_without_user_annotations_the_section_goes(self):
        """RS-201"""
        data = annotations(sym("x-opt-qd.to"), string("x"), sym("x-opt-qd.zzz"), b"\x40")
        self.assertEqual(self.sent(data + BODY), (b"", None, BODY))

    def test_a_receiver_that_is_not_stripped_for_sees_ingress_trace_and_to(self):
        """RS-197, RS-200"""
        for receiver in ("no", "in"):
            for sender in ("both", "in"):
                before, found, bare = self.sent(BODY, sender, receiver)
                self.assertEqual(bare, BODY)
                self.assertEqual(
                    [value_of(key) for key in found[::2]],
                    ["x-opt-qd.to", "x-opt-qd.ingress", "x-opt-qd.trace"])
                self.assertTrue(all(isinstance(value_of(key), symbol) for key in found[::2]))
                self.assertEqual(
                    [value_of(value) for value in found[1::2]],
                    [self.address, "0/TEST", ["0/TEST"]])

    def test_what_an_untrusted_sender_forges_does_not_count(self):
        """RS-198"""
        for sender in ("both", "in"):
            _, found, bare = self.sent(self.FORGED + BODY, sender, "no")
            self.assertEqual(found[:6], self.USER)
            got = self.map(found[6:])
            self.assertEqual(got["x-opt-qd.ingress"], "0/TEST")
            self.assertEqual(got["x-opt-qd.trace"], ["0/TEST"])
            self.assertEqual(got["x-opt-qd.to"], self.address)

    def test_a_trusted_senders_ingress_is_kept_and_its_trace_extended(self):
        """RS-199, RS-197"""
        for sender in ("out", "no"):
            _, found, bare = self.sent(self.FORGED + BODY, sender, "no")
            self.assertEqual(found[:6], self.USER)
            got = self.map(found[6:])
            self.assertEqual(got["x-opt-qd.ingress"], "0/X")
            self.assertEqual(got["x-opt-qd.trace"], ["0/X", "0/TEST"])

    def test_stream_and_phase_pass_in_their_order(self):
        """RS-197"""
        data = annotations(
            sym("x-opt-qd.stream"), b"\x54\x01", sym("u"), b"\x40", sym("x-opt-qd.phase"),
            b"\x54\x07") + BODY
        _, found, _ = self.sent(data, "no", "no")
        self.assertEqual(
            [value_of(key) for key in found[::2]],
            ["u", "x-opt-qd.phase", "x-opt-qd.stream", "x-opt-qd.to", "x-opt-qd.ingress",
             "x-opt-qd.trace"])
        self.assertEqual((value_of(found[3]), value_of(found[5])), (7, 1))
        _, found, _ = self.sent(data, "both", "no")
        self.assertNotIn("x-opt-qd.stream", [value_of(key) for key in found[::2]])

    def test_a_phase_that_is_no_number_is_dropped(self):
        """RS-411"""
        for value in (string("x"), b"\x40", b"\x45"):
            _, found, bare = self.sent(
                annotations(sym("x-opt-qd.phase"), value) + BODY, "no", "no")
            self.assertEqual(bare, BODY)
            self.assertNotIn("x-opt-qd.phase", [value_of(key) for key in found[::2]])

    def test_to_of_a_trusted_anonymous_sender_overrides_the_properties(self):
        """RS-199"""
        right = self.unique()
        data = annotations(sym("x-opt-qd.to"), string(right)) + Message(
            address="nowhere", body="x").encode()
        for sender in ("out", "no"):
            _, _, bare = self.sent(data, sender, "both", anonymous=right)
            self.assertIn(b"nowhere", bare)
        giver = self.near().sender(None)
        self.assertEqual(giver.send(data).outcome().state, "released")

    def test_bad_router_annotations_are_rejected_unless_stripped(self):
        """RS-202"""
        cases = [
            (sym("x-opt-qd.trace"), string("x"), "trace annotation is not a list"),
            (sym("x-opt-qd.trace"), compound("list", [b"\x54\x01"]),
             "trace list contains non-string entries"),
            (sym("x-opt-qd.ingress"), b"\x54\x01", "ingress router not a string type"),
            (sym("x-opt-qd.to"), b"\x54\x01", "to-override not a valid string type"),
        ]
        address = self.unique()
        self.far().receiver(address, credit=100)
        for key, value, text in cases:
            for port in ("out", "no"):
                giver = self.near(port=self.port(port)).sender(address)
                outcome = giver.send(annotations(key, value) + BODY).outcome()
                self.assertEqual(
                    (outcome.state, outcome.condition, outcome.description),
                    ("rejected", "amqp:invalid-field", text))
                giver.wait_credit(250)
            self.assertEqual(self.sent(annotations(key, value) + BODY), (b"", None, BODY))
        for port in ("both", "no"):
            giver = self.near(port=self.port(port)).sender(address)
            outcome = giver.send(annotations(sym("odd")) + BODY).outcome()
            self.assertEqual(
                (outcome.condition, outcome.description),
                ("amqp:invalid-field", "Odd Number of Elements in a Map"))

    def test_many_router_keys_and_long_traces_pass(self):
        """RS-197: however long the trace is, or the user's annotations are."""
        trace = [string("0/ROUTER-%d" % number) for number in range(300)]
        user = []
        for number in range(200):
            user += [sym("key-%d" % number), string("v" * number)]
        data = annotations(sym("x-opt-qd.trace"), compound("list", trace), *user) + BODY
        _, found, bare = self.sent(data, "no", "no")
        self.assertEqual(found[:400], user)
        self.assertEqual(len(self.map(found[400:])["x-opt-qd.trace"]), 301)
        self.assertEqual(bare, BODY)
        self.assertEqual(self.sent(data), (b"", user, BODY))


@placements
class Random(Stripping):
    """Messages made up from a seed."""

    def value(self, chance, depth=0):
        kind = chance.randrange(14 if depth < 3 else 11)
        if kind < 7:
            return [b"\x40", b"\x41", b"\x42", b"\x43", b"\x44", b"\x45", b"\x56\x01"][kind]
        if kind == 7:
            return b"\x80" + chance.randbytes(8)
        if kind == 8:
            return string("s" * chance.choice([0, 3, 255, 256, 2000]))
        if kind == 9:
            return b"\xb0" + struct.pack("!I", 40) + chance.randbytes(40)
        if kind == 10:
            return b"\x98" + chance.randbytes(16)
        if kind == 11:
            return compound("list", [self.value(chance, depth + 1)
                                     for _ in range(chance.randrange(5))])
        if kind == 12:
            return compound("map", [self.value(chance, depth + 1)
                                    for _ in range(2 * chance.randrange(4))])
        return b"\x00\x80" + chance.randbytes(8) + self.value(chance, depth + 1)

    def message(self, chance):
        before, user, routers = b"", [], []
        if chance.random() < 0.5:
            before += SECTION["header"] + compound("list", chance.choice([
                [], [b"\x41"], [b"\x42", b"\x50\x07"], [b"\x41", b"\x40", b"\x70\x00\x00\x00\x09"]]))
        if chance.random() < 0.3:
            before += SECTION["delivery"] + compound("map", [sym("d"), self.value(chance)])
        middle = b""
        if chance.random() < 0.7:
            elements = []
            for number in range(chance.choice([0, 1, 2, 5, 40])):
                if chance.random() < 0.3:
                    name = chance.choice(["to", "ingress", "trace", "phase", "other", ""])
                    elements += [sym("x-opt-qd." + name), self.value(chance)]
                else:
                    key = chance.choice([sym("k%d" % number), sym("x-opt-q"), b"\x53\x05"])
                    pair = [key, self.value(chance)]
                    user += pair
                    elements += pair
            middle = annotations(*elements)
        bare = b""
        if chance.random() < 0.6:
            bare += SECTION["properties"] + compound("list", [self.value(chance)] * 2)
        if chance.random() < 0.5:
            bare += SECTION["application"] + compound("map", [string("k"), self.value(chance)])
        bare += SECTION["data"] + b"\xb0" + struct.pack(
            "!I", size := chance.choice([0, 10, 500, 20_000, 90_000])) + chance.randbytes(size)
        if chance.random() < 0.3:
            bare += SECTION["footer"] + compound("map", [sym("f"), self.value(chance)])
        return before, middle, user, bare

    def test_bare_messages_pass_byte_by_byte_and_user_annotations_one_by_one(self):
        """RS-183, RS-201, RS-206"""
        seed = random.randrange(1 << 32)
        print("seed", seed)
        chance = random.Random(seed)
        address = self.unique()
        multicast = self.unique("multicast")
        takers = {name: self.far(port=self.port(name), trace=False).receiver(
            multicast, credit=100_000) for name in ("both", "no")}
        givers = [self.near(port=self.port(name), trace=False).sender(multicast)
                  for name in ("both", "in")]
        for number in range(150):
            before, middle, user, bare = self.message(chance)
            chance.choice(givers).send(before + middle + bare, presettled=chance.random() < 0.5)
            for name, taker in takers.items():
                got = taker.receive()
                what = "seed %d, message %d, to %s" % (seed, number, name)
                found = sections(got.bytes)
                self.assertEqual(found[0], before, what)
                self.assertEqual((found[1] or [])[:len(user)], user, what)
                self.assertTrue(found[2] == bare, what)
                if name == "both":
                    self.assertEqual(len(found[1] or []), len(user), what)
                got.settle()


@placements
class Invalid(Stripping):
    def test_what_cannot_be_read_is_rejected(self):
        """RS-207"""
        address = self.unique()
        self.far().receiver(address, credit=10)
        here = self.near()
        targeted, anonymous = here.sender(address), here.sender(None)
        broken = [
            b"", b"\x00", b"\x00\x53", SECTION["header"], SECTION["header"] + b"\xc0\x05",
            SECTION["header"] + b"\xa1\x01x", SECTION["message"] + string("x"),
            SECTION["message"] + b"\xd1\x00\x00\x00\xff\x00\x00\x00\x02", SECTION["delivery"],
            SECTION["message"] + b"\xc1\x04\x02\xa3\x09x"]
        for data in broken:
            for sender in (targeted, anonymous):
                outcome = sender.send(data).outcome()
                self.assertEqual(
                    (outcome.state, outcome.condition, outcome.description),
                    ("rejected", "amqp:decode-error", "invalid message format"), repr(data))
        outcome = anonymous.send(SECTION["properties"] + b"\xc0\xff\x03").outcome()
        self.assertEqual(outcome.condition, "amqp:decode-error")
        for sender in (targeted, anonymous):
            sender.send(b"", presettled=True)
            sender.wait_credit(250)

    def test_what_need_not_be_read_is_not_checked(self):
        """RS-206"""
        for data in (b"hello", b"\xff" * 100, SECTION["properties"] + b"\x99",
                     b"\x00\xa3\x03abc\x40", SECTION["value"]):
            self.assertEqual(self.sent(data)[2], data)


del Stripping
if __name__ == "__main__":
    main()
