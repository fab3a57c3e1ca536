"""AMQP over WebSocket: from the handshake on all is as on a TCP listener."""

import asyncio
import ssl
import struct

from harness import *
from http_client import HTTPClient
from security import Authority, Passwords
from web_socket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, WebSocketClient, frame as framed


class WebSocketTest(WireTest):
    def web_socket(self, listener="web", router=None, **how):
        router = router or self.router
        peer = WebSocketClient(router.web_ports[listener], **how)
        self.addCleanup(peer.close)
        return peer

    def over(self, *listener, **how):
        """A `Client` over a WebSocket."""
        client = {name: how.pop(name) for name in ("sasl", "user", "password", "container", "open")
                  if name in how}
        return self.connect(over=self.web_socket(*listener, **how), **client)

    def exchange(self, one, other, count=3, size=10):
        """Messages from one client to another, and their outcomes."""
        address = self.unique()
        receiver = other.receiver(address, credit=count)
        sender = one.sender(address)
        for number in range(count):
            sent = sender.send(body="%d" % number * size)
            got = receiver.receive()
            self.assertEqual(got.body, "%d" % number * size)
            got.accept()
            self.assertEqual(sent.outcome().state, "accepted")


class Handshakes(WebSocketTest):
    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(host="127.0.0.1", port=0, name="web", http=True)),
        ("listener", dict(host="127.0.0.1", port=0, name="off", http=True, websockets=False)),
        ("listener", dict(host="127.0.0.1", port=0, name="origins", http=True,
                          httpOrigins="https://console.example:8443, null")),
    ]

    def test_the_first_known_subprotocol_is_taken(self):
        """RS-374, MG-285"""
        for offered, taken in [(["amqp"], "amqp"), (["binary"], "binary"),
                               (["AMQPWSB10"], "AMQPWSB10"),
                               (["mqtt", "binary", "AMQPWSB10", "amqp"], "binary")]:
            peer = self.web_socket(protocols=offered, path="/any/path?x")
            self.assertEqual((peer.answer.status, peer.protocol), (101, taken))

    def test_each_subprotocol_carries_amqp(self):
        """RS-374"""
        for protocol in ("amqp", "AMQPWSB10", "binary"):
            self.exchange(self.over(protocols=[protocol]), self.connect())

    def test_a_request_that_makes_no_web_socket_gets_its_status(self):
        """RFC 6455, 4.2; RS-375, MG-285"""
        for status, how in [
                (400, dict(protocols=())), (400, dict(protocols=["mqtt"])),
                (400, dict(key="short")), (400, dict(key="!" * 22 + "==")),
                (426, dict(version="8")), (403, dict(listener="off")),
                (403, dict(Origin="http://elsewhere.example"))]:
            with self.subTest(how):
                peer = self.web_socket(**how)
                self.assertEqual(peer.answer.status, status)
        self.assertEqual(self.web_socket(version="8").answer.fields["sec-websocket-version"], "13")
        self.router.wait_for_text("cannot-upgrade")

    def test_another_upgrade_is_passed_over(self):
        """RFC 9110, 7.8"""
        client = HTTPClient(self.router.web_ports["web"])
        self.addCleanup(client.close)
        answer = client.get("/healthz", Connection="Upgrade, HTTP2-Settings", Upgrade="h2c")
        self.assertEqual((answer.status, answer.text), (200, "OK\n"))

    def test_pages_of_others_stay_out(self):
        port = self.router.web_ports["origins"]
        for origin, status in [
                ("http://localhost:%d" % port, 101), ("HTTPS://Console.Example:8443", 101),
                ("null", 101), ("https://console.example", 403), ("http://localhost", 403),
                ("http://localhost:%d.evil.example" % port, 403)]:
            with self.subTest(origin):
                self.assertEqual(
                    self.web_socket("origins", Origin=origin).answer.status, status)
        self.assertEqual(self.web_socket("web", Origin="null").answer.status, 403)
        self.router.wait_for_text("add it to httpOrigins if they should")

    def test_what_comes_with_the_request_is_not_lost(self):
        header = b"AMQP\x00\x01\x00\x00"
        peer = self.web_socket(ahead=framed(BINARY, header))
        self.assertEqual(peer.recv(8), header)

    def test_a_library_for_web_sockets_is_content(self):
        import websockets

        async def talk():
            uri = "ws://127.0.0.1:%d/" % self.router.web_ports["web"]
            async with websockets.connect(uri, subprotocols=["mqtt", "amqp"]) as peer:
                self.assertEqual(peer.subprotocol, "amqp")
                await peer.send(b"AMQP\x00\x01\x00\x00")
                answer = await asyncio.wait_for(peer.recv(), 20)
                await (await peer.ping(b"are you there"))
                await peer.close()
                return answer, peer.close_code

        answer, code = asyncio.run(talk())
        self.assertEqual((answer[:8], code), (b"AMQP\x00\x01\x00\x00", 1000))


class Frames(WebSocketTest):
    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(host="127.0.0.1", port=0, name="web", http=True)),
        ("listener", dict(host="127.0.0.1", port=0, name="silent", http=True,
                          idleTimeoutSeconds=0, webSocketPingSeconds=1)),
    ]
    WORKERS = 2

    def test_borders_of_frames_mean_nothing(self):
        """AMQP WebSocket Binding, 2.4"""
        class Crumbs(WebSocketClient):
            """Every byte in a frame of its own, messages of three frames, pings between."""
            def send(self, data):
                self.socket.setblocking(True)
                crumbs = b""
                for place, byte in enumerate(bytes(data)):
                    kind = BINARY if place % 3 == 0 else CONTINUATION
                    last = place % 3 == 2 or place == len(data) - 1
                    crumbs += framed(kind, bytes([byte]), fin=last)
                    if place % 7 == 0:
                        crumbs += framed(PING, b"p")
                self.socket.sendall(crumbs + framed(BINARY))
                self.socket.setblocking(False)
                return len(data)

        peer = Crumbs(self.router.web_ports["web"])
        self.addCleanup(peer.close)
        self.exchange(self.connect(over=peer), self.over())

    def test_text_frames_are_taken(self):
        """RS-374"""
        self.exchange(self.over(opcode=TEXT), self.over())

    def test_large_messages_pass(self):
        self.exchange(self.over(), self.over(), count=2, size=3_000_000)

    def test_messages_pass_between_all_kinds_of_connections(self):
        clients = [self.over(), self.connect(), self.over(protocols=["binary"])]
        for one in clients:
            for other in clients:
                self.exchange(one, other)

    def test_pings_are_answered_with_what_they_hold(self):
        """RFC 6455, 5.5.3"""
        peer = self.web_socket()
        for payload in (b"", b"x" * 125):
            peer.send_frame(PING, payload)
            self.assertEqual(peer.expect_pong(), payload)

    def test_a_flood_of_pings_is_borne(self):
        """RFC 6455, 5.5.3: only the newest must be answered."""
        peer = self.web_socket()
        peer.socket.sendall(b"".join(framed(PING, b"%d" % number) for number in range(50_000)))
        while peer.expect_pong() != b"49999":
            pass
        self.exchange(self.over(), self.connect())

    def test_a_silent_web_socket_is_pinged_where_nobody_has_an_idle_time(self):
        """RFC 6455, 5.5.2: proxies on the way cut what is silent."""
        silent = self.over("silent")
        usual = self.over()
        wait_for(lambda: len(silent.socket.pings) > 1)
        silent.socket.send_frame(PONG)
        silent.socket.setblocking(False)
        self.exchange(silent, usual)
        self.assertEqual(usual.socket.pings, [])

    def test_violations_are_closed_with_1002(self):
        """RFC 6455, 5"""
        hostile = [
            framed(BINARY, b"AMQP", masked=False), framed(BINARY, b"x", rsv=4),
            framed(3, b"x"), framed(11, b"x"), framed(CONTINUATION, b"x"),
            framed(BINARY, b"A", fin=False) + framed(BINARY, b"M"),
            framed(PING, b"x", fin=False), framed(PING, b"x" * 126), framed(CLOSE, b"x"),
            b"\x82\xff" + struct.pack("!Q", 1 << 63) + b"mask", b"\x82\xfe\x00\x01mask" + b"x",
        ]
        for data in hostile:
            with self.subTest(data[:12]):
                peer = self.web_socket()
                peer.socket.sendall(data)
                self.assertEqual(peer.expect_close(), 1002)
        self.router.wait_for_text("WebSocket: unmasked frame")
        self.exchange(self.over(), self.connect())

    def test_a_frame_that_promises_much_takes_nothing(self):
        peer = self.web_socket()
        peer.socket.sendall(framed(BINARY, b"AMQP\x00\x01\x00\x00", length=(1 << 63) - 1))
        self.assertEqual(peer.recv(8), b"AMQP\x00\x01\x00\x00")

    def test_the_peers_close_is_answered(self):
        """RFC 6455, 5.5.1"""
        for payload in (b"", struct.pack("!H", 1000), struct.pack("!H", 1001) + b"bye"):
            peer = self.web_socket()
            peer.send_frame(CLOSE, payload)
            self.assertEqual(peer.expect_close(), 1000)

    def test_the_close_of_amqp_is_followed_by_that_of_the_web_socket(self):
        client = self.over()
        peer = client.socket
        client.close(wait=False)
        client.flush()
        self.router.wait_for_text("Connection Closed")

    def test_a_connection_that_is_not_amqp_is_told_so(self):
        """RS-1"""
        peer = self.web_socket()
        peer.send_frame(BINARY, b"GET / HTTP/1.1\r\n\r\n")
        peer.expect_close()

    def test_the_end_of_the_router_is_told(self):
        """RS-561"""
        router = self.start(self.CONFIGURATION)
        client = self.over(router=router)
        peer = client.socket
        router.signal(15)
        self.assert_condition(client.wait_closed(), "amqp:connection:forced")
        self.assertEqual(router.wait_exit(), 0)
        peer.socket.setblocking(True)
        self.assertEqual(peer.expect_close(), 1001)

    def test_a_reader_that_stops_holds_nobody_up(self):
        address = self.unique()
        slow = self.over()
        receiver = slow.receiver(address, credit=1000)
        receiver.takes = False
        slow.is_reading = False
        sender = self.connect().sender(address)
        for _ in range(50):
            sender.send(body="x" * 100_000)
        self.exchange(self.over(), self.connect())
        slow.is_reading = True
        receiver.takes = True
        for _ in range(50):
            self.assertEqual(len(receiver.receive().body), 100_000)


class Connections(WebSocketTest):
    """Security, statistics and limits are those of any other listener."""

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        cls.authority.issue("server", "/CN=localhost", "DNS:localhost")
        cls.authority.issue("alice", "/CN=alice")
        cls.passwords = Passwords()
        cls.addClassCleanup(cls.passwords.remove)
        cls.passwords.add("bob", "secret")
        web = dict(host="127.0.0.1", port=0, http=True)
        cls.CONFIGURATION = [
            ("router", dict(mode="interior", id="W", saslConfigDir=cls.passwords.folder)),
            ("listener", dict(host="127.0.0.1", port=0)),
            ("sslProfile", cls.authority.profile("server", name="p")),
            ("listener", dict(web, name="web")),
            ("listener", dict(web, name="plain", authenticatePeer=True,
                              saslMechanisms="PLAIN")),
            ("listener", dict(web, name="wss", sslProfile="p", requireSsl=True)),
            ("listener", dict(web, name="external", sslProfile="p", saslMechanisms="EXTERNAL",
                              authenticatePeer=True)),
            ("listener", dict(web, name="containers", role="route-container")),
        ]
        super().setUpClass()

    def secure(self, certificate=None):
        context = ssl.create_default_context(cafile=self.authority.file)
        if certificate:
            context.load_cert_chain(self.authority.path(certificate + ".pem"),
                                    self.authority.path(certificate + ".key"))
        return context, "localhost"

    def row(self, client):
        rows = self.management().query("connection")
        return next(row for row in rows if row["container"] == client.connection.container)

    def test_a_connection_in_clear(self):
        client = self.over()
        row = self.row(client)
        self.assertEqual((row["role"], row["dir"], row["sasl"], row["isEncrypted"], row["host"]), (
            "normal", "in", "ANONYMOUS", False,
            "127.0.0.1:%d" % client.socket.socket.getsockname()[1]))

    def test_under_tls(self):
        """RS-376"""
        client = self.over("wss", secure=self.secure())
        self.exchange(client, self.over("wss", secure=self.secure()), count=5, size=200_000)
        row = self.row(client)
        self.assertEqual((row["isEncrypted"], row["sslProto"]), (True, "TLSv1.3"))

    def test_a_certificate_says_who_it_is(self):
        client = self.over("external", secure=self.secure("alice"), sasl="EXTERNAL")
        row = self.row(client)
        self.assertEqual((row["user"], row["sasl"], row["isAuthenticated"]), (
            "CN=alice", "EXTERNAL", True))

    def test_a_password_is_heard(self):
        client = self.over("plain", sasl="PLAIN", user="bob", password="secret")
        self.assertEqual(self.row(client)["sasl"], "PLAIN")
        wrong = self.over("plain", sasl="PLAIN", user="bob", password="wrong", open=False)
        wrong.open(wait=False)
        wrong.wait_closed()

    def test_the_role_is_the_listeners(self):
        self.assertEqual(self.row(self.over("containers"))["role"], "route-container")

    def test_management_closes_it(self):
        """MG-194"""
        client = self.over()
        management = self.management()
        management.update("connection", identity=self.row(client)["identity"],
                          adminStatus="deleted")
        self.assert_condition(client.wait_closed(), "amqp:connection:forced")

    def test_metrics_tell_web_sockets_apart(self):
        client, secure = self.over(), self.over("wss", secure=self.secure())
        self.row(client), self.row(secure)
        page = HTTPClient(self.router.web_ports["web"])
        self.addCleanup(page.close)
        text = page.get("/metrics?family=martlet_connections").text
        for transport in ("ws", "wss"):
            self.assertIn(
                'martlet_connections{role="normal",transport="%s"} 1\n' % transport, text)

    def test_a_deleted_listener_keeps_its_web_sockets(self):
        """MG-181, MG-289"""
        management = self.management()
        management.create("listener", "late", host="127.0.0.1", port="0", http=True)
        wait_for(lambda: "late" in self.router.web_ports)
        client = self.over("late")
        management.delete("listener", "late")
        self.exchange(client, self.connect())


if __name__ == "__main__":
    main()
