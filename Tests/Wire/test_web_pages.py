"""Web listeners: HTTP by its rules and beyond them, and the health pages."""

import json
import select
import socket
import ssl
import urllib.request

from hanging import Hanging
from harness import *
from http_client import HTTPClient
from security import Authority


class WebTest(WireTest):
    def client(self, port=None, router=None, **how):
        router = router or self.router
        client = HTTPClient(port or next(iter(router.web_ports.values())), **how)
        self.addCleanup(client.close)
        return client

    @staticmethod
    def listener(name, **attributes):
        return ("listener", dict(host="127.0.0.1", port=0, name=name, http=True, **attributes))


class Pages(WebTest):
    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)),
        WebTest.listener("web"),
        WebTest.listener("bare", healthz=False, metrics=False),
        ("listener", dict(host="127.0.0.1", port=0, name="root", httpRootDir="/nonexistent")),
        WebTest.listener("closed", authenticatePeer=True),
        WebTest.listener("small", httpMaxConnections=8),
        WebTest.listener("strict", httpMaxConnections=8, httpMaxConnectionsPerHost=1,
                         httpMaxHeadBytes=1024, httpMaxHeadFields=8, httpMaxBodyBytes=8),
        WebTest.listener("hasty", initialHandshakeTimeoutSeconds=3, httpIdleTimeoutSeconds=1),
    ]

    def test_healthz_is_the_old_routers(self):
        """RS-370, RS-371, MG-284"""
        client = self.client()
        for method in ("GET", "POST", "HEAD"):
            answer = client.get("/healthz", method)
            self.assertEqual(
                (answer.status, answer.fields["content-type"], answer.fields["content-length"],
                 answer.fields["server"]), (200, "text/plain", "3", "qpid-dispatch-router"))
            self.assertEqual(answer.body, b"" if method == "HEAD" else b"OK\n")
        self.assertEqual(client.get("/healthz/any/thing").text, "OK\n")
        url = "http://127.0.0.1:%d/healthz" % self.router.web_ports["web"]
        with urllib.request.urlopen(url, timeout=20) as page:
            self.assertEqual(page.read(), b"OK\n")

    def test_the_other_probes_say_ok(self):
        for page in ("/livez", "/readyz", "/startupz"):
            answer = self.client().get(page)
            self.assertEqual((answer.status, answer.text), (200, "ok\n"))

    def test_every_check_is_told_to_those_who_ask(self):
        lines = self.client().get("/readyz?verbose").text.splitlines()
        self.assertIn("[+]listeners ok", lines)
        self.assertIn("[+]certificates ok", lines)
        answer = self.client().get("/livez?verbose", Accept="application/json")
        report = json.loads(answer.text)
        self.assertEqual(answer.fields["content-type"], "application/json")
        self.assertTrue(report["ok"])
        self.assertIn(dict(name="worker 0", ok=True), report["checks"])

    def test_pages_are_off_where_the_listener_says_so(self):
        """RS-371, RS-372"""
        client = self.client(self.router.web_ports["bare"])
        for page in ("/healthz", "/livez", "/readyz", "/startupz", "/metrics"):
            self.assertEqual(client.get(page).status, 404)

    def test_a_root_directory_alone_makes_a_listener_of_http(self):
        """MG-49, MG-212, MG-288"""
        self.assertEqual(self.client(self.router.web_ports["root"]).get("/healthz").status, 200)
        self.router.wait_for_text(
            "Configured Listener: 127.0.0.1:0 proto=any, role=normal, http")
        self.router.wait_for_text("HTTP server thread running")

    def test_both_versions_of_http_and_their_ways_to_stay(self):
        client = self.client()
        for _ in range(3):
            self.assertEqual(client.get("/healthz").status, 200)
        self.assertEqual(client.get("/healthz", version="1.0", Connection="keep-alive")
                         .fields["connection"], "keep-alive")
        answer = client.get("/healthz", Connection="close")
        self.assertEqual(answer.fields["connection"], "close")
        self.assertTrue(client.is_at_end())
        old = self.client()
        self.assertEqual(old.get("/healthz", version="1.0").status, 200)
        self.assertTrue(old.is_at_end())

    def test_requests_sent_ahead_are_answered_in_turn(self):
        client = self.client()
        for page in ("/healthz", "/readyz", "/nothing"):
            client.request(page)
        self.assertEqual([client.answer().status for _ in range(3)], [200, 200, 404])

    def test_a_request_may_come_byte_by_byte(self):
        client = self.client()
        for byte in b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n":
            client.send(bytes([byte]))
        self.assertEqual(client.answer().text, "OK\n")

    def test_what_is_no_request_gets_its_status_and_the_end(self):
        """MG-279: bare AMQP is none."""
        cases = [
            (b"AMQP\x00\x01\x00\x00", 400), (b"\x16\x03\x01\x02\x00\x01", 400),
            (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 20000, 431),
            (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
            (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414),
            (b"GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505),
            (b"POST /healthz HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            (b"POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n", 413),
            (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
        ]
        for data, status in cases:
            with self.subTest(data[:30]):
                client = self.client()
                client.send(data)
                answer = client.answer()
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.fields["connection"], "close")
                self.assertTrue(client.is_at_end())
        self.router.wait_for_log(
            r"HTTP \(info\) Connection from 127\.0\.0\.1:\d+ failed: 411: a body must come with")
        self.assertEqual(self.client().get("/healthz").status, 200)

    def test_a_method_that_a_page_does_not_take_keeps_the_connection(self):
        client = self.client()
        answer = client.get("/healthz", "DELETE")
        self.assertEqual((answer.status, answer.fields["allow"]), (405, "GET, HEAD, POST"))
        self.assertEqual(client.get("/healthz").status, 200)

    def test_slow_and_silent_clients_are_ended(self):
        port = self.router.web_ports["hasty"]
        silent, slow, idle = self.client(port), self.client(port), self.client(port)
        slow.send("GET /hea")
        self.assertEqual(idle.get("/healthz").status, 200)
        self.assertEqual(slow.answer().status, 408)
        self.assertTrue(silent.is_at_end())
        self.assertTrue(idle.is_at_end())
        text = self.client().get("/metrics?family=martlet_http_connections_expired").text
        self.assertGreaterEqual(int(text.split()[-1]), 2)

    def test_one_host_has_a_quarter_of_the_connections(self):
        port = self.router.web_ports["small"]
        first, second, third = self.client(port), self.client(port), self.client(port)
        self.assertEqual(third.answer().status, 503)
        self.assertTrue(third.is_at_end())
        # One that nobody uses makes room.
        self.assertEqual(first.get("/healthz").status, 200)
        self.assertEqual(self.client(port).get("/healthz").status, 200)
        self.assertEqual(second.get("/healthz").status, 200)

    def failed(self):
        """How many connections have failed, by the counters' labels."""
        lines = self.client().get("/metrics?family=martlet_http_connections_").text.splitlines()
        return {line.split(" ")[0]: int(line.split(" ")[1]) for line in lines
                if line[0] != "#" and "{" in line}

    def test_limits_are_the_listeners_and_what_exceeds_them_is_counted(self):
        port = self.router.web_ports["strict"]
        before = self.failed()
        for request, status in [
                (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 2000, 431),
                (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 9, 431), (b"GET / HTTP/3.0\r\n\r\n", 505),
                (b"POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n123456789", 413)]:
            client = wait_for(lambda: self.welcomed(port), what="a place for this host")
            client.send(request)
            self.assertEqual(client.answer().status, status)
            self.assertTrue(client.is_at_end())
            client.close()
        # This host has one place, whoever of the two gets it.
        pair = [self.client(port), self.client(port)]
        loser = select.select([client.socket for client in pair], [], [], 20)[0][0]
        self.assertIn(b" 503 ", loser.recv(4096))
        after = self.failed()
        for label, more in [('failed_total{reason="head"}', 2), ('failed_total{reason="version"}', 1),
                            ('failed_total{reason="body"}', 1), ('turned_away_total{limit="host"}', 1)]:
            key = "martlet_http_connections_" + label
            self.assertGreaterEqual(after[key] - before[key], more, key)

    def welcomed(self, port):
        """A client that is served; nothing where there is no place for it yet."""
        client = self.client(port)
        try:
            answer = client.get("/healthz")
        except OSError:
            answer = None
        if answer and answer.status == 200:
            return client
        client.close()
        return None

    def test_reasons_are_for_those_who_have_shown_who_they_are(self):
        """`authenticatePeer` without a certificate: whoever asks is unknown."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        router = self.start([
            self.listener("open"), self.listener("closed", authenticatePeer=True),
            ("connector", dict(host="127.0.0.1", port=port, name="hub", required=True))])
        answer = wait_for(lambda: self.refused_with_reason(router), what="the connector's failure")
        self.assertIn("[-]connector hub: ", answer.text)
        closed = self.client(router.web_ports["closed"]).get("/readyz")
        self.assertEqual((closed.status, closed.text), (503, "[-]connector hub: failed\n"))
        self.assertEqual(self.client(router=router).get("/livez").status, 200)

    def refused_with_reason(self, router):
        answer = self.client(router.web_ports["open"]).get("/readyz")
        self.assertEqual(answer.status, 503)
        return answer if "refused" in answer.text else None

    def test_readiness_follows_a_connector_that_is_required(self):
        with Acceptor() as acceptor:
            router = self.start([
                self.listener("web"),
                ("connector", dict(host="127.0.0.1", port=acceptor.port, required=True))])
            peer = acceptor.accept()
            wait_for(lambda: self.client(router=router).get("/readyz").status == 200)
            peer.close()
            wait_for(lambda: self.client(router=router).get("/readyz").status == 503)

    def ready(self, router):
        answer = self.client(router=router).get("/readyz")
        return answer.status, answer.text

    def test_a_router_with_as_many_messages_as_may_wait_is_not_ready(self):
        router = self.start([
            section("router", mode="standalone", id="TEST", memoryBudget=4 << 20),
            ("listener", dict(host="127.0.0.1", port=0)), self.listener("web")])
        client, address = self.connect(router), self.unique()
        receiver = client.receiver(address, credit=0)
        self.assertEqual(self.ready(router), (200, "ok\n"))
        sent = [self.connect(router).sender(address).send(body="x" * 100000) for _ in range(45)]
        wait_for(lambda: self.ready(router) == (503, "[-]memory: as many messages wait as may\n"),
                 what="a full router")
        receiver.answer = Incoming.accept
        receiver.flow(45)
        self.assertEqual([each.outcome().state for each in sent], ["accepted"] * 45)
        self.assertEqual(self.ready(router), (200, "ok\n"))

    def test_a_control_that_hangs_is_not_answered_for(self):
        """MG-284: 503 within two seconds, where the old router is silent."""
        router = self.start([self.listener("web")])
        client = self.client(router=router)
        self.assertEqual(client.get("/healthz").status, 200)
        with Hanging(router, "martletd"):
            answer = client.get("/healthz")
            self.assertEqual(
                (answer.status, answer.text),
                (503, "the router has not answered within 2 seconds\n"))
        wait_for(lambda: self.client(router=router).get("/healthz").status == 200)

    def test_a_worker_that_hangs_is_not_alive(self):
        router = self.start([self.listener("web")], workers=2)
        with Hanging(router, "martlet-1"):
            answer = self.client(router=router).get("/livez")
            self.assertEqual(
                (answer.status, answer.text), (503, "[-]worker 1: it takes no letters\n"))
            self.assertEqual(self.client(router=router).get("/healthz").status, 200)
        wait_for(lambda: self.client(router=router).get("/livez").status == 200)

    def test_a_router_without_web_listener_has_no_thread_for_it(self):
        router = self.start()
        self.assertNotIn("martlet-web", router.threads())


class ComingAndGoing(WebTest):
    def test_listeners_come_and_go_at_run_time(self):
        """MG-289"""
        management = self.management()
        management.create("listener", "late", host="127.0.0.1", port="0", http=True)
        port = wait_for(lambda: self.router.web_ports.get("late"))
        kept = self.client(port)
        self.assertEqual(kept.get("/healthz").status, 200)
        management.delete("listener", "late")
        self.assertTrue(kept.is_at_end())
        with self.assertRaises(OSError):
            HTTPClient(port)
        management.create("listener", "late", host="127.0.0.1", port=str(port), http=True)
        self.assertEqual(self.client(port).get("/healthz").status, 200)

    def test_one_that_cannot_listen_ends_the_start(self):
        """RS-562"""
        port = self.router.port
        code, text = check([("listener", dict(host="127.0.0.1", port=port, http=True))])
        self.assertEqual(code, 1)
        self.assertIn("required listener failed", text)

    def test_a_start_that_lacks_a_listener_is_not_over(self):
        port = self.router.port
        router = self.start([
            self.listener("web"), ("listener", dict(host="127.0.0.1", port=port, name="taken"))])
        answer = self.client(router=router).get("/startupz")
        self.assertEqual(
            (answer.status, answer.text),
            (503, "[-]listeners: cannot listen on 127.0.0.1:%d\n" % port))
        self.assertEqual(self.client(router=router).get("/readyz").status, 503)
        self.assertEqual(self.client(router=router).get("/livez").status, 200)

    def test_the_end_of_the_router_is_the_end_of_its_connections(self):
        router = self.start([self.listener("web")])
        client = self.client(router=router)
        self.assertEqual(client.get("/healthz").status, 200)
        self.assertEqual(router.stop(), 0)
        self.assertTrue(client.is_at_end())


class Secured(WebTest):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        cls.authority.issue("server", "/CN=localhost", "DNS:localhost")
        cls.authority.issue("alice", "/CN=alice")
        cls.authority.issue("old", "/CN=localhost", "DNS:localhost", days=0)
        cls.CONFIGURATION = [
            ("listener", dict(host="127.0.0.1", port=0)),
            ("sslProfile", cls.authority.profile("server", name="p")),
            cls.listener("both", sslProfile="p"),
            cls.listener("strict", sslProfile="p", requireSsl=True),
            cls.listener("known", sslProfile="p", authenticatePeer=True),
        ]
        super().setUpClass()

    def secure(self, certificate=None):
        context = ssl.create_default_context(cafile=self.authority.file)
        if certificate:
            context.load_cert_chain(self.authority.path(certificate + ".pem"),
                                    self.authority.path(certificate + ".key"))
        return context, "localhost"

    def test_https_and_http_on_one_port(self):
        """RS-376, RS-560, MG-286"""
        port = self.router.web_ports["both"]
        client = self.client(port, secure=self.secure())
        for _ in range(3):
            self.assertEqual(client.get("/healthz").text, "OK\n")
        self.assertEqual(self.client(port).get("/healthz").text, "OK\n")

    def test_a_router_whose_certificate_has_expired_is_not_ready(self):
        """It lives on: a restart would not help."""
        router = self.start([
            ("sslProfile", self.authority.profile("old", name="p")), self.listener("web"),
            ("listener", dict(host="127.0.0.1", port=0, sslProfile="p"))])

        def told():
            answer = self.client(router=router).get("/readyz")
            return (answer.status, answer.text) == (
                503, "[-]certificates: expired: those of sslProfile p\n")

        wait_for(told, what="an expired certificate")
        for page in ("/livez", "/startupz", "/healthz"):
            self.assertEqual(self.client(router=router).get(page).status, 200)

    def test_http_is_cut_where_encryption_is_required(self):
        """RS-560"""
        port = self.router.web_ports["strict"]
        plain = self.client(port)
        plain.request("/healthz")
        self.assertTrue(plain.is_at_end())
        self.router.wait_for_text("it is not encrypted, and this listener requires that")
        self.assertEqual(self.client(port, secure=self.secure()).get("/healthz").status, 200)

    def test_a_certificate_is_demanded_where_peers_must_say_who_they_are(self):
        """RS-376, RS-560"""
        port = self.router.web_ports["known"]
        self.assertEqual(
            self.client(port, secure=self.secure("alice")).get("/readyz?verbose").status, 200)
        with self.assertRaises((ssl.SSLError, ConnectionResetError, BrokenPipeError)):
            stranger = self.client(port, secure=self.secure())
            stranger.request("/healthz")
            stranger.answer()
        self.router.wait_for_text("SSL Failure")


if __name__ == "__main__":
    main()
