"""Senders and receivers of pre-settled messages as fast as bytes can be made: no engine between.

Each message's body is its sender's number and its own, so that receivers can tell what was lost,
came twice, or overtook another.
"""

import selectors
import struct
import time

from harness import RawPeer, end_of_wait
from placement import attach_receiver, attach_sender

def _template():
    performative = b"\x43" + b"\x70????" + b"\xa0\x04????" + b"\x43" + b"\x41"
    body = b"\x00\x53\x14\xc0" + bytes([len(performative) + 1, 5]) + performative
    payload = b"\x00\x53\x77\x80????????"
    size = 8 + len(body) + len(payload)
    data = struct.pack("!IBBH", size, 2, 0, 0) + body + payload
    parts = data.split(b"????")
    return parts[0], parts[1], parts[2], size


#: Octets of a message's body with its descriptor.
BODY = 12
_BEFORE_ID, _BEFORE_TAG, _BEFORE_BODY, SIZE = _template()


def encode(sender, number):
    four = struct.pack("!I", number)
    return b"".join((
        _BEFORE_ID, four, _BEFORE_TAG, four, _BEFORE_BODY, struct.pack("!I", sender), four))


def encode_to(address, sender, number):
    """The same with the address in its properties."""
    plain = encode(sender, number)
    to = b"\x40\x40\xa1" + bytes([len(address)]) + address.encode()
    properties = b"\x00\x53\x73\xc0" + bytes([len(to) + 1, 3]) + to
    return (struct.pack("!I", len(plain) + len(properties)) + plain[4:-BODY] + properties
            + plain[-BODY:])


def _fields(data):
    """The plain fields of a performative's list, by place; None for null."""
    at = 11
    if data[at] == 0xC0:
        count, at = data[at + 2], at + 3
    elif data[at] == 0xD0:
        count, at = struct.unpack_from("!I", data, at + 5)[0], at + 9
    else:
        return []
    values = []
    for _ in range(count):
        code = data[at]
        at += 1
        if code in (0x40, 0x41, 0x42, 0x43, 0x44):
            values.append({0x40: None, 0x41: True, 0x42: False, 0x43: 0, 0x44: 0}[code])
        elif code in (0x50, 0x52, 0x53, 0x56):
            values.append(data[at])
            at += 1
        elif code == 0x70:
            values.append(struct.unpack_from("!I", data, at)[0])
            at += 4
        else:
            break
    return values


class _Peer:
    """A connection with one link, driven by `run`."""

    def __init__(self, router, **how):
        self.peer = RawPeer(router, **how)
        self.peer.handshake()
        self.peer.begin(incoming_window=(1 << 31) - 1)
        self.output = b""

    def ready(self):
        self.peer.socket.setblocking(False)

    def read(self):
        try:
            data = self.peer.socket.recv(1 << 20)
        except BlockingIOError:
            return
        assert data, "the router ended a connection"
        held = self.peer.held + data
        at = 0
        end = len(held)
        while end - at >= 8:
            size = int.from_bytes(held[at:at + 4], "big")
            if end - at < size:
                break
            if size > 8:
                self.take(held[at:at + size])
            at += size
        self.peer.held = held[at:]

    def write(self):
        if self.output:
            try:
                self.output = self.output[self.peer.socket.send(self.output):]
            except BlockingIOError:
                pass

    def close(self):
        self.peer.close()


class FastSender(_Peer):
    """Sends `count` pre-settled messages."""

    def __init__(self, router, address, number, count, **how):
        super().__init__(router, **how)
        self.number, self.count, self.sent = number, count, 0
        self.limit = self.window = 0
        self.take_flow(attach_sender(self.peer, address).bytes)
        self.ready()

    def take(self, frame):
        if frame[10] == 0x13:
            self.take_flow(frame)

    def take_flow(self, frame):
        values = _fields(frame)
        self.window = (values[0] or 0) + values[1]
        if len(values) > 6 and values[4] is not None:
            self.limit = values[5] + values[6]

    def fill(self):
        if len(self.output) > 1 << 17:
            return
        end = min(self.limit, self.window, self.count, self.sent + 2_000)
        if end > self.sent:
            self.output += b"".join(map(self.message, range(self.sent, end)))
            self.sent = end

    def message(self, number):
        return encode(self.number, number)

    @property
    def is_done(self):
        return self.sent == self.count and not self.output


class FastGateway(FastSender):
    """Sends to each of `addresses` in turn, over one anonymous link."""

    def __init__(self, router, addresses, number, count, **how):
        super().__init__(router, None, number, count, **how)
        self.addresses = addresses

    def message(self, number):
        return encode_to(self.addresses[number % len(self.addresses)], self.number, number)


class FastReceiver(_Peer):
    """Counts messages; gives credit of `portion` every `pause` seconds, or as they are used."""

    def __init__(self, router, address, portion=1000, pause=0, **how):
        super().__init__(router, **how)
        attach_receiver(self.peer, address)
        self.portion, self.pause = portion, pause
        self.count = self.credit = 0
        self.next = {}
        self.due = 0
        self.ready()
        if portion:
            self.again()
            self.write()

    def fill(self):
        if not self.portion:
            return
        if self.pause:
            now = time.monotonic()
            if now >= self.due:
                self.due = now + self.pause
                self.again()
        elif self.credit <= self.portion // 2:
            self.again()

    def again(self):
        """Gives credit up to a portion, counted from what has come."""
        self.credit = self.portion
        fields = struct.pack("!BIBI", 0x70, self.count, 0x70, self.portion)
        performative = (b"\x43" + b"\x70\x7f\xff\xff\xff" + b"\x43" + b"\x43" + b"\x43" + fields)
        body = b"\x00\x53\x13\xc0" + bytes([len(performative) + 1, 7]) + performative
        self.output += struct.pack("!IBBH", 8 + len(body), 2, 0, 0) + body

    def take(self, frame):
        if frame[10] != 0x14:
            return
        self.count += 1
        self.credit -= 1
        sender, number = struct.unpack("!II", frame[-8:])
        expected = self.next.get(sender, 0)
        assert number >= expected, "message %d of sender %d came late" % (number, sender)
        self.next[sender] = number + 1


def run(peers, until, deadline=60):
    """Drives the peers until `until()`."""
    end = end_of_wait(deadline)
    with selectors.DefaultSelector() as selector:
        for peer in peers:
            selector.register(peer.peer.socket, selectors.EVENT_READ, peer)
        while not until():
            assert time.monotonic() < end, "not in time: %s" % [
                (peer.sent, peer.limit) if isinstance(peer, FastSender) else peer.count
                for peer in peers]
            for key, _ in selector.select(0.002):
                key.data.read()
            for peer in peers:
                peer.fill()
                peer.write()
