"""HTTP by hand: what is sent is what the test says, byte for byte."""

import socket

from waiting import PATIENCE


class Answer:
    """A status, fields by their names in small letters, and a body."""

    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def text(self):
        return self.body.decode()

    def __repr__(self):
        return "%s %s %r" % (self.status, self.fields, self.body)


class HTTPClient:
    """One connection to a web listener; `secure` is an SSL context and the name to ask for."""

    def __init__(self, port, host="127.0.0.1", secure=None, timeout=20):
        self.socket = socket.create_connection((host, port), timeout=timeout * PATIENCE)
        self.buffer = b""
        if secure:
            context, name = secure
            self.socket = context.wrap_socket(self.socket, server_hostname=name)

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def request(self, path, method="GET", version="1.1", body=b"", **fields):
        """Sends a request; `_` in names of fields stands for `-`."""
        lines = ["%s %s HTTP/%s" % (method, path, version), "Host: localhost"]
        lines += ["%s: %s" % (name.replace("_", "-"), value) for name, value in fields.items()]
        if body:
            lines.append("Content-Length: %d" % len(body))
        self.send("\r\n".join(lines + ["", ""]).encode() + body)

    def get(self, path, method="GET", **fields):
        self.request(path, method, **fields)
        return self.answer(isHead=method == "HEAD")

    def _more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def answer(self, isHead=False):
        """The next answer, or None at the end of the connection."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        fields = {}
        for line in lines:
            name, _, value = line.partition(": ")
            fields[name.lower()] = value
        status = int(first.split(" ")[1])
        length = 0 if isHead or status in (101, 304) else int(fields["content-length"])
        while len(self.buffer) < length:
            if not self._more():
                raise AssertionError("the body ends after %d bytes" % len(self.buffer))
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(status, fields, body)

    def is_at_end(self):
        """Waits for the connection's end; false if something else comes."""
        try:
            return not self._more()
        except ConnectionResetError:
            return True
