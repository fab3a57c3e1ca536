"""Certificates and passwords for tests, made with `openssl` and `saslpasswd2`."""

import base64
import hashlib
import hmac
import os
import shutil
import subprocess
import tempfile
import time

from proton import SSLDomain


class Authority:
    """A certificate authority in a directory of its own; `authority.remove()` takes it away."""

    def __init__(self, name="Test CA"):
        self.folder = tempfile.mkdtemp(prefix="martlet-ca-")
        self.file = self.path("ca.pem")
        self._openssl("req", "-x509", *self._new("ca"), "-out", self.file, "-days", "30",
                      "-subj", "/CN=" + name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def _new(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.path(name + ".key"))

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def issue(self, name, subject, names=None, days=20, ends=None):
        """Makes name.pem and name.key; gives the attributes of a profile that uses them. `ends` is
        the last second that the certificate is for, since 1970."""
        extension = ("-addext", "subjectAltName=" + names) if names else ()
        self._openssl("req", "-new", *self._new(name), "-out", self.path(name + ".csr"),
                      "-subj", subject, *extension)
        if ends is not None:
            return self._issue_until(name, ends)
        self._openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.file,
                      "-CAkey", self.path("ca.key"), "-CAcreateserial", "-days", str(days),
                      "-copy_extensions", "copy", "-out", self.path(name + ".pem"))
        return self.profile(name)

    def _issue_until(self, name, ends):
        """`openssl x509` knows only days."""
        for file in ("index", "index.attr"):
            open(self.path(file), "w").close()
        with open(self.path("ca.conf"), "w") as file:
            file.write("[ca]\ndefault_ca = here\n[here]\ndatabase = %s\nnew_certs_dir = %s\n"
                       "rand_serial = yes\ndefault_md = sha256\npolicy = any\n"
                       "copy_extensions = copy\n[any]\ncommonName = optional\n"
                       % (self.path("index"), self.folder))
        self._openssl("ca", "-batch", "-notext", "-config", self.path("ca.conf"),
                      "-in", self.path(name + ".csr"), "-cert", self.file,
                      "-keyfile", self.path("ca.key"), "-out", self.path(name + ".pem"),
                      "-enddate", time.strftime("%Y%m%d%H%M%SZ", time.gmtime(ends)))
        return self.profile(name)

    def profile(self, certificate, /, **others):
        """Attributes of an sslProfile with that certificate, which trusts this authority."""
        return dict(dict(certFile=self.path(certificate + ".pem"),
                         privateKeyFile=self.path(certificate + ".key"), caCertFile=self.file), **others)

    def domain(self, certificate=None, trusts=None, protocols=None):
        """What Proton's clients make TLS with."""
        domain = SSLDomain(SSLDomain.MODE_CLIENT)
        domain.set_trusted_ca_db(trusts or self.file)
        domain.set_peer_authentication(SSLDomain.VERIFY_PEER)
        if certificate:
            domain.set_credentials(
                self.path(certificate + ".pem"), self.path(certificate + ".key"), None)
        return domain


class Passwords:
    """The SASL library's configuration in a directory; `passwords.remove()` takes it away."""

    MECHANISMS = "PLAIN SCRAM-SHA-1 SCRAM-SHA-256 DIGEST-MD5 CRAM-MD5"

    def __init__(self, name="qdrouterd"):
        self.folder = tempfile.mkdtemp(prefix="martlet-sasl-")
        self.database = os.path.join(self.folder, "users.sasldb")
        with open(os.path.join(self.folder, name + ".conf"), "w") as file:
            file.write("pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s\n"
                       "mech_list: %s\n" % (self.database, self.MECHANISMS))

    def add(self, user, password, realm=None):
        subprocess.run(
            ["saslpasswd2", "-c", "-p", "-f", self.database, *(("-u", realm) if realm else ()), user],
            input=password.encode(), check=True)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Scram:
    """A client of SCRAM (RFC 5802) that shares no code with the router."""

    def __init__(self, user, password, digest="sha256"):
        self.user, self.password, self.digest = user, password.encode(), digest
        self.bare = "n=%s,r=clientnonce" % user

    def first(self):
        return ("n,," + self.bare).encode()

    def answer(self, challenge):
        parts = dict(part.split("=", 1) for part in challenge.decode().split(","))
        salted = hashlib.pbkdf2_hmac(
            self.digest, self.password, base64.b64decode(parts["s"]), int(parts["i"]))
        final = "c=biws,r=" + parts["r"]
        self.signed = ",".join((self.bare, challenge.decode(), final)).encode()
        key = self._hmac(salted, b"Client Key")
        signature = self._hmac(hashlib.new(self.digest, key).digest(), self.signed)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self.server = self._hmac(self._hmac(salted, b"Server Key"), self.signed)
        return ("%s,p=%s" % (final, base64.b64encode(proof).decode())).encode()

    def is_proved(self, final):
        """The server knows the password too."""
        return final == b"v=" + base64.b64encode(self.server)

    def _hmac(self, key, text):
        return hmac.new(key, text, self.digest).digest()
