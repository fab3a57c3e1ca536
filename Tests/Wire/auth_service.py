"""An authentication service, as the one a router relays logins to: frames over threads."""

import socket as sockets
import ssl
import threading

from proton import Array, Data, UNDESCRIBED, symbol

from frames import AMQP_HEADER, SASL_HEADER, RawPeer


def strings(*texts):
    return Array(UNDESCRIBED, Data.STRING, *texts)


class AuthService:
    """Listens; `port`. Users with a password `secret` are let in, by PLAIN, or by the made-up mechanism
    STEPS in three steps. What is said to it gathers in `inits`, `responses` and `opens`.

    `permissions` are the `address-authz` of a user, `identity` what a user's identity is.
    """

    def __init__(self, mechanisms=("STEPS", "PLAIN"), context=None):
        self.mechanisms = [symbol(each) for each in mechanisms]
        self.context = context
        self.permissions = {}
        self.identity = lambda user: {"sub": user}
        #: The outcome's code in place of the right one; "end" ends the stream, "hang" says nothing.
        self.fault = None
        self.inits, self.responses, self.opens = [], [], []
        self.socket = sockets.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.peers = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.socket.close()
        for peer in self.peers:
            peer.close()

    def _accept(self):
        while True:
            try:
                socket, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(socket,), daemon=True).start()

    def _serve(self, socket):
        try:
            if self.context is not None:
                socket = self.context.wrap_socket(socket, server_side=True)
            peer = RawPeer.__new__(RawPeer)
            peer.socket, peer.held = socket, b""
            self.peers.append(peer)
            self._talk(peer)
        except (OSError, EOFError, AssertionError, ssl.SSLError):
            pass
        finally:
            socket.close()

    def _talk(self, peer):
        peer.header(SASL_HEADER)
        if self.fault == "hang":
            peer.read_to_end(60)
        peer.send("sasl-mechanisms", kind=1,
                  sasl_server_mechanisms=Array(UNDESCRIBED, Data.SYMBOL, *self.mechanisms))
        init = peer.expect("sasl-init", deadline=60)
        self.inits.append(init)
        user, password = self._ask(peer, init)
        if self.fault == "end":
            return
        code = 0 if password == "secret" else 1
        if self.fault is not None:
            code = self.fault
        peer.send("sasl-outcome", kind=1, code=code)
        if code != 0:
            return
        peer.header(AMQP_HEADER)
        self.opens.append(peer.expect("open"))
        properties = {symbol("authenticated-identity"): self.identity(user)}
        if user in self.permissions:
            properties[symbol("address-authz")] = self.permissions[user]
        peer.send("open", container_id="service", properties=properties)
        peer.read_to_end(60)

    def _ask(self, peer, init):
        if init["mechanism"] == "PLAIN":
            _, user, password = bytes(init["initial-response"]).decode().split("\0")
            return user, password
        user = bytes(init["initial-response"]).decode()
        words = []
        for question in (b"password?", b""):
            peer.send("sasl-challenge", kind=1, challenge=question)
            self.responses.append(bytes(peer.expect("sasl-response", deadline=60)["response"]))
            words.append(self.responses[-1].decode())
        return user, words[0]
