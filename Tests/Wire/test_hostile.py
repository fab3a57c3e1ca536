"""Strangers that want too much: bounds, each with a setting and a count."""

import ssl

from harness import *
from security import Authority


class Bounds(WireTest):
    """Each test has a router of its own, with small bounds."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def router_with(self, *sections, **settings):
        return self.start([("router", dict(id="R", mode="standalone", **settings)), *sections])

    def count(self, agent, name):
        return agent.query("router", name)[0][name]

    def test_connections_that_have_not_opened_are_bounded(self):
        """maxUnauthenticatedConnectionsPerHost, unauthenticatedDenied. Those that have count no more."""
        router = self.router_with(maxUnauthenticatedConnectionsPerHost=3)
        agent = self.management(router)
        peers = [self.raw(router) for _ in range(3)]
        self.raw(router).expect_end()
        self.assertEqual(self.count(agent, "unauthenticatedDenied"), 1)
        router.wait_for_text("have not opened yet")
        agent.client.sync()
        peers[0].handshake()
        wait_for(lambda: self.opens(router), what="a free place")
        peers[1].socket.close()
        wait_for(lambda: self.opens(router), what="a free place")
        self.assertGreaterEqual(self.count(agent, "unauthenticatedDenied"), 1)

    def opens(self, router):
        peer = self.raw(router)
        try:
            peer.handshake()
            return True
        except (EOFError, OSError, AssertionError):
            return False

    def test_they_are_bounded_in_all(self):
        """maxUnauthenticatedConnections"""
        router = self.router_with(maxUnauthenticatedConnections=2)
        peers = [self.raw(router) for _ in range(2)]
        self.raw(router).expect_end()
        for peer in peers:
            peer.handshake()
        self.assertTrue(self.opens(router))

    def test_a_thousand_silent_ones_keep_nobody_out_for_long(self):
        """initialHandshakeTimeoutSeconds, handshakesTimedOut"""
        router = self.router_with(
            ("listener", dict(host="127.0.0.1", port=0, initialHandshakeTimeoutSeconds=2)),
            maxUnauthenticatedConnectionsPerHost=200)
        agent = self.management(router)
        client = self.connect(router)
        receiver, sender = client.receiver("a", credit=1000), client.sender("a")
        strangers = [self.raw(router) for _ in range(400)]
        for number in range(50):
            sender.send(body=number)
            self.assertEqual(receiver.receive().body, number)
        wait_for(lambda: self.count(agent, "handshakesTimedOut") >= 200, 60, "their end")
        self.assertGreaterEqual(self.count(agent, "unauthenticatedDenied"), 100)
        self.assertTrue(self.opens(router))
        for stranger in strangers:
            stranger.close()

    def test_tls_login_and_open_have_one_time_together(self):
        """initialHandshakeTimeoutSeconds, with an octet now and then."""
        authority = Authority()
        self.addCleanup(authority.remove)
        profile = authority.issue("r", "/CN=localhost", "DNS:localhost")
        router = self.router_with(
            ("sslProfile", dict(name="p", **profile)),
            ("listener", dict(host="127.0.0.1", port=0, initialHandshakeTimeoutSeconds=2)),
            ("listener", dict(name="tls", host="127.0.0.1", port=0, sslProfile="p",
                              initialHandshakeTimeoutSeconds=2)))
        agent = self.management(router)
        hello = self.client_hello()
        steps = [
            (router.ports["tls"], hello),
            (router.port, SASL_HEADER + b"\x00\x00\x00\x21"),
            (router.port, AMQP_HEADER + b"\x00\x00\x01\x00\x02\x00\x00\x00" + b"\x00" * 200)]
        for number, (port, octets) in enumerate(steps):
            peer = self.raw(port=port)
            self.trickle(peer, octets)
            wait_for(lambda: self.count(agent, "handshakesTimedOut") == number + 1, 60,
                     "the end of step %d" % number)

    @staticmethod
    def client_hello():
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        layer = context.wrap_bio(incoming, outgoing)
        try:
            layer.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return outgoing.read()

    @staticmethod
    def trickle(peer, octets):
        """One octet at a time, until the router has had enough."""
        peer.socket.settimeout(0.1)
        for octet in octets:
            try:
                peer.socket.sendall(bytes([octet]))
                if peer.socket.recv(65536) == b"":
                    return
            except TimeoutError:
                pass
            except OSError:
                return

    def test_links_of_a_connection_are_bounded(self):
        """maxLinksPerConnection, linksOverLimit"""
        router = self.router_with(maxLinksPerConnection=5)
        client = self.connect(router)
        links = [client.sender("a") for _ in range(5)]
        for _ in range(2):
            refused = client.refusal("sender", "a")
            self.assertEqual(refused.name, "amqp:resource-limit-exceeded")
            refused.link.link.close()
        agent = self.management(router)
        self.assertEqual(self.count(agent, "linksOverLimit"), 2)
        links[0].detach()
        client.sync()
        wait_for(lambda: self.attaches(client), what="a free place")

    @staticmethod
    def attaches(client):
        try:
            client.sender("a")
            return True
        except Refused:
            client.links[-1].link.close()
            client.sync()
            return False

    def test_who_attaches_too_often_is_heard_later(self):
        """maxAttachesPerSecond, attachesDelayed: nothing is lost, and others are served."""
        router = self.router_with(maxAttachesPerSecond=200)
        agent = self.management(router)
        client, other = self.connect(router), self.connect(router)
        receiver, sender = other.receiver("b", credit=100), other.sender("b")
        links = [client.sender("a/%d" % number, wait=False) for number in range(500)]
        for number in range(20):
            sender.send(body=number)
            self.assertEqual(receiver.receive().body, number)
        client.wait_for(lambda: all(link.is_attached for link in links), 60, "all links")
        self.assertGreaterEqual(self.count(agent, "attachesDelayed"), 1)
        for link in links:
            link.detach(wait=False)
        client.wait_for(lambda: all(link.is_closed for link in links), 60, "the end of all")
        self.assertTrue(client.connection.state & Endpoint.REMOTE_ACTIVE)

    def test_a_flood_of_attaches_and_messages_is_taken_in_order(self):
        """What comes behind waits, whole frames and parts of them."""
        router = self.router_with(maxAttachesPerSecond=50)
        receiver = self.connect(router).receiver("sink", credit=1000)
        client = self.connect(router)
        sender = client.sender("sink")
        sender.wait_credit(120)
        for number in range(120):
            client.sender("a/%d" % number, wait=False)
            sender.send(body="%d " % number + "x" * 5000, presettled=True, wait=False)
        receiver.wait_count(120, 60)
        self.assertEqual([int(receiver.receive().body.split()[0]) for _ in range(120)],
                         list(range(120)))


if __name__ == "__main__":
    main()
