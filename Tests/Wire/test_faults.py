"""Peers that break off, break the rules, or say nothing: the process lives, and is afterwards as it
was before."""

import os
import random
import re
import socket as sockets
import struct
import time

from bursts import encode
from harness import *
from placement import DeliveryTest, attach_receiver, attach_sender, placements, round_trip

SEED = int(os.environ.get("MARTLET_SEED", random.randrange(1 << 32)))
MEGABYTE = 1 << 20
INFO = r"SERVER \(info\)"


class Faults(DeliveryTest):
    CONFIGURATION = [
        ("address", dict(prefix="multicast", distribution="multicast")),
        ("listener", dict(host="127.0.0.1", port=0)),
        "listener {\n name: hasty\n host: 127.0.0.1\n port: 0\n"
        " initialHandshakeTimeoutSeconds: 1\n}\n"]

    def setUp(self):
        self.chance = random.Random(SEED)
        print("seed %d" % SEED, end=" ")

    def raw(self, router=None, **how):
        before = len(self.router.log_lines(INFO))
        peer = super().raw(router, **how)
        peer.before = before
        return peer

    def settled_descriptors(self, expected):
        """Waits until the router has closed what its peers have."""
        wait_for(lambda: self.router.descriptors() <= expected, 20,
                 lambda: "%d descriptors; there are %d" % (expected, self.router.descriptors()))

    def assert_works(self):
        """A message goes through, and an address is forgotten with its links."""
        address = self.unique()
        receiver = self.far().receiver(address, credit=1)
        sent = self.near().sender(address).send(body="x")
        receiver.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")
        receiver.client.close()
        sent.sender.client.close()

    def assert_steady(self, disturb, growth=3 * MEGABYTE):
        """Disturbs twice: afterwards descriptors are as before, and the second time has taken no
        memory that the first has not."""
        self.assert_works()
        descriptors = self.router.descriptors()
        disturb()
        self.settled_descriptors(descriptors)
        self.assert_works()
        resident = self.router.resident()
        disturb()
        self.settled_descriptors(descriptors)
        self.assert_works()
        self.assertLess(self.router.resident() - resident, growth)


@placements
class Killed(Faults):
    def test_receivers_killed_in_the_middle_of_deliveries(self):
        """RS-192: senders get an outcome for everything, and all their credit back."""
        def disturb():
            for _ in range(40):
                name = self.chance.choice(["a", "multicast"])
                address = self.unique(name)
                here = self.near(trace=False)
                receivers = [self.far(trace=False).receiver(
                    address, credit=self.chance.randrange(40)) for _ in range(3)]
                sender = here.sender(address)
                sent = [sender.send(body=bytes(self.chance.choice([1, 1_000, 50_000])))
                        for _ in range(60)]
                for receiver in receivers:
                    if self.chance.random() < 0.5:
                        receiver.answer = Incoming.accept
                pump.turn(0)
                for receiver in receivers:
                    receiver.client.kill(reset=self.chance.random() < 0.5)
                for each in sent:
                    self.assertIn(
                        each.outcome().state, ("accepted", "modified", "released"))
                here.kill()
        self.assert_steady(disturb, 16 * MEGABYTE)

    def test_senders_killed_in_the_middle_of_messages(self):
        """RS-195: nothing of them stays."""
        def disturb():
            address = self.unique()
            receiver = self.far(trace=False).receiver(address, credit=1000)
            receiver.keeps = False
            for number in range(60):
                here = self.near(trace=False)
                sender = here.sender(address).wait_credit()
                sent = sender.begin(presettled=self.chance.random() < 0.5)
                sent.write(b"\x00\x53\x75\xb0\x00\x20\x00\x00"
                           + bytes(self.chance.randrange(300_000)))
                here.flush()
                if self.chance.random() < 0.5:
                    pump.turn(0)
                here.kill(reset=self.chance.random() < 0.5)
            round_trip(receiver.client)
            receiver.client.kill()
        self.assert_steady(disturb, 16 * MEGABYTE)

    def test_thousands_of_short_connections(self):
        """RS-8: of every kind: none, header only, opened, attached; ended well or not."""
        def disturb():
            for number in range(1_500):
                kind = self.chance.randrange(5)
                socket = sockets.create_connection((self.router.host, self.router.port))
                if kind == 4:
                    peer = RawPeer.__new__(RawPeer)
                    peer.socket, peer.held = socket, b""
                    peer.handshake()
                    peer.begin()
                    attach_receiver(peer, "a/%d" % number)
                elif kind:
                    socket.sendall((AMQP_HEADER + frame(composite("open", container_id="x"))
                                    + frame(composite("begin", next_outgoing_id=0,
                                                      incoming_window=1, outgoing_window=1)))
                                   [:kind * 8])
                if self.chance.random() < 0.3:
                    socket.setsockopt(
                        sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
                socket.close()
        self.assert_steady(disturb)


@placements
class Hostile(Faults):
    def conversation(self, peer):
        """The frames of an ordinary client, each as bytes."""
        address = self.unique()
        frames = [frame(composite("open", container_id="x", hostname="h")),
                  frame(composite("begin", next_outgoing_id=0, incoming_window=100,
                                  outgoing_window=100))]
        for handle, role in ((0, False), (1, True)):
            frames.append(frame(Described(ulong(0x12), [
                "l%d" % handle, uint(handle), role, None, None,
                composite("source", address=address), composite("target", address=address),
                None, None, uint(0)])))
        frames.append(frame(composite(
            "flow", next_incoming_id=0, incoming_window=100, next_outgoing_id=0,
            outgoing_window=100, handle=1, delivery_count=0, link_credit=10)))
        for number in range(4):
            frames.append(frame(composite(
                "transfer", handle=0, delivery_id=number, delivery_tag=b"%d" % number,
                settled=number % 2 == 0, more=number == 2), payload=Message(body="x").encode()))
        frames.append(frame(composite(
            "disposition", role=True, first=0, last=1, settled=True, state=composite("accepted"))))
        frames.append(frame(composite("detach", handle=0, closed=True)))
        frames.append(frame(composite("end")))
        frames.append(frame(composite("close")))
        return frames

    def spoil(self, frames):
        """One thing made wrong."""
        chance = self.chance
        place = chance.randrange(len(frames))
        kind = chance.randrange(8)
        data = bytearray(frames[place])
        if kind == 0:
            data[chance.randrange(len(data))] = chance.randrange(256)
        elif kind == 1:
            data[8 + chance.randrange(len(data) - 8)] ^= 1 << chance.randrange(8)
        elif kind == 2:
            data = data[:chance.randrange(len(data))]
        elif kind == 3:
            # A whole frame whose performative ends early.
            cut = data[8:8 + chance.randrange(len(data) - 8)]
            data = struct.pack("!IBBH", 8 + len(cut), 2, 0, 0) + cut
        elif kind == 4:
            data[:4] = struct.pack("!I", chance.choice([0, 7, 8, 9, 1 << 31, len(data) + 1]))
        elif kind == 5:
            frames.insert(place, chance.choice(frames))
            frames.insert(place, frame(composite(
                "transfer", handle=chance.choice([0, 1, 7]), delivery_id=chance.randrange(9),
                delivery_tag=b"t"), payload=chance.randbytes(20)))
        elif kind == 6:
            data = bytearray(frame(chance.randbytes(chance.randrange(60))))
        else:
            # A valid frame of a valid performative with fields of the wrong types.
            code = chance.choice([0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18])
            data = bytearray(frame(Described(ulong(code), [
                chance.choice([None, True, "s", uint(5), b"b", [], {}, symbol("y"), 2 ** 40,
                               Described(ulong(0x28), ["x", "y"])])
                for _ in range(chance.randrange(14))])))
        frames[place] = bytes(data)
        return frames

    def converse(self):
        peer = RawPeer(self.router)
        try:
            data = AMQP_HEADER + b"".join(self.spoil(self.conversation(peer)))
            if self.chance.random() < 0.1:
                data = self.chance.randbytes(self.chance.randrange(1, 2_000))
            at = 0
            while at < len(data):
                step = self.chance.choice([1, 7, 100, 5_000])
                peer.send_bytes(data[at:at + step])
                at += step
            if self.chance.random() < 0.5:
                peer.close_output()
                peer.read_to_end(3)
        except OSError:
            pass  # the router may cut the stream at any moment
        finally:
            peer.close()

    def test_spoilt_conversations(self):
        """RS-1, RS-4: bytes and frames that are wrong in one place."""
        def disturb():
            for _ in range(400):
                self.converse()
        self.assert_steady(disturb)

    def cut_short(self, data):
        """A whole frame whose performative ends after half its bytes."""
        body = data[8:8 + (len(data) - 8) // 2]
        return struct.pack("!IBBH", 8 + len(body), 2, 0, 0) + body

    def malformed(self):
        """Frames, each wrong in its own way, by name; and whether the peer is told so."""
        frames = self.conversation(None)
        wrong = {"%s cut short" % Frame(data).name: self.cut_short(data) for data in frames[:-1]}
        wrong.update({
            "a size below a header's": b"\x00\x00\x00\x03" * 3,
            "an offset into the header": struct.pack("!IBBH", 8, 1, 0, 0),
            "an offset beyond the frame": struct.pack("!IBBH", 8, 9, 0, 0),
            "an unknown type": struct.pack("!IBBH", 8, 2, 5, 0) + b"",
            "an unknown performative": frame(Described(ulong(0x99), [])),
            "no performative": frame(encoded("x")),
            "noise": frame(b"\xff" * 40),
            "an unknown handle": frame("detach", handle=99, closed=True),
            "an unknown channel": frame("detach", channel=9, handle=0, closed=True),
            "a channel that was not allowed": frame(
                "begin", channel=40_000, next_outgoing_id=0, incoming_window=1,
                outgoing_window=1),
        })
        return wrong

    def assert_one_line(self, peer, what, again=None):
        """The peer has gone: the server's log has one line of its connection's failure. Where others
        have just filled the log's allowance of such lines for a second, `again` makes another."""
        # An earlier connection may have had the same port: it did not come to this listener since.
        place = "from 127.0.0.1:%d (to 127.0.0.1:%d) failed" % (
            peer.socket.getsockname()[1], self.router.port)
        peer.close()

        def lines():
            return [line for line in self.router.log_lines(INFO)[peer.before:]
                    if place in line]

        try:
            wait_for(lines, 4, what)
        except TimedOut:
            if again is None or not self.router.log_lines("more such lines in one second"):
                raise
            return self.assert_one_line(again(), what)
        self.near().fence()
        self.assertEqual(len(lines()), 1, lines())

    def test_a_malformed_frame_costs_a_close_and_one_line(self):
        """RS-4, RS-33b: whether the peer then ends the stream or waits."""
        for number, (what, data) in enumerate(self.malformed().items()):
            with self.subTest(what):
                peer = self.raw()
                peer.handshake()
                peer.begin()
                peer.attach_sender(self.unique())
                peer.send_bytes(data)
                if number % 2:
                    peer.close_output()
                closed = [each for each in peer.frames_to_end(5) if each.name == "close"]
                self.assertEqual(len(closed), 1)
                self.assertIsNotNone(closed[0].error())
                self.assert_one_line(peer, what)
        self.assert_works()

    def test_a_first_transfer_without_a_delivery_id_costs_its_connection_alone(self):
        """RS-4: of a delivery in several transfers; alone, and behind others."""
        address = self.unique()
        receiver = self.far().receiver(address, credit=100)
        for before in (0, 3):
            peer = self.raw()
            peer.handshake()
            peer.begin()
            attach_sender(peer, address)
            peer.send_bytes(b"".join(
                [frame("transfer", handle=0, delivery_id=number, delivery_tag=b"%d" % number,
                       settled=True, payload=Message(body="x").encode())
                 for number in range(before)]
                + [frame("transfer", handle=0, delivery_tag=b"t", more=True, payload=b"y")]))
            peer.frames_to_end(5)
            self.assert_one_line(peer, "a transfer without a delivery-id")
        self.assertEqual(self.router.log_lines("Assertion"), [])
        receiver.client.kill()
        self.assert_works()

    def test_a_first_frame_that_is_cut_short_gets_open_and_close(self):
        """RS-4"""
        peer = self.raw()
        peer.header()
        peer.send_bytes(self.cut_short(self.conversation(None)[0]))
        opened_, closed = peer.frames_to_end(5)
        self.assertEqual(
            (opened_.name, closed.name, closed.error()[0]),
            ("open", "close", "amqp:connection:framing-error"))
        self.assertTrue(closed.error()[1].startswith("malformed frame"), closed)
        self.assertEqual(closed.error()[1].count("malformed frame"), 1)
        self.assert_one_line(peer, "an open that was cut short")

    def test_other_first_bytes_cost_one_line(self):
        """RS-3"""
        for data in (b"GET / HTTP/1.1\r\n\r\n", AMQP_HEADER + b"\xff" * 40, AMQP_HEADER[:3]):
            def spoilt():
                peer = self.raw()
                peer.send_bytes(data)
                peer.close_output()
                peer.read_to_end()
                return peer

            self.assert_one_line(spoilt(), data, spoilt)

    def test_a_peer_that_says_too_little_is_cut_off(self):
        """RS-23: whether it says nothing, half a header, or a byte at a time."""
        descriptors = self.router.descriptors()
        hasty = self.router.ports["hasty"]
        peers = [self.raw(port=hasty) for _ in range(30)]
        for number, peer in enumerate(peers):
            peer.send_bytes(AMQP_HEADER[:number % 9])
        opening = AMQP_HEADER + frame(composite("open", container_id="slow"))
        slow = self.raw(port=hasty)
        at = 0
        def dribble():
            nonlocal at
            if at < len(opening) - 1:
                try:
                    slow.send_bytes(opening[at:at + 1])
                except OSError:
                    at = len(opening)
                at += 1
            return self.router.descriptors() <= descriptors
        wait_for(dribble, 10, "the router to close")
        self.assert_works()
        told = re.findall(
            r"SERVER \(info\) \[(C\d+)\] Connection .* failed", self.router.log_text())
        self.assertEqual([name for name in told if told.count(name) > 1], [])

    def test_a_sender_beyond_its_credit_fills_no_memory(self):
        """RS-33c: credit is not enforced, but nothing grows without end."""
        address = self.unique()
        receiver = self.far().receiver(address)
        peer = self.raw()
        peer.handshake()
        peer.begin()
        attach_sender(peer, address)
        resident = self.router.resident()
        peer.socket.setblocking(False)
        sent = 0
        payload = bytes(2_000)
        window = 100_000
        data = b""
        deadline = 60_000
        while sent < deadline:
            if not data:
                data = b"".join(frame(composite(
                    "transfer", handle=0, delivery_id=number, delivery_tag=b"%d" % number,
                    settled=True), payload=b"\x00\x53\x75\xb0\x00\x00\x07\xd0" + payload)
                    for number in range(sent, sent + 20))
                sent += 20
            try:
                data = data[peer.socket.send(data):]
            except (BlockingIOError, OSError):
                break
        self.near().fence()
        self.assertLess(self.router.resident() - resident, 40 * MEGABYTE)
        peer.close()
        receiver.client.kill()
        self.assert_works()


del Faults
if __name__ == "__main__":
    main()
