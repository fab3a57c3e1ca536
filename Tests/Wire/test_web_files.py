"""Files below a web listener's root."""

import gzip
import os
import shutil
import tempfile

from harness import *
from http_client import HTTPClient


class Files(WireTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="martlet-files-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.root = os.path.join(cls.folder, "root")
        os.makedirs(os.path.join(cls.root, "deep", "empty"))
        cls.write("index.html", b"<h1>Home</h1>")
        cls.write("app.js", b"let a = 1\n")
        cls.write("style.css", b"a { color: red }\n" * 100)
        cls.write("style.css.gz", gzip.compress(b"a { color: red }\n" * 100))
        cls.write("deep/index.html", b"<h1>Deep</h1>")
        cls.write("deep/a b.json", b"{}")
        cls.write("unknown.zzz", b"?")
        cls.write("none", b"")
        cls.write("large.bin", bytes(range(256)) * 20_000)
        cls.write(".hidden", b"secret")
        os.mkdir(os.path.join(cls.root, ".git"))
        cls.write(".git/config", b"secret")
        with open(os.path.join(cls.folder, "outside.txt"), "w") as file:
            file.write("secret")
        os.symlink("../outside.txt", os.path.join(cls.root, "out.txt"))
        os.symlink("..", os.path.join(cls.root, "up"))
        os.symlink("app.js", os.path.join(cls.root, "alias.js"))
        os.mkfifo(os.path.join(cls.root, "pipe"))
        os.mkdir(cls.root + "-beside")
        with open(cls.root + "-beside/x.txt", "w") as file:
            file.write("secret")
        os.symlink("../root-beside", os.path.join(cls.root, "beside"))
        cls.CONFIGURATION = [
            ("listener", dict(host="127.0.0.1", port=0)),
            ("listener", dict(host="127.0.0.1", port=0, name="web", httpRootDir=cls.root)),
            ("listener", dict(host="127.0.0.1", port=0, name="bare", http=True)),
        ]
        super().setUpClass()

    @classmethod
    def write(cls, name, data):
        with open(os.path.join(cls.root, name), "wb") as file:
            file.write(data)

    def client(self, listener="web"):
        client = HTTPClient(self.router.web_ports[listener])
        self.addCleanup(client.close)
        return client

    def test_files_have_their_types(self):
        """RS-373, MG-280"""
        client = self.client()
        for path, kind, body in [
                ("/", "text/html", b"<h1>Home</h1>"), ("/index.html", "text/html", b"<h1>Home</h1>"),
                ("/app.js", "text/javascript", b"let a = 1\n"), ("/none", "application/octet-stream", b""),
                ("/deep/", "text/html", b"<h1>Deep</h1>"), ("/deep//a%20b.json?x", "application/json", b"{}"),
                ("/unknown.zzz", "application/octet-stream", b"?"), ("/alias.js", "text/javascript", b"let a = 1\n")]:
            with self.subTest(path):
                answer = client.get(path)
                self.assertEqual((answer.status, answer.fields["content-type"], answer.body),
                                 (200, kind, body))
                self.assertEqual(answer.fields["x-content-type-options"], "nosniff")

    def test_what_is_not_there_is_a_small_page(self):
        """MG-280"""
        client = self.client()
        for path in ("/nothing", "/app.js/", "/deep/empty/", "/app.js/x"):
            answer = client.get(path)
            self.assertEqual((answer.status, answer.fields["content-type"]), (404, "text/html"))
            self.assertIn(b"404", answer.body)
        self.assertEqual(self.client("bare").get("/index.html").status, 404)
        self.assertEqual(self.client("bare").get("/").status, 404)

    def test_nothing_leads_out_of_the_root(self):
        client = self.client()
        for path in ("/../outside.txt", "/%2e%2e/outside.txt", "/deep/../../outside.txt", "/out.txt",
                     "/up/outside.txt", "/beside/x.txt", "/..%2foutside.txt", "/deep/%2e%2e/app.js",
                     "//etc/passwd", "/" + self.folder + "/outside.txt", "/.hidden", "/.git/config",
                     "/pipe"):
            with self.subTest(path):
                answer = client.get(path)
                self.assertEqual(answer.status, 404)
                self.assertNotIn(b"secret", answer.body)

    def test_a_directory_is_named_with_its_slash(self):
        client = self.client()
        answer = client.get("/deep")
        self.assertEqual((answer.status, answer.fields["location"]), (301, "/deep/"))
        os.makedirs(os.path.join(self.root, "a\r\nset-cookie: x"), exist_ok=True)
        answer = client.get("/a%0d%0aset-cookie%3a%20x")
        self.assertEqual((answer.status, answer.fields["location"]),
                         (301, "/a%0D%0Aset-cookie%3A%20x/"))
        self.assertNotIn("set-cookie", answer.fields)

    def test_a_client_that_has_the_file_is_told_so(self):
        """RS-373"""
        client = self.client()
        mark = client.get("/app.js").fields["etag"]
        for known in (mark, "W/" + mark, '"other", ' + mark, "*"):
            answer = client.get("/app.js", If_None_Match=known)
            self.assertEqual((answer.status, answer.fields["etag"]), (304, mark))
        self.assertEqual(client.get("/app.js", If_None_Match='"other"').status, 200)
        self.write("changing.txt", b"one")
        first = client.get("/changing.txt")
        self.write("changing.txt", b"three")
        second = client.get("/changing.txt", If_None_Match=first.fields["etag"])
        self.assertEqual((second.status, second.body), (200, b"three"))

    def test_a_packed_twin_goes_to_those_who_take_it(self):
        client = self.client()
        plain = client.get("/style.css")
        packed = client.get("/style.css", Accept_Encoding="br;q=1.0, gzip")
        self.assertEqual(packed.fields["content-encoding"], "gzip")
        self.assertEqual(packed.fields["content-type"], "text/css")
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        self.assertNotEqual(packed.fields["etag"], plain.fields["etag"])
        for refused in ("gzip;q=0", "br", "xgzip"):
            self.assertNotIn("content-encoding",
                             client.get("/style.css", Accept_Encoding=refused).fields)
        self.assertNotIn("content-encoding", client.get("/app.js", Accept_Encoding="gzip").fields)

    def test_head_and_other_methods(self):
        client = self.client()
        answer = client.get("/app.js", "HEAD")
        self.assertEqual((answer.status, answer.fields["content-length"]), (200, "10"))
        answer = client.get("/app.js", "PUT")
        self.assertEqual((answer.status, answer.fields["allow"]), (405, "GET, HEAD"))
        self.assertEqual(client.get("/app.js").status, 200)

    def test_a_large_file_takes_no_memory_for_those_who_do_not_read(self):
        """A file of 5 MB, asked for ten times."""
        clients = [self.client() for _ in range(10)]
        before = self.router.resident()
        for client in clients:
            client.request("/large.bin")
        self.assertEqual(len(self.client().get("/large.bin").body), 256 * 20_000)
        self.assertLess(self.router.resident() - before, 20 << 20)
        answer = clients[0].answer()
        self.assertEqual(answer.body, bytes(range(256)) * 20_000)

    def test_pages_come_before_files(self):
        self.write("healthz", b"a file")
        self.assertEqual(self.client().get("/healthz").text, "OK\n")


if __name__ == "__main__":
    main()
