"""A real browser with pages that speak AMQP over WebSockets: the router's own, and others'."""

import base64
import http.server
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Wire"))

from frames import AMQP_HEADER, composite, frame
from harness import *
from security import Authority

#: Seconds in which a browser has started and its page has reported.
PATIENT = 120 * PATIENCE
PROTOCOLS = ["amqp", "AMQPWSB10", "binary"]


class Reports(http.server.ThreadingHTTPServer):
    """Serves a page from an origin of its own, and takes what pages report."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.page, self.heard = b"", queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def origin(self):
        return "http://127.0.0.1:%d" % self.server_address[1]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(self.server.page)

    def do_POST(self):
        self.server.heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(b"")

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def steps():
    """A message to oneself: open, links and credit; the message when there is credit for it; the end
    when it has come."""
    links = AMQP_HEADER + frame("open", container_id="browser", hostname="localhost")
    links += frame("begin", next_outgoing_id=0, incoming_window=100, outgoing_window=100)
    links += frame(
        "attach", name="in", handle=0, role=True, source=composite("source", address="browser"),
        target=composite("target"))
    links += frame(
        "flow", next_incoming_id=0, incoming_window=100, next_outgoing_id=0, outgoing_window=100,
        handle=0, delivery_count=0, link_credit=1)
    links += frame(
        "attach", name="out", handle=1, role=False, source=composite("source"),
        target=composite("target", address="browser"), initial_delivery_count=0)
    message = frame(
        "transfer", handle=1, delivery_id=0, delivery_tag=b"t", message_format=0, settled=True,
        payload=b"\x00\x53\x75\xa0\x0efrom a browser")
    wanted = [(links, 0x13), (message, 0x14), (frame("close"), 0x18)]
    return [dict(bytes=base64.b64encode(data).decode(), until=code) for data, code in wanted]


class Browsers(WireTest):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        cls.authority.issue("server", "/CN=localhost", "DNS:localhost,IP:127.0.0.1")
        cls.root = tempfile.mkdtemp(prefix="martlet-page-")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.reports = Reports()
        cls.addClassCleanup(cls.reports.shutdown)
        cls.CONFIGURATION = [
            ("listener", dict(host="127.0.0.1", port=0)),
            ("sslProfile", cls.authority.profile("server", name="p")),
            ("listener", dict(host="127.0.0.1", port=0, name="web", http=True,
                              httpRootDir=cls.root)),
            ("listener", dict(host="127.0.0.1", port=0, name="secure", http=True, sslProfile="p",
                              requireSsl=True, httpRootDir=cls.root)),
            ("listener", dict(host="127.0.0.1", port=0, name="friendly", http=True,
                              httpOrigins=cls.reports.origin)),
        ]
        super().setUpClass()

    def place(self, scheme, listener):
        return "%s://127.0.0.1:%d/" % (scheme, self.router.web_ports[listener])

    def page(self, ways):
        with open(os.path.join(HERE, "page.html")) as file:
            plan = dict(report=self.reports.origin, ways=ways, steps=steps())
            return file.read().replace("= PLAN;", "= %s;" % json.dumps(plan))

    def browse(self, url):
        """What the page at `url` reports."""
        folder = tempfile.mkdtemp(prefix="martlet-browser-")
        with open(os.path.join(folder, "log"), "w+b") as log:
            browser = subprocess.Popen(
                ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--no-first-run", "--disable-background-networking", "--ignore-certificate-errors",
                 "--user-data-dir=" + folder, "--remote-debugging-port=0", url],
                stdout=log, stderr=log)
            try:
                return self.reports.heard.get(timeout=PATIENT)
            except queue.Empty:
                log.seek(0)
                raise AssertionError("no report; the browser says:\n%s" % log.read().decode())
            finally:
                browser.kill()
                browser.wait()
                shutil.rmtree(folder, ignore_errors=True)

    def browse_own(self, scheme, listener):
        """The router's own page, which connects to where it came from, in each sub-protocol."""
        way = self.place(scheme.replace("http", "ws"), listener)
        with open(os.path.join(self.root, "index.html"), "w") as file:
            file.write(self.page([dict(url=way, protocol=name) for name in PROTOCOLS]))
        return self.browse(self.place(scheme, listener))

    def assert_spoken(self, result):
        self.assertEqual((result["opened"], result["close"]), (result["protocol"], 1000), result)
        self.assertTrue(result["text"].startswith("AMQP\0\1\0\0"), result)
        self.assertIn("from a browser", result["text"])
        self.assertEqual(result["codes"][0], 0x10)
        self.assertEqual(result["codes"][-1], 0x18)

    def test_the_routers_own_page(self):
        """RS-373, RS-374; MG-287: the router gives its page no other help."""
        results = self.browse_own("http", "web")
        self.assertEqual([result["protocol"] for result in results], PROTOCOLS)
        for result in results:
            self.assert_spoken(result)

    def test_the_routers_own_page_under_tls(self):
        """RS-376"""
        for result in self.browse_own("https", "secure"):
            self.assert_spoken(result)

    def test_a_page_from_elsewhere_gets_in_only_where_it_may(self):
        """Any page may ask for a WebSocket to any host: it is the router that looks at its origin."""
        ways = [dict(url=self.place("ws", listener), protocol="amqp")
                for listener in ("web", "friendly")]
        self.reports.page = self.page(ways).encode()
        foreign, friend = self.browse(self.reports.origin + "/")
        self.assertEqual((foreign["opened"], foreign["close"], foreign["codes"]), (None, 1006, []))
        self.assert_spoken(friend)
        self.router.wait_for_text("add it to httpOrigins if they should")


if __name__ == "__main__":
    main()
