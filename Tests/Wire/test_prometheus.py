"""A real Prometheus scrapes a router, and knows what its series are."""

import json
import os
import shutil
import subprocess
import tempfile
import urllib.parse
import urllib.request

from harness import *
from router_process import ROOT

CONFIGURATION = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
scrape_configs:
  - job_name: martlet
    static_configs:
      - targets: ['127.0.0.1:%d']
rule_files: ['%s']
"""


class Prometheus:
    """A server of its own, with the alert rules that the package has."""

    def __init__(self, target):
        self.folder = tempfile.mkdtemp(prefix="martlet-prometheus-")
        rules = os.path.join(ROOT, "Packaging", "prometheus", "martlet-alerts.yml")
        path = os.path.join(self.folder, "prometheus.yml")
        with open(path, "w") as file:
            file.write(CONFIGURATION % (target, rules))
        self.log = open(os.path.join(self.folder, "log"), "w+b")
        self.process = subprocess.Popen(
            ["prometheus", "--config.file", path, "--web.listen-address", "127.0.0.1:0",
             "--storage.tsdb.path", os.path.join(self.folder, "data")],
            stdout=self.log, stderr=self.log)
        self.port = None

    def find_port(self):
        """The kernel chose it, and Prometheus does not say it."""
        assert self.process.poll() is None, self.said()
        names = "/proc/%d/fd/" % self.process.pid
        own = set()
        for name in os.listdir(names):
            try:
                own.add(os.readlink(names + name))
            except FileNotFoundError:
                pass
        with open("/proc/net/tcp") as file:
            for line in list(file)[1:]:
                words = line.split()
                if words[3] == "0A" and "socket:[%s]" % words[9] in own:
                    self.port = int(words[1].split(":")[1], 16)
        return self.port

    def said(self):
        self.log.seek(0)
        return self.log.read().decode()

    def ask(self, path, **parameters):
        """The data of an answer; nothing as long as it has no time for us."""
        url = "http://127.0.0.1:%d/api/v1/%s?%s" % (
            self.port, path, urllib.parse.urlencode(parameters))
        try:
            with urllib.request.urlopen(url, timeout=20) as page:
                return json.load(page)["data"]
        except OSError:
            return None

    def values(self, query):
        found = self.ask("query", query=query)
        return [float(row["value"][1]) for row in found["result"]] if found else []

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)


class Scraped(WireTest):
    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(host="127.0.0.1", port=0, name="web", http=True)),
    ]

    def test_prometheus_scrapes_it(self):
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address, credit=10)
        receiver.refills = True
        sender = client.sender(address)
        server = Prometheus(self.router.web_ports["web"])
        self.addCleanup(server.stop)
        wait_for(server.find_port, what="Prometheus")

        def deliver():
            sender.send(body="x")
            receiver.receive().accept()

        def scraped(query, wanted):
            def is_there():
                deliver()
                return any(wanted(value) for value in server.values(query))
            wait_for(is_there, what=lambda: (query, server.values(query)))

        scraped('up{job="martlet"}', lambda value: value == 1)
        scraped("martlet_ready", lambda value: value == 1)
        scraped('qdr_accepted_deliveries_total', lambda value: value >= 1)
        scraped('rate(martlet_deliveries_total{direction="in"}[20s])', lambda value: value > 0)
        scraped('histogram_quantile(0.5, rate(martlet_settle_seconds_bucket{from="client"}[20s]))',
                lambda value: 0 < value < 30)
        scraped('martlet_address_deliveries_total{address="%s",direction="in"}' % address,
                lambda value: value >= 1)
        targets = server.ask("targets")["activeTargets"]
        self.assertEqual([(each["health"], each["lastError"]) for each in targets], [("up", "")])

        def evaluated():
            groups = (server.ask("rules") or {"groups": []})["groups"]
            rules = [rule for group in groups for rule in group["rules"]]
            return rules if rules and all(rule["health"] != "unknown" for rule in rules) else None

        for rule in wait_for(evaluated, what="the alerts' evaluation"):
            self.assertEqual((rule["name"], rule["health"]), (rule["name"], "ok"))


if __name__ == "__main__":
    main()
