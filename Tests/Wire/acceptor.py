"""Someone for a router's connector to dial."""

import socket as sockets

from client import Client
from waiting import pump, wait_for


class Acceptor:
    """Listens, so that a router's connector has someone to dial."""

    def __init__(self, host="127.0.0.1", port=0, **how):
        """`how` goes to each `Client` that comes of a connection."""
        self.how = how
        self.socket = sockets.create_server((host, port))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        self.host = host
        self.clients = []
        self.next_tick = None
        #: Called with the bare socket instead of making a Client, if set.
        self.on_socket = None
        pump.add(self)

    wants_read = True
    wants_write = False

    def serve(self, readable, writable):
        if not readable:
            return
        try:
            socket, _ = self.socket.accept()
        except BlockingIOError:
            return
        if self.on_socket:
            self.on_socket(socket)
        else:
            self.clients.append(Client(socket=socket, **self.how))

    def accept(self, deadline=None, opened=True):
        """The next connection, waited for until its open (unless `opened=False`)."""
        wait_for(lambda: self.clients, deadline, "a connection")
        client = self.clients.pop(0)
        if opened:
            client.wait_for(lambda: client.is_open, what="the router's open")
        return client

    def close(self):
        pump.remove(self)
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
        for client in self.clients:
            client.kill()
