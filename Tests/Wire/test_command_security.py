"""TLS of the `martlet` program."""

import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

from command_line import *
from security import Passwords


class Secured(CommandTest):
    """A router behind TLS, which a relay of the test's own adds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.mkdtemp(prefix="martlet-tls-")
        for name in ("localhost", "other"):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                 "-nodes", "-days", "2", "-subj", "/CN=" + name,
                 "-addext", "subjectAltName=DNS:" + name, "-keyout", cls.file(name + ".key"),
                 "-out", cls.file(name + ".pem")], check=True, capture_output=True)
        subprocess.run(
            ["openssl", "ec", "-in", cls.file("other.key"), "-aes128", "-passout", "pass:secret",
             "-out", cls.file("locked.key")], check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)
        super().tearDownClass()

    @classmethod
    def file(cls, name):
        return os.path.join(cls.folder, name)

    def relay(self, wants_certificate=False):
        """A port with TLS in front of the router's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file("localhost.pem"), self.file("localhost.key"))
        if wants_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file("other.pem"))
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        threading.Thread(target=self.accept, args=(server, context), daemon=True).start()
        return server.getsockname()[1]

    def accept(self, server, context):
        try:
            near, _ = server.accept()
            with context.wrap_socket(near, server_side=True) as peer, \
                    socket.create_connection(("127.0.0.1", self.router.port)) as router:
                back = threading.Thread(target=self.pump, args=(router, peer), daemon=True)
                back.start()
                self.pump(peer, router)
                back.join()
        except OSError:
            pass

    @staticmethod
    def pump(source, target):
        try:
            while part := source.recv(65536):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def ask(self, *words, host="localhost", scheme="", code=0, **relay):
        port = self.relay(**relay)
        result = self.call("query", "--type", "router", "id", "--indent", "-1", *words,
                           to="%s%s:%d" % (scheme, host, port))
        self.assert_done(result, code)
        return result.output if code == 0 else result.errors

    def trusting(self, name="localhost"):
        return ["--ssl-trustfile", self.file(name + ".pem")]

    def test_certificate_that_is_trusted_and_for_the_host_is_taken(self):
        """MG-241"""
        for scheme in ("", "amqp://", "amqps://"):
            self.assertEqual(self.ask(*self.trusting(), scheme=scheme), '[{"id": "TEST"}]\n')

    def test_certificate_that_is_not_trusted_is_refused(self):
        """MG-241"""
        for words in (self.trusting("other"), []):
            errors = self.ask(*words, scheme="amqps://", code=1)
            self.assertIn("--ssl-trustfile", errors)

    def test_certificate_for_another_host_is_taken_only_if_told_so(self):
        """MG-241"""
        self.assertIn("--ssl-disable-peer-name-verify",
                      self.ask(*self.trusting(), host="127.0.0.1", code=1))
        text = self.ask(*self.trusting(), "--ssl-disable-peer-name-verify", host="127.0.0.1")
        self.assertEqual(text, '[{"id": "TEST"}]\n')

    def test_own_certificate_is_shown_where_one_is_wanted(self):
        """MG-241"""
        own = ["--ssl-certificate", self.file("other.pem"), "--ssl-key"]
        with open(self.file("password"), "w") as file:
            file.write("secret\n")
        for words in (["other.key"], ["locked.key", "--ssl-password", "secret"],
                      ["locked.key", "--ssl-password-file", self.file("password")]):
            text = self.ask(*self.trusting(), *own, self.file(words[0]), *words[1:],
                            wants_certificate=True)
            self.assertEqual(text, '[{"id": "TEST"}]\n')
        errors = self.ask(*self.trusting(), *own, self.file("locked.key"), "--ssl-password", "zork",
                          code=1)
        self.assertIn("the password does not open the key in --ssl-key", errors)

    def test_wanted_certificate_that_is_not_given_is_explained(self):
        """MG-241, MG-245"""
        errors = self.ask(*self.trusting(), wants_certificate=True, code=1)
        self.assertIn("--ssl-certificate", errors)


class LoggedIn(CommandTest):
    """A router that lets people in by their passwords."""

    @classmethod
    def setUpClass(cls):
        cls.passwords = Passwords()
        cls.addClassCleanup(cls.passwords.remove)
        cls.passwords.add("joe", "joe's secret")
        cls.CONFIGURATION = [
            ("router", dict(id="TEST", mode="standalone", saslConfigDir=cls.passwords.folder)),
            ("listener", dict(host="127.0.0.1", port=0, authenticatePeer=True))]
        super().setUpClass()

    def test_every_mechanism_is_spoken(self):
        """MG-241"""
        for mechanism in [None] + Passwords.MECHANISMS.split():
            words = ["--sasl-mechanisms", mechanism] if mechanism else []
            result = self.call("query", "--type", "router", "id", "--indent", "-1", "--sasl-username",
                               "joe", "--sasl-password", "joe's secret", *words)
            self.assertEqual((result.code, result.output), (0, '[{"id": "TEST"}]\n'), mechanism)

    def test_wrong_password_is_told(self):
        """MG-241"""
        for mechanism in Passwords.MECHANISMS.split():
            result = self.call("status", "--sasl-username", "joe", "--sasl-password", "zork",
                               "--sasl-mechanisms", mechanism)
            self.assert_done(result, 1)
            self.assertIn("does not let us in", result.errors, mechanism)


if __name__ == "__main__":
    main()
