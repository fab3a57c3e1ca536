"""Logins that a service elsewhere answers for, and what it lets a user do."""

import socket as sockets
import ssl
import time

from proton import symbol

from auth_service import AuthService, strings
from policies import vhost
from frames import SASL_HEADER
from harness import *
from placement import placements
from security import Authority


@placements
class AuthServices(WireTest):
    @classmethod
    def setUpClass(cls):
        cls.service = AuthService()
        cls.addClassCleanup(cls.service.close)
        with sockets.create_server(("127.0.0.1", 0)) as nobody:
            cls.nobody = nobody.getsockname()[1]
        cls.CONFIGURATION = [
            ("router", dict(id="TEST", mode="standalone")),
            ("authServicePlugin", dict(
                name="auth-service", host="127.0.0.1", port=cls.service.port, realm="the.realm")),
            ("authServicePlugin", dict(name="old-service", authService="127.0.0.1:%d" % cls.service.port)),
            ("authServicePlugin", dict(name="away-service", host="127.0.0.1", port=cls.nobody)),
            ("listener", dict(host="127.0.0.1", port=0)),
            cls.listener("auth"), cls.listener("old"), cls.listener("away"),
            cls.listener("plain", saslPlugin="auth-service", saslMechanisms="PLAIN"),
            cls.listener("tenants", saslPlugin="auth-service", multiTenant=True)]
        super().setUpClass()

    def setUp(self):
        self.service.fault = None
        self.service.identity = lambda user: {"sub": user}
        self.service.permissions = {}

    @staticmethod
    def listener(name, **attributes):
        return ("listener", dict(dict(host="127.0.0.1", port=0, name=name, authenticatePeer=True,
                                      initialHandshakeTimeoutSeconds=60, saslPlugin=name + "-service"), **attributes))

    def login(self, user="joe", password="secret", listener="auth", **how):
        return self.connect(port=self.router.ports[listener], sasl="PLAIN", user=user,
                            password=password, **how)

    def offered(self, listener):
        peer = self.raw(port=self.router.ports[listener])
        peer.send_bytes(SASL_HEADER)
        self.assertEqual(peer.read(8), SASL_HEADER)
        names = peer.expect("sasl-mechanisms")["sasl-server-mechanisms"]
        return peer, [str(each) for each in getattr(names, "elements", names if isinstance(
            names, (list, tuple)) else [names])]

    def init(self, peer, mechanism, response):
        peer.send("sasl-init", kind=1, mechanism=mechanism, initial_response=response)

    def row(self, client):
        rows = self.management().query("connection")
        return next(row for row in rows if row["container"] == client.connection.container)

    def test_the_client_is_offered_what_the_service_has_and_the_listener_allows(self):
        """RS-536"""
        self.assertEqual(self.offered("auth")[1], ["STEPS", "PLAIN"])
        self.assertEqual(self.offered("plain")[1], ["PLAIN"])

    def test_a_user_is_who_the_service_says(self):
        """RS-338, RS-537"""
        row = self.row(self.login())
        self.assertEqual((row["sasl"], row["user"], row["isAuthenticated"]), ("PLAIN", "joe", True))
        self.assertEqual(self.service.inits[-1]["hostname"], "the.realm")
        opened = self.service.opens[-1]
        self.assertEqual((opened["container-id"], opened["hostname"]), ("", "127.0.0.1"))
        self.assertIn("ADDRESS-AUTHZ", str(opened["desired-capabilities"]))
        self.assertEqual({"product", "version"} - set(map(str, opened["properties"])), set())

    def test_the_old_form_names_host_and_port_in_one(self):
        """RS-540"""
        self.assertEqual(self.row(self.login(listener="old"))["user"], "joe")
        self.assertIsNone(self.service.inits[-1]["hostname"])

    def test_challenges_and_responses_are_relayed(self):
        """RS-338"""
        peer, _ = self.offered("auth")
        self.init(peer, "STEPS", b"ann")
        self.assertEqual(bytes(peer.expect("sasl-challenge")["challenge"]), b"password?")
        peer.send("sasl-response", kind=1, response=b"secret")
        self.assertEqual(bytes(peer.expect("sasl-challenge")["challenge"]), b"")
        peer.send("sasl-response", kind=1, response=b"")
        self.assertEqual(peer.expect("sasl-outcome")["code"], 0)
        peer.handshake()
        self.assertIn("ann", [row["user"] for row in self.management().query("connection")])

    def test_a_wrong_password_is_denied(self):
        """RS-338, RS-541"""
        peer, _ = self.offered("auth")
        self.init(peer, "PLAIN", b"\0joe\0wrong")
        self.assertEqual(peer.expect("sasl-outcome")["code"], 1)
        peer.expect_end()

    def test_a_mechanism_that_was_not_offered_is_denied(self):
        """RS-331"""
        for mechanism in ("ANONYMOUS", "STEPS", ""):
            peer, _ = self.offered("plain")
            self.init(peer, mechanism, b"")
            self.assertEqual(peer.expect("sasl-outcome")["code"], 1)

    def test_identities_without_a_name(self):
        """RS-538"""
        for identity, user in (({"x": "y"}, ""), ("joe", "joe"), (7, "")):
            with self.subTest(identity=identity):
                self.service.identity = lambda user: identity
                self.assertEqual(self.row(self.login())["user"] or "", user)

    def outcome_of_the_missing(self, listener):
        peer = self.raw(port=self.router.ports[listener])
        peer.send_bytes(SASL_HEADER)
        self.init(peer, "PLAIN", b"\0joe\0secret")
        self.assertEqual(peer.read(8), SASL_HEADER)
        peer.expect("sasl-mechanisms")
        return peer.expect("sasl-outcome", deadline=30)["code"]

    def test_a_service_out_of_reach_is_no_answer(self):
        """RS-338: temporary, so that the client tries again"""
        self.assertEqual(self.outcome_of_the_missing("away"), 4)
        self.router.wait_for_log(
            r"authServicePlugin 'away-service' answers for no login now: .*127.0.0.1:%d.*refused"
            % self.nobody)

    def test_a_service_that_fails_is_no_answer(self):
        """RS-338: temporary"""
        for fault in (2, 3, 4, "end"):
            with self.subTest(fault=fault):
                self.service.fault = fault
                peer, _ = self.offered("auth")
                self.init(peer, "PLAIN", b"\0joe\0secret")
                self.assertEqual(peer.expect("sasl-outcome")["code"], 4)

    def test_a_service_that_says_nothing_is_not_waited_for_long_and_holds_nobody_up(self):
        """RS-338: bounded"""
        self.service.fault = "hang"
        peer = self.raw(port=self.router.ports["auth"])
        peer.send_bytes(SASL_HEADER)
        client = self.connect()
        receiver, sender = client.receiver("a", credit=10), client.sender("a")
        for number in range(10):
            sender.send(body=number)
            receiver.receive().accept()
        self.router.wait_for_log(
            "authServicePlugin 'auth-service' answers for no login now: .*within 8 s", 30)
        self.assertIsInstance(peer.read_to_end(30), bytes)

    def test_lists_of_the_service_are_targets_and_sources(self):
        """RS-538, RS-539, RS-309"""
        self.service.permissions = {"joe": {
            "in": strings("send"), "out": strings("recv"), "both.*": strings("send", "recv")}}
        client = self.login()
        for kind, address, isAllowed in (
                ("sender", "in", True), ("receiver", "in", False), ("receiver", "out", True),
                ("sender", "out", False), ("sender", "both.1", True), ("receiver", "both.2", True),
                ("sender", "other", False), ("receiver", "other", False)):
            with self.subTest(kind=kind, address=address):
                if isAllowed:
                    getattr(client, kind)(address)
                else:
                    self.assert_refused(client.refusal(kind, address), "amqp:unauthorized-access",
                                        "link disallowed by local policy")
        client.receiver(dynamic=True)
        anonymous = client.sender(None)
        outcome = anonymous.send(address="other", body=1).outcome()
        self.assertEqual((outcome.state, outcome.condition),
                         ("rejected", "amqp:unauthorized-access"))

    def test_no_list_is_no_limit_and_an_empty_one_allows_nothing(self):
        """RS-538"""
        self.login(user="free").receiver("anything")
        for nothing in ({}, "wrong"):
            self.service.permissions = {"joe": nothing}
            client = self.login()
            self.assert_refused(client.refusal("receiver", "anything"),
                                "amqp:unauthorized-access", "link disallowed by local policy")

    def test_a_user_is_for_ever_the_one_that_logged_in(self):
        """RS-539: user ids are no others'"""
        self.service.permissions = {"joe": {"*": strings("send", "recv")}}
        client = self.login()
        client.receiver("a", credit=10)
        sender = client.sender("a")
        self.assertEqual(sender.send(body=1, user_id=b"ann").outcome().state, "rejected")

    def test_tenants_without_lists_have_their_prefix(self):
        """RS-138"""
        client = self.login(listener="tenants", hostname="t")
        client.receiver("a")
        self.assertIsNotNone(self.management().address("M0t/a"))

    def test_clients_that_wait_are_bounded(self):
        """Logins under way of one host"""
        idle = [self.raw(port=self.router.ports["auth"]) for _ in range(48)]
        for peer in idle:
            peer.send_bytes(SASL_HEADER)
        self.router.wait_for_log("too many logins", 30)
        for peer in idle:
            peer.close()
        wait_for(lambda: self.outcome_of_the_missing("auth") == 0, what="room again")


class AuthServiceWithVhosts(WireTest):
    """Vhosts govern the clients that a service lets in, but for the lists that it gives."""

    @classmethod
    def setUpClass(cls):
        cls.service = AuthService()
        cls.addClassCleanup(cls.service.close)
        cls.CONFIGURATION = [
            ("router", dict(id="TEST", mode="standalone")),
            ("authServicePlugin", dict(name="auth-service", host="127.0.0.1", port=cls.service.port)),
            ("listener", dict(host="127.0.0.1", port=0, policyVhost="all")),
            ("listener", dict(
                host="127.0.0.1", port=0, name="auth", authenticatePeer=True,
                initialHandshakeTimeoutSeconds=60, saslPlugin="auth-service")),
            ("policy", dict(enableVhostPolicy=True)), vhost("all"),
            vhost("ruled", {"workers": dict(
                users="joe, ann", remoteHosts="*", sources="theirs", targets="theirs",
                maxSenders=2, maxMessageSize=1000)})]
        super().setUpClass()

    def login(self, user="joe"):
        return self.connect(port=self.router.ports["auth"], sasl="PLAIN", user=user,
                            password="secret", hostname="ruled")

    def test_lists_of_the_service_win_over_those_of_the_group(self):
        """RS-338, RS-309, RS-312, RS-315"""
        self.service.permissions = {"joe": {
            "own.*": strings("send", "recv"), "in": strings("send")}}
        client = self.login()
        for kind, address, isAllowed in (
                ("sender", "in", True), ("receiver", "in", False), ("receiver", "own.1", True),
                ("sender", "theirs", False), ("receiver", "theirs", False)):
            with self.subTest(kind=kind, address=address):
                if isAllowed:
                    getattr(client, kind)(address)
                else:
                    self.assert_refused(client.refusal(kind, address), "amqp:unauthorized-access",
                                        "link disallowed by local policy")
        client.receiver(dynamic=True)
        anonymous = client.sender(None)
        self.assertEqual(anonymous.send(address="theirs", body=1).outcome().state, "rejected")

    def test_what_else_the_group_says_holds(self):
        """RS-338, RS-309, RS-317, RS-303"""
        self.service.permissions = {"joe": {"*": strings("send", "recv")},
                                    "eve": {"*": strings("send", "recv")}}
        client = self.login()
        sender = client.sender("a")
        self.assertEqual(sender.link.remote_max_message_size, 1000)
        client.sender(None)
        self.assert_refused(client.refusal("sender", "c"), "amqp:resource-limit-exceeded",
                            "link disallowed by local policy")
        eve = self.login("eve")
        eve.wait_closed()
        self.assert_condition(eve.error, "amqp:resource-limit-exceeded",
                              "connection disallowed by local policy")

    def test_without_lists_of_the_service_the_groups_hold(self):
        """RS-538"""
        client = self.login("ann")
        client.sender("theirs")
        for kind, address in (("receiver", "a"), ("sender", None)):
            self.assert_refused(client.refusal(kind, address), "amqp:unauthorized-access",
                                "link disallowed by local policy")


class AuthServiceOverTLS(WireTest):
    def test_the_service_is_reached_by_its_profile(self):
        """RS-338: sslProfile"""
        authority, other = Authority(), Authority("Other CA")
        self.addCleanup(authority.remove)
        self.addCleanup(other.remove)
        authority.issue("service", "/CN=localhost", "DNS:localhost")
        other.issue("own", "/CN=localhost", "DNS:localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.path("service.pem"), authority.path("service.key"))
        service = AuthService(context=context)
        self.addCleanup(service.close)
        sections = [("router", dict(id="TEST", mode="standalone"))]
        for name, trusted in (("good", authority), ("bad", other)):
            sections += [
                ("sslProfile", dict(name=name + "-profile", caCertFile=trusted.path("ca.pem"))),
                ("authServicePlugin", dict(
                    name=name + "-service", host="localhost", port=service.port,
                    sslProfile=name + "-profile")),
                ("listener", dict(
                    host="127.0.0.1", port=0, name=name, authenticatePeer=True,
                    saslPlugin=name + "-service"))]
        router = self.start(sections)
        client = self.connect(port=router.ports["good"], sasl="PLAIN", user="joe",
                              password="secret")
        self.assertTrue(client.is_open)
        with self.assertRaises(Disconnected):
            self.connect(port=router.ports["bad"], sasl="PLAIN", user="joe", password="secret")
        router.wait_for_log("authServicePlugin 'bad-service' answers for no login now: .*certificate")

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass


if __name__ == "__main__":
    main()
