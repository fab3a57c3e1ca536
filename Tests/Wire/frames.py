"""AMQP frames, byte by byte: for what an engine would not do, or would not show."""

import socket as sockets
import struct
import time

from proton import Data, Described, symbol, ubyte, uint, ulong, ushort

from waiting import DEADLINE, TimedOut, end_of_wait

AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
TLS_HEADER = b"AMQP\x02\x01\x00\x00"
SASL_HEADER = b"AMQP\x03\x01\x00\x00"

#: AMQP 2.7 and 5.3.3: code, then each field with the type that plain Python values become.
PERFORMATIVES = {
    "open": (0x10, "container-id:str hostname:str max-frame-size:uint channel-max:ushort "
             "idle-time-out:uint outgoing-locales incoming-locales offered-capabilities "
             "desired-capabilities properties"),
    "begin": (0x11, "remote-channel:ushort next-outgoing-id:uint incoming-window:uint "
              "outgoing-window:uint handle-max:uint offered-capabilities desired-capabilities "
              "properties"),
    "attach": (0x12, "name:str handle:uint role snd-settle-mode:ubyte rcv-settle-mode:ubyte source "
               "target unsettled incomplete-unsettled initial-delivery-count:uint "
               "max-message-size:ulong offered-capabilities desired-capabilities properties"),
    "flow": (0x13, "next-incoming-id:uint incoming-window:uint next-outgoing-id:uint "
             "outgoing-window:uint handle:uint delivery-count:uint link-credit:uint available:uint "
             "drain echo properties"),
    "transfer": (0x14, "handle:uint delivery-id:uint delivery-tag:bytes message-format:uint settled "
                 "more rcv-settle-mode:ubyte state resume aborted batchable"),
    "disposition": (0x15, "role first:uint last:uint settled state batchable"),
    "detach": (0x16, "handle:uint closed error"),
    "end": (0x17, "error"),
    "close": (0x18, "error"),
    "source": (0x28, "address:str durable:uint expiry-policy:symbol timeout:uint dynamic "
               "dynamic-node-properties distribution-mode:symbol filter default-outcome outcomes "
               "capabilities"),
    "target": (0x29, "address:str durable:uint expiry-policy:symbol timeout:uint dynamic "
               "dynamic-node-properties capabilities"),
    "coordinator": (0x30, "capabilities"),
    "error": (0x1d, "condition:symbol description:str info"),
    "received": (0x23, "section-number:uint section-offset:ulong"),
    "accepted": (0x24, ""),
    "rejected": (0x25, "error"),
    "released": (0x26, ""),
    "modified": (0x27, "delivery-failed undeliverable-here message-annotations"),
    "sasl-mechanisms": (0x40, "sasl-server-mechanisms"),
    "sasl-init": (0x41, "mechanism:symbol initial-response:bytes hostname:str"),
    "sasl-challenge": (0x42, "challenge:bytes"),
    "sasl-response": (0x43, "response:bytes"),
    "sasl-outcome": (0x44, "code:ubyte additional-data:bytes"),
}
NAMES = {code: name for name, (code, _) in PERFORMATIVES.items()}
TYPES = {"str": str, "uint": uint, "ushort": ushort, "ubyte": ubyte, "ulong": ulong,
         "symbol": symbol, "bytes": bytes}


def composite(name, /, **fields):
    """A described list: `composite("target", address="a")`. `_` in keywords stands for `-`."""
    code, specification = PERFORMATIVES[name]
    names = [field.partition(":") for field in specification.split()]
    fields = {key.replace("_", "-"): value for key, value in fields.items()}
    values = []
    for field, _, kind in names:
        value = fields.pop(field, None)
        values.append(
            TYPES[kind](value) if kind and value is not None and not isinstance(value, Described)
            else value)
    assert not fields, "%s has no %s" % (name, ", ".join(fields))
    while values and values[-1] is None:
        values.pop()
    return Described(ulong(code), values)


def encoded(value):
    """An AMQP value as bytes."""
    data = Data()
    data.put_object(value)
    return data.encode()


def frame(performative=None, /, payload=b"", channel=0, kind=0, **fields):
    """A whole frame. `performative` is a name, with `fields`; a value; bytes; or None (empty)."""
    if isinstance(performative, str):
        performative = composite(performative, **fields)
    body = b"" if performative is None else (
        performative if isinstance(performative, bytes) else encoded(performative))
    body += payload
    return struct.pack("!IBBH", 8 + len(body), 2, kind, channel) + body


class Frame:
    """A frame that has arrived: `name` ("" for an empty one), `fields` by name (those that are not
    null), `payload`, `channel`. Composite values in fields are `Described`; see `opened`."""

    def __init__(self, data):
        size, offset, self.kind, self.channel = struct.unpack("!IBBH", data[:8])
        self.bytes = data
        body = data[offset * 4:]
        self.name, self.fields, self.payload = "", {}, b""
        if body:
            decoder = Data()
            used = decoder.decode(body)
            decoder.rewind()
            decoder.next()
            self.name, self.fields = opened(decoder.get_object())
            self.payload = body[used:]

    def __getitem__(self, field):
        return self.fields.get(field)

    def error(self):
        """Condition and description of a close, end or detach."""
        value = self.fields.get("error")
        if value is None:
            return None
        fields = opened(value)[1]
        return fields.get("condition"), fields.get("description")

    def __repr__(self):
        return "<%s ch=%d %s%s>" % (
            self.name or "empty", self.channel, self.fields,
            " +%d bytes" % len(self.payload) if self.payload else "")


def opened(value):
    """Name and fields (those not null, by name) of a described list."""
    name = NAMES.get(int(value.descriptor), hex(int(value.descriptor)))
    specification = PERFORMATIVES.get(name, (0, ""))[1].split()
    names = [field.partition(":")[0] for field in specification]
    return name, {key: each for key, each in zip(names, value.value) if each is not None}


class RawPeer:
    """A bare TCP socket to a router, with an eye for AMQP's framing. Blocking, not pumped: do not
    wait on a `Client` of the same test while the router waits for this one.

        peer = RawPeer(router)
        peer.handshake()
        peer.send("open", container_id="x")
        assert peer.expect("open")["max-frame-size"] == 16384
    """

    def __init__(self, router=None, port=None, host=None):
        if port is None:
            port = router if isinstance(router, int) else router.port
        if host is None:
            host = "127.0.0.1" if router is None or isinstance(router, int) else router.host
        self.socket = sockets.create_connection((host, port), timeout=DEADLINE)
        self.socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        self.held = b""

    def send_bytes(self, data):
        self.socket.sendall(data)
        return self

    def send(self, performative, /, payload=b"", channel=0, kind=0, **fields):
        return self.send_bytes(frame(
            performative, payload=payload, channel=channel, kind=kind, **fields))

    # Reading

    def _fill(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimedOut("bytes from the router; so far %r" % self.held)
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            raise TimedOut("bytes from the router; so far %r" % self.held) from None
        except ConnectionResetError:
            data = b""
        if not data:
            raise EOFError("the router ended the stream; unread %r" % self.held)
        self.held += data

    def read(self, count, deadline=None):
        """Exactly so many bytes."""
        end = end_of_wait(deadline)
        while len(self.held) < count:
            self._fill(end)
        data, self.held = self.held[:count], self.held[count:]
        return data

    def read_to_end(self, deadline=None):
        """All until the end of the stream."""
        end = end_of_wait(deadline)
        try:
            while True:
                self._fill(end)
        except EOFError:
            data, self.held = self.held, b""
            return data

    def read_frame(self, deadline=None):
        """The next frame, of any kind."""
        size = struct.unpack("!I", self.read(4, deadline))[0]
        return Frame(struct.pack("!I", size) + self.read(size - 4, deadline))

    def expect(self, *names, deadline=None, skip=("",)):
        """The next frame, which must have one of `names`; those in `skip` are passed over (the
        empty name is a heartbeat)."""
        while True:
            got = self.read_frame(deadline)
            if got.name in names:
                return got
            assert got.name in skip, "expected %s, got %r" % (" or ".join(names), got)

    def expect_end(self, deadline=None):
        """The end of the stream must come, with nothing before it."""
        data = self.read_to_end(deadline)
        assert data == b"", "expected the end of the stream, got %r" % data

    def frames_to_end(self, deadline=None):
        """All frames until the end of the stream."""
        data, frames = self.read_to_end(deadline), []
        while data:
            size = struct.unpack("!I", data[:4])[0]
            frames.append(Frame(data[:size]))
            data = data[size:]
        return frames

    # Openings

    def header(self, header=AMQP_HEADER):
        """Exchanges protocol headers."""
        self.send_bytes(header)
        answer = self.read(8)
        assert answer == header, "header answered by %r" % answer
        return self

    def sasl(self, mechanism="ANONYMOUS", response=None):
        """Goes through a SASL layer with one frame; gives the outcome's code."""
        self.header(SASL_HEADER)
        self.expect("sasl-mechanisms")
        self.send("sasl-init", kind=1, mechanism=mechanism, initial_response=response)
        return self.expect("sasl-outcome")["code"]

    def handshake(self, **fields):
        """AMQP header and open, both ways; gives the router's open."""
        self.header()
        self.send("open", **dict(dict(container_id="raw"), **fields))
        return self.expect("open")

    def begin(self, channel=0, **fields):
        """Begins a session; gives the router's begin."""
        self.send("begin", channel=channel, **dict(dict(
            next_outgoing_id=0, incoming_window=2048, outgoing_window=2048), **fields))
        return self.expect("begin")

    def attach_sender(self, address, name="raw", handle=0, channel=0, **fields):
        """Attaches a link to send on; gives the router's attach."""
        self.send("attach", channel=channel, **dict(dict(
            name=name, handle=handle, role=False, initial_delivery_count=0,
            source=composite("source"),
            target=composite("target", address=address)), **fields))
        return self.expect("attach")

    def attach_receiver(self, address, name="raw", handle=0, channel=0, **fields):
        """Attaches a link to receive from; gives the router's attach."""
        self.send("attach", channel=channel, **dict(dict(
            name=name, handle=handle, role=True, source=composite("source", address=address),
            target=composite("target")), **fields))
        return self.expect("attach")

    def close_output(self):
        """Half-closes: no more bytes from here."""
        self.socket.shutdown(sockets.SHUT_WR)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
