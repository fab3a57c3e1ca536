"""Web listeners behind reverse proxies, set up as docs/monitoring.md has it."""

import os
import re
import shutil
import socket
import subprocess
import tempfile

from harness import *
from http_client import HTTPClient
from router_process import ROOT
from web_socket import WebSocketClient

NGINX = """
daemon off;
worker_processes 1;
%(user)s
pid %(folder)s/pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path %(folder)s/body;
    proxy_temp_path %(folder)s/proxy;
    fastcgi_temp_path %(folder)s/fastcgi;
    uwsgi_temp_path %(folder)s/uwsgi;
    scgi_temp_path %(folder)s/scgi;
    server {
        listen 127.0.0.1:%(port)d;
        %(location)s
    }
}
"""

HAPROXY = """
defaults
    mode http
    timeout connect 20s
    timeout client 60s
    timeout server 60s
frontend here
    bind fd@%(descriptor)d
    default_backend router
backend router
    server router 127.0.0.1:%(router)d
"""


class ReverseProxy:
    """A proxy before `router`, a port, on a socket that listens already: the kernel chose its port."""

    def __init__(self, router):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.folder = tempfile.mkdtemp(prefix="martlet-proxy-")
        self.router = router
        file = os.path.join(self.folder, "configuration")
        with open(file, "w") as stream:
            stream.write(self.configuration())
        descriptor = self.socket.fileno()
        self.process = subprocess.Popen(
            self.command(file), pass_fds=[descriptor], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=dict(os.environ, NGINX="%d;" % descriptor))

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.socket.close()
        shutil.rmtree(self.folder)


class Nginx(ReverseProxy):
    def configuration(self):
        with open(os.path.join(ROOT, "docs", "monitoring.md")) as page:
            location = re.search(r"```nginx\n(.*?)```", page.read(), re.S).group(1)
        return NGINX % dict(
            folder=self.folder, port=self.port,
            user="user root;" if os.geteuid() == 0 else "",
            location=location.replace("127.0.0.1:8672", "127.0.0.1:%d" % self.router))

    def command(self, file):
        return [shutil.which("nginx") or "/usr/sbin/nginx", "-c", file]


class HAProxy(ReverseProxy):
    def configuration(self):
        return HAPROXY % dict(descriptor=self.socket.fileno(), router=self.router)

    def command(self, file):
        return [shutil.which("haproxy") or "/usr/sbin/haproxy", "-f", file]


class BehindAProxy(WireTest):
    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(host="127.0.0.1", port=0, name="web", http=True)),
    ]

    def check(self, kind):
        proxy = kind(self.router.web_ports["web"])
        self.addCleanup(proxy.stop)
        page = HTTPClient(proxy.port)
        self.addCleanup(page.close)
        self.assertEqual(page.get("/healthz").text, "OK\n")
        self.assertIn("martlet_ready 1\n", page.get("/metrics").text)
        for protocol in ("amqp", "AMQPWSB10", "binary"):
            self.exchange(proxy.port, protocol)
        own = "http://localhost:%d" % proxy.port
        for origin, status in [(own, 101), ("http://elsewhere.example", 403)]:
            peer = WebSocketClient(proxy.port, Origin=origin)
            self.addCleanup(peer.close)
            self.assertEqual(peer.answer.status, status)

    def exchange(self, port, protocol):
        """Messages through the proxy and from behind it, one of them large."""
        outside = self.connect(over=WebSocketClient(port, protocols=[protocol]))
        inside = self.connect()
        for one, other in [(outside, inside), (inside, outside)]:
            address = self.unique()
            receiver = other.receiver(address, credit=10)
            sender = one.sender(address)
            for size in (10, 300_000):
                sent = sender.send(body="x" * size)
                got = receiver.receive()
                self.assertEqual(len(got.body), size)
                got.accept()
                self.assertEqual(sent.outcome().state, "accepted")
        outside.close()

    def test_nginx(self):
        """As docs/monitoring.md has it."""
        self.check(Nginx)

    def test_haproxy(self):
        """`mode http` is all that it needs."""
        self.check(HAProxy)


if __name__ == "__main__":
    main()
