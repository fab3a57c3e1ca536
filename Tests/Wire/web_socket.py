"""A WebSocket by hand (RFC 6455), with what a client must not do as well as what it may.

It can stand in a `Client` for the socket, so that Proton speaks AMQP over it:

    client = self.connect(over=WebSocketClient(port))
"""

import base64
import hashlib
import os
import ssl
import struct
import time

from http_client import HTTPClient
from waiting import DEADLINE, PATIENCE, end_of_wait

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(opcode, payload=b"", fin=True, masked=True, rsv=0, length=None):
    """A frame; `length` is what it says of itself if that is not the truth."""
    size = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    mark = 0x80 if masked else 0
    if size < 126:
        head += bytes([mark | size])
    elif size < 65536:
        head += struct.pack("!BH", mark | 126, size)
    else:
        head += struct.pack("!BQ", mark | 127, size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    key = int.from_bytes((mask * (len(payload) // 4 + 1))[:len(payload)], "big")
    whole = int.from_bytes(payload, "big") ^ key
    return head + mask + whole.to_bytes(len(payload), "big")


class WebSocketClient:
    """`answer` is the router's to the handshake; where its status is 101, frames follow."""

    def __init__(self, port, protocols=("amqp",), path="/", secure=None, opcode=BINARY, ahead=b"",
                 key=None, version="13", **fields):
        self.http = HTTPClient(port, secure=secure)
        self.socket = self.http.socket
        self.opcode = opcode
        #: What came in control frames, and the code of the router's close.
        self.pings, self.pongs, self.close_code, self.is_at_end = [], [], None, False
        #: What messages brought and nobody has read.
        self.ready = b""
        key = base64.b64encode(os.urandom(16)).decode() if key is None else key
        lines = ["GET %s HTTP/1.1" % path, "Host: localhost:%d" % port, "Upgrade: websocket",
                 "Connection: keep-alive, Upgrade", "Sec-WebSocket-Key: " + key,
                 "Sec-WebSocket-Version: " + version]
        if protocols:
            lines.append("Sec-WebSocket-Protocol: " + ", ".join(protocols))
        lines += ["%s: %s" % (name.replace("_", "-"), value) for name, value in fields.items()]
        self.http.send("\r\n".join(lines + ["", ""]).encode() + ahead)
        self.answer = self.http.answer()
        self.held = self.http.buffer
        if self.answer and self.answer.status == 101:
            accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
            assert self.answer.fields["sec-websocket-accept"] == accept, self.answer

    @property
    def protocol(self):
        return self.answer.fields.get("sec-websocket-protocol")

    def send_frame(self, opcode, payload=b"", **how):
        self.socket.setblocking(True)
        self.socket.sendall(frame(opcode, payload, **how))

    def expect_close(self, deadline=None):
        """Reads to the end; gives the code of the close frame, or None."""
        end = end_of_wait(deadline)
        self.socket.settimeout(DEADLINE * PATIENCE)
        while not self.is_at_end and time.monotonic() < end:
            self._take(65536)
        assert self.is_at_end, "the stream has not ended"
        return self.close_code

    def expect_pong(self):
        self.socket.settimeout(DEADLINE * PATIENCE)
        while not self.pongs and not self.is_at_end:
            self._take(65536)
        return self.pongs.pop(0)

    def _take(self, count):
        """Reads once, and opens whole frames."""
        try:
            data = self.socket.recv(count)
            while isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
                data += self.socket.recv(count)
        except ssl.SSLWantReadError:
            raise BlockingIOError from None
        except ConnectionResetError:
            data = b""
        self.is_at_end = not data
        self.held += data
        self.ready += self._open()

    def _open(self):
        """What whole frames have brought."""
        found = b""
        while len(self.held) >= 2:
            size, start = self.held[1], 2
            assert size < 128, "the router masks"
            if size > 125:
                start = 4 if size == 126 else 10
                if len(self.held) < start:
                    break
                size = int.from_bytes(self.held[2:start], "big")
            if len(self.held) < start + size:
                break
            opcode, payload = self.held[0] & 15, self.held[start:start + size]
            assert self.held[0] & 0xF0 == 0x80, "the router sends fragments"
            self.held = self.held[start + size:]
            if opcode == BINARY:
                found += payload
            elif opcode == PING:
                self.pings.append(payload)
            elif opcode == PONG:
                self.pongs.append(payload)
            elif opcode == CLOSE:
                self.close_code = int.from_bytes(payload[:2], "big")
            else:
                raise AssertionError("opcode %d" % opcode)
        return found

    # As a socket

    def fileno(self):
        return self.socket.fileno()

    def setblocking(self, flag):
        self.socket.setblocking(flag)

    def setsockopt(self, *option):
        self.socket.setsockopt(*option)

    def settimeout(self, seconds):
        self.socket.settimeout(seconds)

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.setblocking(True)
        self.socket.sendall(frame(self.opcode, bytes(data)))
        self.socket.setblocking(False)
        return len(data)

    def sendall(self, data):
        self.send(data)

    @property
    def pending(self):
        """There is something to read of which the kernel knows nothing."""
        return bool(self.ready or self.held)

    def recv(self, count):
        self.ready += self._open()
        while not self.ready and not self.is_at_end:
            self._take(65536)
        data, self.ready = self.ready[:count], self.ready[count:]
        return data
