"""Connectors that speak AMQP over WebSocket, and those that go through an HTTP proxy."""

import base64
import socket
import threading

from command_line import CommandTest
from harness import *
from security import Authority


class Proxy:
    """An HTTP proxy that makes tunnels, for those with the right words if it has any."""

    def __init__(self, user=None, password=None, answer=None):
        self.words = user and base64.b64encode(
            ("%s:%s" % (user, password)).encode()).decode()
        self.answer = answer
        self.asked = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.sockets = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.server.close()
        for peer in self.sockets:
            peer.close()

    def cut(self):
        """Ends every tunnel."""
        for peer in list(self.sockets):
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the other end has been faster

    def _serve(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            self.sockets.append(peer)
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer):
        head = b""
        while b"\r\n\r\n" not in head:
            data = peer.recv(4096)
            if not data:
                return
            head += data
        text = head.decode()
        self.asked.append(text)
        if self.answer is not None:
            peer.sendall(self.answer)
            return
        if self.words and "Proxy-Authorization: Basic %s\r\n" % self.words not in text:
            peer.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            peer.close()
            return
        host, _, port = text.split(" ")[1].rpartition(":")
        other = socket.create_connection((host, int(port)))
        self.sockets.append(other)
        peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=self._pump, args=(peer, other), daemon=True).start()
        self._pump(other, peer)

    def _pump(self, source, sink):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                sink.sendall(data)
        except OSError:
            pass


class Connectors(WireTest):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        cls.authority.issue("server", "/CN=localhost", "DNS:localhost,IP:127.0.0.1")
        web = dict(host="127.0.0.1", port=0, http=True, role="inter-router")
        cls.CONFIGURATION = [
            ("router", dict(mode="interior", id="HUB")),
            ("sslProfile", cls.authority.profile("server", name="p")),
            ("listener", dict(host="127.0.0.1", port=0)),
            ("listener", dict(host="127.0.0.1", port=0, name="bare", role="inter-router")),
            ("listener", dict(web, name="ws")),
            ("listener", dict(web, name="wss", sslProfile="p", requireSsl=True)),
            ("listener", dict(web, name="off", websockets=False)),
        ]
        super().setUpClass()

    def proxy(self, *what, **how):
        proxy = Proxy(*what, **how)
        self.addCleanup(proxy.close)
        return proxy

    def site(self, port, **connector):
        """A router that dials the hub."""
        name = self.unique("SITE").replace("/", "-")
        return self.start([
            ("router", dict(mode="interior", id=name)),
            ("sslProfile", dict(name="p", caCertFile=self.authority.file)),
            ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(host="localhost", port=port, name="hub", role="inter-router",
                               **connector))], id=name)

    def exchange(self, site, size=10):
        """Messages from a client of the site to one of the hub, over the trunk."""
        management = self.management(site)
        wait_for(lambda: "HUB" in [row["id"] for row in management.query("router.node")],
                 deadline=40, what="the hub in the site's mesh")
        address = self.unique()
        receiver = self.connect().receiver(address, credit=10)
        sender = self.connect(site).sender(address)
        for number in range(3):
            sent = sender.send(body="%d" % number * size)
            got = receiver.receive(deadline=30)
            self.assertEqual(got.body, "%d" % number * size)
            got.accept()
            self.assertEqual(sent.outcome().state, "accepted")

    def message(self, site, text):
        """Waits for words in the connector's state."""
        management = self.management(site)
        return wait_for(
            lambda: [row["connectionMsg"] for row in management.query("connector")
                     if text in (row["connectionMsg"] or "")],
            deadline=30, what=lambda: "%r in %r" % (text, management.query("connector")))[0]

    def test_a_trunk_over_a_web_socket(self):
        site = self.site(self.router.web_ports["ws"], webSocket=True)
        self.exchange(site)
        self.exchange(site, size=500_000)
        row = next(row for row in self.management(site).query("connection")
                   if row["container"] == "HUB")
        self.assertEqual((row["dir"], row["role"], row["isEncrypted"]),
                         ("out", "inter-router", False))

    def test_a_trunk_over_a_web_socket_under_tls(self):
        site = self.site(self.router.web_ports["wss"], webSocket=True, sslProfile="p",
                         httpPath="/amqp?site=1")
        self.exchange(site)
        row = next(row for row in self.management(site).query("connection")
                   if row["container"] == "HUB")
        self.assertEqual((row["isEncrypted"], row["sslProto"]), (True, "TLSv1.3"))

    def test_through_a_proxy_that_wants_to_know_who(self):
        proxy = self.proxy("me", "secret")
        port = self.router.web_ports["wss"]
        site = self.site(port, webSocket=True, sslProfile="p", httpProxyUser="me",
                         httpProxyPassword="pass:secret", httpProxy="127.0.0.1:%d" % proxy.port)
        self.exchange(site)
        self.assertEqual(proxy.asked[0].split("\r\n")[0], "CONNECT localhost:%d HTTP/1.1" % port)
        stranger = self.site(port, webSocket=True, httpProxy="127.0.0.1:%d" % proxy.port)
        self.message(stranger, "proxy 127.0.0.1:%d: the proxy has answered 407" % proxy.port)

    def test_bare_amqp_through_a_proxy(self):
        proxy = self.proxy()
        site = self.site(self.router.ports["bare"], httpProxy="127.0.0.1:%d" % proxy.port)
        self.exchange(site)
        self.assertEqual(len(proxy.asked), 1)

    def test_a_server_that_has_no_web_socket_is_told_of(self):
        self.message(self.site(self.router.web_ports["off"], webSocket=True),
                     "WebSocket: the server has answered 403")
        self.message(self.site(self.router.ports["bare"], webSocket=True), "WebSocket: it is no HTTP")

    def test_a_proxy_that_is_none_is_told_of(self):
        for answer, words in [
                (b"AMQP\x00\x01\x00\x00", "it is no HTTP"),
                (b"HTTP/1.1 200 OK\r\n\r\nAMQP", "it speaks where the peer should wait"),
                (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 9000, "the head has more than 100 fields")]:
            with self.subTest(words):
                proxy = self.proxy(answer=answer)
                self.message(self.site(1, httpProxy="127.0.0.1:%d" % proxy.port), words)

    def test_a_proxy_that_says_nothing_is_not_waited_for(self):
        proxy = self.proxy(answer=b"")
        site = self.site(1, httpProxy="127.0.0.1:%d" % proxy.port, connectTimeoutSeconds=1)
        self.message(site, "Connection timed out (connectTimeoutSeconds: 1)")
        # And the connector can be taken away meanwhile.
        wait_for(lambda: len(proxy.asked) > 1, deadline=20)
        self.management(site).delete("connector", "hub")

    def test_a_lost_connection_is_made_again(self):
        proxy = self.proxy()
        site = self.site(self.router.web_ports["ws"], webSocket=True,
                         httpProxy="127.0.0.1:%d" % proxy.port)
        self.exchange(site)
        proxy.cut()
        wait_for(lambda: len(proxy.asked) > 1, deadline=20, what="another tunnel")
        self.exchange(site)

    def test_what_makes_no_sense_is_refused(self):
        for attributes, words in [
                (dict(httpProxy="proxy"), "Invalid proxy 'proxy'"),
                (dict(httpProxy="proxy:99999"), "Invalid proxy 'proxy:99999'"),
                (dict(httpPath="amqp", webSocket=True), "Invalid path 'amqp'")]:
            code, text = check([("connector", dict(host="h", port=1, **attributes))])
            self.assertEqual(code, 1)
            self.assertIn(words, text)


class Commands(CommandTest):
    """The `martlet` program over WebSocket."""

    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(host="127.0.0.1", port=0, name="web", http=True)),
        ("listener", dict(host="127.0.0.1", port=0, name="off", http=True, websockets=False)),
    ]

    def url(self, listener="web", path="/any"):
        return "ws://127.0.0.1:%d%s" % (self.router.web_ports[listener], path)

    def test_it_asks_and_sends_over_a_web_socket(self):
        shown = self.call("connections", to=self.url())
        self.assertEqual(shown.code, 0, shown)
        self.assertIn("normal", shown.output)
        address = self.unique()
        receiver = self.connect().receiver(address, credit=1)
        sending = self.begin("send", address, "over a WebSocket", to=self.url())
        got = receiver.receive()
        self.assertEqual(got.body, "over a WebSocket")
        got.accept()
        self.assertEqual(sending.finish().code, 0)

    def test_it_says_what_is_wrong(self):
        refused = self.call("connections", to=self.url("off"))
        self.assertEqual(refused.code, 1)
        self.assertIn("WebSocket: the server has answered 403", refused.errors)
        bare = self.call("connections", to="ws://127.0.0.1:%d" % self.router.port)
        self.assertEqual(bare.code, 1)
        self.assertIn("WebSocket: it is no HTTP", bare.errors)
        self.assertIn("ws:// or wss://", self.call("connections", to="http://h").errors)


if __name__ == "__main__":
    main()
