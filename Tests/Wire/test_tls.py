"""TLS of listeners and connectors, with Proton's and Python's own TLS at the other end."""

import json
import socket as sockets
import ssl

from harness import *
from security import Authority


class Secured(WireTest):
    """A router whose listeners speak TLS, each in another way."""

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.stranger = Authority("Stranger CA")
        cls.addClassCleanup(cls.authority.remove)
        cls.addClassCleanup(cls.stranger.remove)
        cls.authority.issue("server", "/CN=localhost", "DNS:localhost,IP:127.0.0.1")
        cls.authority.issue("other", "/CN=other.example", "DNS:other.example")
        cls.authority.issue("alice", "/C=US/ST=NC/L=Raleigh/O=Acme/OU=Dev/CN=alice")
        cls.stranger.issue("mallory", "/CN=mallory")
        cls.stranger.issue("server", "/CN=localhost", "DNS:localhost,IP:127.0.0.1")
        cls.names = cls.authority.path("names.json")
        with open(cls.names, "w") as file:
            json.dump({"alice": "the tester"}, file)
        cls.CONFIGURATION = [
            ("sslProfile", cls.authority.profile("server", name="p-plain")),
            ("sslProfile", cls.authority.profile("server", name="p-parts", uidFormat="cou")),
            ("sslProfile", cls.authority.profile("server", name="p-wrong", uidFormat="cxn")),
            ("sslProfile", cls.authority.profile(
                "server", name="p-named", uidFormat="n", uidNameMappingFile=cls.names)),
            ("sslProfile", cls.authority.profile("server", name="p-old", protocols="TLSv1.2")),
            ("sslProfile", cls.authority.profile("other", name="p-other")),
            ("sslProfile", cls.authority.profile("server", name="p-broken", privateKeyFile="/none")),
            cls.listener("open", sslProfile="p-plain"),
            cls.listener("required", sslProfile="p-plain", requireSsl=True),
            cls.listener("old", sslProfile="p-old"),
            cls.listener("broken", sslProfile="p-broken"),
            cls.listener("unknown", sslProfile="nobody"),
            cls.listener("several", sslProfile="p-plain, p-other"),
            cls.listener("elsewhere", sslProfile="p-other"),
            cls.listener("nothing", requireSsl=True),
        ] + [cls.listener(name, sslProfile="p-" + name, saslMechanisms="EXTERNAL", authenticatePeer=True)
             for name in ("parts", "wrong", "named")] + [
            cls.listener("external", sslProfile="p-plain", saslMechanisms="EXTERNAL",
                         authenticatePeer=True),
            cls.listener("trusted", sslProfile="p-plain", saslMechanisms="EXTERNAL",
                         authenticatePeer=True, trustedCertsFile=cls.stranger.file)]
        super().setUpClass()

    @staticmethod
    def listener(name, **attributes):
        return ("listener", dict(host="127.0.0.1", port=0, name=name, **attributes))

    def secure(self, listener, certificate=None, **how):
        """A client over TLS."""
        how.setdefault("sasl", "ANONYMOUS" if certificate is None else "EXTERNAL")
        domain = self.authority.domain(certificate, trusts=how.pop("trusts", None))
        return self.connect(port=self.router.ports[listener], ssl_domain=domain, **how)

    def entity(self, client):
        rows = self.management().query("connection")
        return next(row for row in rows if row["container"] == client.connection.container)

    def python(self, listener, certificate=None, version=None, name="localhost"):
        """A socket under Python's TLS."""
        context = ssl.create_default_context(cafile=self.authority.file)
        if version:
            context.minimum_version = context.maximum_version = version
        if certificate:
            context.load_cert_chain(self.authority.path(certificate + ".pem"),
                                    self.authority.path(certificate + ".key"))
        socket = sockets.create_connection(("127.0.0.1", self.router.ports[listener]), timeout=10)
        self.addCleanup(socket.close)
        return context.wrap_socket(socket, server_hostname=name)

    def plain_socket(self, listener):
        socket = sockets.create_connection(("127.0.0.1", self.router.ports[listener]), timeout=10)
        self.addCleanup(socket.close)
        return socket

    def assert_closed(self, socket):
        try:
            self.assertEqual(socket.recv(100), b"")
        except ConnectionResetError:
            pass


class Listeners(Secured):
    def test_messages_of_every_size_pass(self):
        """RS-334"""
        client = self.secure("open")
        address = self.unique()
        receiver = client.receiver(address, credit=20)
        sender = client.sender(address)
        for size in (0, 1, 100, 16_000, 70_000, 3_000_000):
            sent = sender.send(body=b"x" * size)
            got = receiver.receive()
            self.assertEqual(len(got.body), size)
            got.accept()
            self.assertEqual(sent.outcome().state, "accepted")

    def test_clear_and_tls_share_a_port(self):
        """RS-334"""
        clear = self.connect(port=self.router.ports["open"])
        secured = self.secure("open")
        address = self.unique()
        receiver = secured.receiver(address, credit=1)
        clear.sender(address).send(body="hello")
        self.assertEqual(receiver.receive().body, "hello")

    def test_tls_header_is_answered_before_the_handshake(self):
        """RS-334, AMQP 5.2.1"""
        socket = self.plain_socket("open")
        for byte in TLS_HEADER:
            socket.sendall(bytes([byte]))
        self.assertEqual(socket.recv(8, sockets.MSG_WAITALL), TLS_HEADER)
        context = ssl.create_default_context(cafile=self.authority.file)
        secured = context.wrap_socket(socket, server_hostname="localhost")
        secured.sendall(SASL_HEADER)
        self.assertEqual(secured.recv(8), SASL_HEADER)

    def test_clear_client_is_turned_away_where_tls_is_required(self):
        """RS-334, MG-51"""
        for listener in ("required", "nothing"):
            for header in (SASL_HEADER, AMQP_HEADER):
                socket = self.plain_socket(listener)
                socket.sendall(header)
                self.assert_closed(socket)
        self.router.wait_for_text(
            "amqp:connection:policy-error Client connection unencrypted - forbidden")
        self.secure("required").sync()

    def test_certificate_is_demanded_where_external_is_offered(self):
        """RS-335, MG-52"""
        with self.assertRaises(Disconnected):
            self.secure("external", sasl="EXTERNAL")
        self.router.wait_for_text("the peer sent no certificate, and one is demanded")
        socket = self.plain_socket("external")
        socket.sendall(SASL_HEADER)
        self.assertEqual(socket.recv(8, sockets.MSG_WAITALL), SASL_HEADER)

    def test_certificate_of_a_stranger_is_refused_by_name(self):
        """RS-335"""
        domain = self.stranger.domain("mallory", trusts=self.authority.file)
        with self.assertRaises(Disconnected):
            self.connect(port=self.router.ports["external"], ssl_domain=domain, sasl="EXTERNAL")
        self.router.wait_for_text(
            "certificate verify failed: the peer's certificate 'CN=mallory' is signed by "
            "'CN=Stranger CA', which caCertFile")

    def test_certificate_that_leads_to_no_trusted_one_is_refused(self):
        """RS-335"""
        with self.assertRaises(Disconnected):
            self.secure("trusted", "alice")
        self.router.wait_for_text("leads to none of the authorities in trustedCertsFile")

    def test_user_is_the_subject_or_the_fields_that_are_named(self):
        """RS-336, RS-531"""
        subject = "CN=alice,OU=Dev,O=Acme,L=Raleigh,ST=NC,C=US"
        for listener, user in (("external", subject), ("parts", "US;Acme;Dev"),
                               ("wrong", subject), ("named", "the tester")):
            with self.subTest(listener):
                self.assertEqual(self.entity(self.secure(listener, "alice"))["user"], user)

    def test_connection_shows_what_tls_agreed_on(self):
        """RS-337, MG-165, MG-166, MG-213"""
        row = self.entity(self.secure("external", "alice"))
        self.assertEqual(
            [row[name] for name in ("sasl", "isAuthenticated", "isEncrypted", "ssl", "sslProto",
                                    "sslCipher", "sslSsf")],
            ["EXTERNAL", True, True, True, "TLSv1.3", "TLS_AES_256_GCM_SHA384", 256])
        self.router.wait_for_text("encrypted=TLSv1.3 auth=EXTERNAL user=CN=alice")
        clear = self.entity(self.connect(port=self.router.ports["open"]))
        self.assertEqual(
            [clear[name] for name in ("isEncrypted", "ssl", "sslProto", "sslCipher", "sslSsf")],
            [False, False, None, None, 0])

    def test_without_sasl_nobody_is_known_over_tls(self):
        """RS-530"""
        row = self.entity(self.secure("open", sasl=None))
        self.assertEqual((row["sasl"], row["user"], row["isAuthenticated"]), (None, None, False))
        clear = self.entity(self.connect(port=self.router.ports["open"], sasl=None))
        self.assertEqual(clear["user"], "anonymous")

    def test_only_named_versions_are_spoken(self):
        """RS-535"""
        text = "no version of TLS in common with the peer: sslProfile 'p-old' allows TLSv1.2"

        def is_told():
            """In a second in which others have not filled the log's allowance of such lines."""
            with self.assertRaises(ssl.SSLError):
                self.python("old", version=ssl.TLSVersion.TLSv1_3)
            return self.router.log_lines(text)

        wait_for(is_told)
        self.assertEqual(self.python("old").version(), "TLSv1.2")

    def test_connections_by_a_profile_that_cannot_be_used_are_closed(self):
        """RS-532, RS-573, MG-41, MG-214"""
        for listener, reason in (("broken", "privateKeyFile '/none' cannot be read"),
                                 ("unknown", "there is no sslProfile 'nobody'")):
            socket = self.plain_socket(listener)
            self.assert_closed(socket)
            self.router.wait_for_text("failed: amqp:internal-error " + reason)

    def test_certificate_is_for_the_host_that_is_asked_for(self):
        """RS-334: of several profiles"""
        for name in ("localhost", "other.example"):
            names = self.python("several", name=name).getpeercert()["subjectAltName"]
            self.assertIn(("DNS", name), names)

    def test_what_is_no_tls_harms_nobody(self):
        """RS-334"""
        for text in (b"\x16\x03\x01\x00\x05hello", b"\x16" * 5000, b"GET / HTTP/1.1\r\n\r\n",
                     b"\x16\x03\x01\xff\xff", b"AMQP\x02\x01\x00\x00AMQP\x03\x01\x00\x00"):
            socket = self.plain_socket("required")
            try:
                socket.sendall(text)
                socket.shutdown(sockets.SHUT_WR)
                while socket.recv(1000):
                    pass
            except OSError:
                pass
        self.secure("required").sync()

    def test_many_handshakes_at_once_come_through_and_messages_between_them(self):
        """RS-334"""
        client = self.secure("open")
        address = self.unique()
        receiver = client.receiver(address, credit=200)
        sender = client.sender(address)
        context = ssl.create_default_context(cafile=self.authority.file)
        waiting = []
        for _ in range(30):
            socket = self.plain_socket("open")
            socket.setblocking(False)
            secured = context.wrap_socket(
                socket, server_hostname="localhost", do_handshake_on_connect=False)
            self.addCleanup(secured.close)
            waiting.append(secured)
        while waiting:
            for secured in list(waiting):
                try:
                    secured.do_handshake()
                    waiting.remove(secured)
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
            sender.send(body="between")
            self.assertEqual(receiver.receive().body, "between")
        row = self.management().query("router", "tlsHandshakesDeferred")[0]
        self.assertGreater(row["tlsHandshakesDeferred"], 0)

    def test_no_secret_is_in_the_log(self):
        """MG-42"""
        self.assertNotIn("PRIVATE KEY", self.router.log_text())


class Connectors(Secured):
    def dial(self, listener, **attributes):
        """A router that dials a listener; its agent."""
        profile = dict(dict(caCertFile=self.authority.file), **attributes.pop("profile", {}))
        router = self.start([
            ("sslProfile", dict(name="p-out", **profile)),
            ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(dict(name="out", host="localhost", sslProfile="p-out",
                                    port=self.router.ports[listener]), **attributes))])
        return router

    def own(self, name):
        return dict(certFile=self.authority.path(name + ".pem"),
                    privateKeyFile=self.authority.path(name + ".key"))

    def wait_open(self, router):
        agent = self.management(router)
        wait_for(lambda: [row for row in agent.query("connection") if row["dir"] == "out"],
                 what="the connector's connection")
        return next(row for row in agent.query("connection") if row["dir"] == "out")

    def test_it_trusts_its_authority_and_shows_its_certificate(self):
        """RS-339"""
        router = self.dial("external", profile=self.own("alice"))
        row = self.wait_open(router)
        self.assertEqual((row["sasl"], row["sslProto"], row["user"]), ("EXTERNAL", "TLSv1.3", None))

    def test_it_refuses_another_authority_and_another_name(self):
        """RS-534"""
        with self.subTest("authority"):
            router = self.dial("open", profile=dict(caCertFile=self.stranger.file))
            router.wait_for_text("failed: amqp:connection:framing-error SSL Failure: certificate verify "
                            "failed: the peer's certificate 'CN=localhost'")
        with self.subTest("name"):
            router = self.dial("elsewhere")
            router.wait_for_text("is not for 'localhost', the host that was connected to")

    def test_it_takes_another_name_where_names_are_not_verified(self):
        """RS-534"""
        self.wait_open(self.dial("elsewhere", verifyHostname=False))

    def test_it_trusts_nobody_without_an_authority(self):
        """RS-533"""
        router = self.dial("open", profile=dict(caCertFile=None))
        router.wait_for_text("has no caCertFile, so that no server is trusted")

    def test_trunks_are_made_over_mutual_tls(self):
        """RS-339, IR 1.2"""
        near = self.start([
            ("router", dict(mode="interior", id="NEAR")),
            ("sslProfile", self.authority.profile("server", name="p")),
            ("listener", dict(host="127.0.0.1", port=0, name="clients")),
            ("listener", dict(host="127.0.0.1", port=0, name="trunk", role="inter-router",
                              sslProfile="p", saslMechanisms="EXTERNAL", authenticatePeer=True,
                              requireSsl=True))])
        far = self.start([
            ("router", dict(mode="interior", id="FAR")),
            ("sslProfile", self.authority.profile("alice", name="p")),
            ("listener", dict(host="127.0.0.1", port=0, name="clients")),
            ("connector", dict(host="localhost", port=near.ports["trunk"], name="trunk",
                               role="inter-router", sslProfile="p", saslMechanisms="EXTERNAL"))])
        address = self.unique()
        receiver = self.connect(near).receiver(address, credit=50)
        sender = self.connect(far).sender(address)
        for size in (10, 100_000, 2_000_000):
            sender.send(body=b"x" * size)
            self.assertEqual(len(receiver.receive().body), size)


class Files(WireTest):
    """Certificates that are replaced while the router runs."""

    def serial(self, router):
        context = ssl._create_unverified_context()
        with sockets.create_connection(("127.0.0.1", router.ports["tls"]), timeout=10) as socket:
            with context.wrap_socket(socket) as secured:
                return secured.getpeercert(binary_form=True)

    def test_new_files_serve_new_connections_and_a_wrong_pair_does_not(self):
        """MG-183"""
        authority = Authority()
        self.addCleanup(authority.remove)
        profile = authority.issue("server", "/CN=localhost", "DNS:localhost", days=20)
        router = self.start([
            ("sslProfile", dict(profile, name="p")),
            ("listener", dict(host="127.0.0.1", port=0)),
            ("listener", dict(host="127.0.0.1", port=0, name="tls", sslProfile="p"))])
        router.wait_for_text("sslProfile 'p': the certificate 'CN=localhost' ends in ")
        first = self.serial(router)
        old = self.connect(port=router.ports["tls"], ssl_domain=authority.domain())
        authority.issue("next", "/CN=localhost", "DNS:localhost", days=40)
        os.replace(authority.path("next.pem"), authority.path("server.pem"))
        router.wait_for_text("sslProfile 'p' stays as it was: the key in")
        self.assertEqual(self.serial(router), first)
        os.replace(authority.path("next.key"), authority.path("server.key"))
        router.wait_for_text("sslProfile 'p' has been read again: certificate 'CN=localhost' until ")
        self.assertNotEqual(self.serial(router), first)
        old.sync()
        row = self.management(router).query("sslProfile")[0]
        self.assertEqual((row["generation"], row["certificateSubject"], row["fault"]),
                         (2, "CN=localhost", None))

    def test_a_profile_in_use_may_be_deleted(self):
        """MG-184: what was made with it goes on."""
        authority = Authority()
        self.addCleanup(authority.remove)
        profile = authority.issue("server", "/CN=localhost", "DNS:localhost")
        router = self.start([
            ("sslProfile", dict(profile, name="p")),
            ("listener", dict(host="127.0.0.1", port=0)),
            ("listener", dict(host="127.0.0.1", port=0, name="tls", sslProfile="p"))])
        agent = self.management(router)
        old = self.connect(port=router.ports["tls"], ssl_domain=authority.domain())
        agent.delete("sslProfile", "p")
        self.assertEqual(agent.query("sslProfile"), [])
        old.sync()


if __name__ == "__main__":
    main()
