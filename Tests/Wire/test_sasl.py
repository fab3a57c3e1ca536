"""Logins: mechanisms with passwords, at listeners and by connectors."""

import itertools
import socket as sockets
import time

from harness import *
from security import Authority, Passwords, Scram


class Logins(WireTest):
    @classmethod
    def setUpClass(cls):
        cls.passwords = Passwords()
        cls.addClassCleanup(cls.passwords.remove)
        cls.passwords.add("joe", "joe's secret")
        cls.passwords.add("bob", "bob's secret", realm="dom")
        cls.CONFIGURATION = [
            ("router", dict(id="TEST", mode="standalone", saslConfigDir=cls.passwords.folder)),
            cls.listener("any"), cls.listener("closed", authenticatePeer=True),
            cls.listener("plain", authenticatePeer=True, saslMechanisms="PLAIN"),
            cls.listener("scram", authenticatePeer=True, saslMechanisms="SCRAM-SHA-256"),
            cls.listener("digest", authenticatePeer=True, saslMechanisms="DIGEST-MD5")]
        super().setUpClass()

    @staticmethod
    def listener(name, **attributes):
        return ("listener", dict(host="127.0.0.1", port=0, name=name, **attributes))

    def login(self, listener="plain", user="joe", password="joe's secret"):
        return self.connect(port=self.router.ports[listener], sasl="PLAIN", user=user,
                            password=password)

    def offered(self, listener):
        peer = self.raw(port=self.router.ports[listener])
        peer.send_bytes(SASL_HEADER)
        self.assertEqual(peer.read(8), SASL_HEADER)
        return peer, peer.expect("sasl-mechanisms")["sasl-server-mechanisms"]

    def entity(self, client):
        rows = self.management().query("connection")
        return next(row for row in rows if row["container"] == client.connection.container)

    def test_mechanisms_are_those_that_the_listener_allows(self):
        """RS-330"""
        everything = set(Passwords.MECHANISMS.split())
        names = {name: set(map(str, self.names(self.offered(name)[1])))
                 for name in ("any", "closed", "plain", "scram")}
        self.assertEqual(names, {
            "any": everything | {"ANONYMOUS"}, "closed": everything, "plain": {"PLAIN"},
            "scram": {"SCRAM-SHA-256"}})

    @staticmethod
    def names(value):
        return value if isinstance(value, (list, tuple)) else getattr(value, "elements", [value])

    def test_right_password_lets_a_user_in_under_the_name_that_he_gave(self):
        """RS-332, RS-337"""
        for user, password in (("joe", "joe's secret"), ("bob@dom", "bob's secret")):
            row = self.entity(self.login(user=user, password=password))
            self.assertEqual((row["sasl"], row["user"], row["isAuthenticated"]),
                             ("PLAIN", user, True))

    def test_wrong_password_and_unknown_user_are_denied(self):
        """RS-331, RS-541, MG-214"""
        for user, password in (("joe", "wrong"), ("nobody", "x"), ("bob", "bob's secret")):
            with self.subTest(user), self.assertRaises(Disconnected):
                self.login(user=user, password=password)
        self.router.wait_for_text("failed: amqp:unauthorized-access Authentication failed [mech=PLAIN]")

    def test_mechanism_that_was_not_offered_is_denied(self):
        """RS-331"""
        for mechanism in ("ANONYMOUS", "EXTERNAL", "SCRAM-SHA-1", "X", ""):
            peer, _ = self.offered("plain")
            peer.send("sasl-init", kind=1, mechanism=symbol(mechanism), initial_response=b"")
            self.assertEqual(peer.expect("sasl-outcome")["code"], 1)
            self.assertEqual(peer.read_to_end(), b"")

    def test_client_without_sasl_is_cut_off(self):
        """RS-2"""
        peer = self.raw(port=self.router.ports["plain"])
        peer.send_bytes(AMQP_HEADER + frame("open", container_id="x"))
        self.assertEqual(peer.read_to_end(), b"")

    def scram(self, user, password, listener="scram", digest="sha256"):
        client = Scram(user, password, digest)
        peer, _ = self.offered(listener)
        peer.send("sasl-init", kind=1, mechanism=symbol("SCRAM-SHA-256"),
                  initial_response=client.first())
        peer.send("sasl-response", kind=1,
                  response=client.answer(peer.expect("sasl-challenge")["challenge"]))
        return client, peer

    def test_scram_proves_both_ends_to_each_other(self):
        """RS-330, RFC 7677"""
        client, peer = self.scram("joe", "joe's secret")
        self.assertTrue(client.is_proved(peer.expect("sasl-challenge")["challenge"]))
        peer.send("sasl-response", kind=1, response=b"")
        self.assertEqual(peer.expect("sasl-outcome")["code"], 0)

    def test_scram_with_a_wrong_password_is_denied(self):
        """RS-331"""
        _, peer = self.scram("joe", "wrong")
        self.assertEqual(peer.expect("sasl-outcome")["code"], 1)

    def test_open_sent_ahead_is_heard_after_the_login(self):
        """RS-1"""
        message = b"\0joe\0joe's secret"
        peer = self.raw(port=self.router.ports["plain"])
        peer.send_bytes(
            SASL_HEADER + frame("sasl-init", kind=1, mechanism=symbol("PLAIN"),
                                initial_response=message)
            + AMQP_HEADER + frame("open", container_id="ahead"))
        self.assertEqual(peer.read(8), SASL_HEADER)
        peer.expect("sasl-mechanisms")
        self.assertEqual(peer.expect("sasl-outcome")["code"], 0)
        self.assertEqual(peer.read(8), AMQP_HEADER)
        peer.expect("open")

    def test_floods_of_words_during_a_login_harm_nobody(self):
        """RS-331"""
        for _ in range(5):
            peer = self.raw(port=self.router.ports["plain"])
            words = frame("sasl-response", kind=1, response=b"x" * 300)
            try:
                peer.send_bytes(SASL_HEADER + frame(
                    "sasl-init", kind=1, mechanism=symbol("PLAIN"), initial_response=b"\0a\0b"))
                for _ in range(2000):
                    peer.send_bytes(words)
            except OSError:
                pass
        self.connect(port=self.router.ports["any"]).sync()

    def test_no_password_is_in_the_log(self):
        """MG-42"""
        self.login()
        self.connect(port=self.router.ports["any"]).sync()
        self.assertNotIn("secret", self.router.log_text())


class Unprepared(WireTest):
    """A router whose SASL library is not set up."""

    CONFIGURATION = [
        ("router", dict(id="TEST", mode="standalone", saslConfigDir="/nowhere")),
        ("listener", dict(host="127.0.0.1", port=0))]

    def test_mechanisms_with_passwords_are_not_offered(self):
        """RS-542"""
        client = self.connect(sasl="ANONYMOUS PLAIN", user="joe", password="x")
        self.assertEqual(client.transport.sasl().mech, "ANONYMOUS")


class Named(WireTest):
    def test_the_librarys_configuration_is_the_one_of_the_given_name(self):
        """RS-333"""
        passwords = Passwords("special")
        self.addCleanup(passwords.remove)
        passwords.add("joe", "joe's secret")
        for name in ("special", None):
            router = self.start([
                ("router", dict(id="TEST", mode="standalone", saslConfigDir=passwords.folder,
                                saslConfigName=name)),
                ("listener", dict(host="127.0.0.1", port=0))])
            client = self.connect(
                router, sasl="ANONYMOUS PLAIN", user="joe", password="joe's secret")
            self.assertEqual(client.transport.sasl().mech, "PLAIN" if name else "ANONYMOUS")

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass


class Connectors(WireTest):
    @classmethod
    def setUpClass(cls):
        cls.passwords = Passwords()
        cls.addClassCleanup(cls.passwords.remove)
        cls.passwords.add("joe", "joe's secret")
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        cls.authority.issue("server", "/CN=localhost", "DNS:localhost")
        cls.CONFIGURATION = [
            ("router", dict(id="TEST", mode="standalone", saslConfigDir=cls.passwords.folder)),
            ("sslProfile", cls.authority.profile("server", name="p")),
            ("listener", dict(host="127.0.0.1", port=0)),
        ] + [("listener", dict(host="127.0.0.1", port=0, name=name, authenticatePeer=True,
                               saslMechanisms=name, sslProfile="p"))
             for name in Passwords.MECHANISMS.split()]
        super().setUpClass()

    def dial(self, mechanism, password="joe's secret", user="joe", **attributes):
        return self.start([
            ("sslProfile", dict(name="p", caCertFile=self.authority.file)),
            ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(host="localhost", port=self.router.ports[mechanism], name="out",
                               saslUsername=user, saslPassword=password, **attributes))])

    def rows(self, router):
        return [row for row in self.management(router).query("connection") if row["dir"] == "out"]

    def test_they_log_in_by_every_mechanism(self):
        """RS-339"""
        for mechanism in Passwords.MECHANISMS.split():
            if mechanism == "PLAIN":
                continue
            with self.subTest(mechanism):
                router = self.dial(mechanism, "pass:joe's secret")
                wait_for(lambda: self.rows(router), what="the connection")
                row = self.rows(router)[0]
                self.assertEqual((row["sasl"], row["user"]), (mechanism, "joe"))
                self.assertNotIn("secret", router.log_text())

    def test_they_send_a_password_in_clear_only_if_told_so(self):
        """RS-339"""
        router = self.dial("PLAIN")
        router.wait_for_text("Cannot log in at localhost:%d: none of its mechanisms can be used: PLAIN"
                        % self.router.ports["PLAIN"])
        for how in (dict(saslMechanisms="PLAIN"), dict(sslProfile="p")):
            with self.subTest(how):
                router = self.dial("PLAIN", **how)
                wait_for(lambda: self.rows(router), what="the connection")
                self.assertEqual(self.rows(router)[0]["sasl"], "PLAIN")

    def test_wrong_password_is_told_at_both_ends(self):
        """RS-541"""
        router = self.dial("SCRAM-SHA-256", "wrong")
        text = "failed: amqp:unauthorized-access Authentication failed [mech=SCRAM-SHA-256]"
        router.wait_for_text(text)
        self.router.wait_for_text(text)


class Slowing(WireTest):
    """A source of wrong passwords is heard more and more seldom."""

    @classmethod
    def setUpClass(cls):
        cls.passwords = Passwords()
        cls.addClassCleanup(cls.passwords.remove)
        cls.passwords.add("joe", "right")
        cls.CONFIGURATION = [
            ("router", dict(id="TEST", mode="standalone", saslConfigDir=cls.passwords.folder)),
            ("listener", dict(host="127.0.0.1", port=0, name="plain", saslMechanisms="PLAIN",
                              authenticatePeer=True))]
        super().setUpClass()

    def outcome(self, password, source):
        """The code that a login from an address comes to."""
        socket = sockets.create_connection(
            ("127.0.0.1", self.router.ports["plain"]), timeout=30, source_address=(source, 0))
        self.addCleanup(socket.close)
        socket.sendall(SASL_HEADER + frame(
            "sasl-init", kind=1, mechanism=symbol("PLAIN"),
            initial_response=b"\0joe\0" + password.encode()))
        return socket

    def code(self, socket):
        received = b""
        while True:
            part = socket.recv(4096)
            if not part:
                return received[-1] if received else None
            received += part
            if b"\x00\x53\x44" in received:
                return received.split(b"\x00\x53\x44", 1)[1][4 - 1]

    def test_it_slows_nobody_else(self):
        """RS-331"""
        for _ in range(6):
            self.code(self.outcome("wrong", "127.0.0.7"))
        waiting = [self.outcome("wrong", "127.0.0.7") for _ in range(20)]
        began = time.monotonic()
        right = self.outcome("right", "127.0.0.8")
        self.code(right)
        self.assertLess(time.monotonic() - began, 2)
        for socket in waiting:
            socket.close()


if __name__ == "__main__":
    main()
