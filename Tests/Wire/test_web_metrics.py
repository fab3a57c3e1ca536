"""What the router tells Prometheus."""

import os
import re
import subprocess

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from harness import *
from http_client import HTTPClient
from network import Network
from router_process import ROOT

FORMER = [
    ("connections", "gauge"), ("links", "gauge"), ("addresses", "gauge"), ("routers", "gauge"),
    ("link_routes", "gauge"), ("auto_links", "gauge"), ("presettled_deliveries", "counter"),
    ("dropped_presettled_deliveries", "counter"), ("accepted_deliveries", "counter"),
    ("released_deliveries", "counter"), ("rejected_deliveries", "counter"),
    ("modified_deliveries", "counter"), ("deliveries_ingress", "counter"),
    ("deliveries_egress", "counter"), ("deliveries_transit", "counter"),
    ("deliveries_ingress_route_container", "counter"),
    ("deliveries_egress_route_container", "counter"), ("deliveries_delayed_1sec", "counter"),
    ("deliveries_delayed_10sec", "counter"), ("deliveries_stuck", "gauge"),
    ("links_blocked", "gauge"), ("deliveries_redirected_to_fallback", "counter")]

LINE = re.compile(r'([a-z_0-9]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+)\})? (\S+)$')
OPEN = "application/openmetrics-text; version=1.0.0"


def samples(text):
    """Every sample by name and labels; an error for a line that is none."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# "):
            continue
        match = LINE.match(line)
        assert match, line
        key = match.group(1) + ("{%s}" % match.group(2) if match.group(2) else "")
        assert key not in found, "twice: " + key
        found[key] = float(match.group(3))
    return found


class Metrics(WireTest):
    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(host="127.0.0.1", port=0, name="web", http=True)),
        ("listener", dict(host="127.0.0.1", port=0, name="new", http=True, metricsOldNames=False)),
    ]

    def get(self, path="/metrics", router=None, listener="web", **fields):
        router = router or self.router
        client = HTTPClient(router.web_ports[listener])
        self.addCleanup(client.close)
        answer = client.get(path, **fields)
        self.assertEqual(answer.status, 200)
        return answer

    def samples(self, path="/metrics", **how):
        return samples(self.get(path, **how).text)

    def test_the_old_names_come_first_and_as_they_were(self):
        """RS-372, MG-281, MG-282"""
        lines = self.get().text.splitlines()
        for place, (name, kind) in enumerate(FORMER):
            self.assertEqual(lines[2 * place], "# TYPE qdr_%s_total %s" % (name, kind))
            self.assertRegex(lines[2 * place + 1], r"^qdr_%s_total \d+$" % name)
        self.assertTrue(self.get().fields["content-type"].startswith("text/plain"))
        self.assertEqual(self.get("/metrics/x?y").text.splitlines()[0], lines[0])

    def test_the_gauges_of_the_old_routers_pools_are_left_out(self):
        """MG-283"""
        text = self.get().text
        self.assertNotIn("qdr_allocator", text)
        self.assertEqual(text.count("# TYPE qdr_"), len(FORMER))

    def test_the_old_names_are_left_out_where_the_listener_says_so(self):
        text = self.get(listener="new").text
        self.assertNotIn("qdr_", text)
        self.assertTrue(text.startswith("# HELP martlet_"), text[:60])

    def test_the_old_names_have_the_routers_totals(self):
        """MG-282"""
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address, credit=10)
        sender = client.sender(address)
        for _ in range(5):
            sender.send(body="x")
            receiver.receive().accept()
        management = self.management()
        before = management.query("router")[0]
        now = self.samples()
        after = management.query("router")[0]
        for name, attribute in [
                ("accepted_deliveries", "acceptedDeliveries"), ("links", "linkCount"),
                ("deliveries_ingress", "deliveriesIngress"), ("addresses", "addrCount"),
                ("deliveries_egress", "deliveriesEgress"), ("connections", "connectionCount")]:
            value = now["qdr_%s_total" % name]
            self.assertTrue(before[attribute] <= value <= after[attribute], name)
        self.assertGreaterEqual(now["qdr_accepted_deliveries_total"], 5)
        self.assertEqual(
            now["qdr_accepted_deliveries_total"],
            now['martlet_deliveries_settled_total{outcome="accepted"}'])

    def test_an_address_with_many_deliveries_has_its_own_series(self):
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address, credit=10)
        sender = client.sender(address)
        key = 'martlet_address_deliveries_total{address="%s",direction="in"}' % address

        def deliver():
            sender.send(body="x")
            receiver.receive().accept()
            return self.samples()

        wait_for(lambda: key in deliver(), what="a series of its own")
        before = self.samples()[key]
        deliver()
        wait_for(lambda: self.samples()[key] == before + 1, what="one more")

    def test_counters_do_not_fall_when_what_they_counted_goes(self):
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address, credit=10)
        sender = client.sender(address)
        for _ in range(3):
            sender.send(body="x")
            receiver.receive().accept()
        before = self.samples()
        client.close()
        key = 'martlet_connections_closed_total{role="normal",reason="closed"}'
        after = wait_for(
            lambda: [now for now in [self.samples()] if now[key] > before[key]],
            what="the connection's end")[0]
        for name, value in before.items():
            if "_total{" in name or name.startswith("martlet") and name.endswith("_total"):
                self.assertGreaterEqual(after.get(name, 0), value, name)

    def test_families_are_chosen_and_left_out(self):
        chosen = self.samples("/metrics?family=martlet_links&family=process_")
        self.assertTrue(chosen)
        for name in chosen:
            self.assertTrue(name.startswith(("martlet_links", "process_")), name)
        left = self.samples("/metrics?exclude=qdr_")
        self.assertFalse([name for name in left if name.startswith("qdr_")])
        self.assertIn("martlet_ready", left)

    def test_open_metrics_for_those_who_ask(self):
        answer = self.get(Accept=OPEN)
        self.assertEqual(answer.fields["content-type"], OPEN + "; charset=utf-8")
        self.assertTrue(answer.text.endswith("# EOF\n"))
        self.assertIn("# TYPE qdr_accepted_deliveries counter\n", answer.text)
        self.assertEqual(set(samples(answer.text)), set(self.samples()))
        kinds = dict(line.split(" ")[2:] for line in answer.text.splitlines()
                     if line.startswith("# TYPE "))
        self.assertEqual(kinds["martlet_build"], "info")

    def test_every_name_of_our_own_has_a_help_line_and_one_block(self):
        text = self.get("/metrics?exclude=qdr_").text
        types = [line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE ")]
        helps = [line.split(" ")[2] for line in text.splitlines() if line.startswith("# HELP ")]
        self.assertEqual(types, helps)
        self.assertEqual(len(types), len(set(types)))

    def test_names_of_strangers_are_escaped_and_few(self):
        router = self.start(self.CONFIGURATION)
        client = self.connect(router)
        nasty = 'q"\\\n{}='
        for name in [nasty] + ["many/%d" % number for number in range(80)]:
            receiver = client.receiver(name, credit=1)
            sender = client.sender(name)
            sender.send(body="x")
            receiver.receive().accept()
        found = [name for name in self.samples(router=router)
                 if name.startswith("martlet_address_deliveries_total")]
        self.assertEqual(len(found), 3 * 51)
        self.assertTrue(any('address=""' in name for name in found))

    def test_health_is_there_too(self):
        now = self.samples()
        self.assertEqual(now["martlet_ready"], 1)
        self.assertEqual(now['martlet_check{check="listeners"}'], 1)
        self.assertGreaterEqual(now["martlet_http_requests_total"], 1)
        self.assertGreater(now["process_resident_memory_bytes"], 1 << 20)
        self.assertGreater(now["process_open_fds"], 5)

    def test_a_strict_reader_of_open_metrics_takes_it(self):
        client = self.connect()
        address = self.unique('odd"\\\n')
        receiver = client.receiver(address, credit=10)
        client.sender(address).send(body="x")
        receiver.receive().accept()
        families = {family.name: family for family in text_string_to_metric_families(
            self.get(Accept=OPEN).text)}
        self.assertEqual(families["martlet_settle_seconds"].type, "histogram")
        self.assertEqual(families["martlet_received_bytes"].type, "counter")
        self.assertEqual(families["qdr_links_total"].type, "gauge")
        self.assertEqual(families["martlet_router"].type, "info")

    def test_times_of_messages_are_told_in_ranges(self):
        """From coming to going, and to settlement."""
        router = self.start(self.CONFIGURATION)
        client = self.connect(router)
        address = self.unique()
        receiver = client.receiver(address, credit=10)
        sender = client.sender(address)

        def count(family, bound, now):
            return now['martlet_%s_seconds_bucket{%s="client",le="%s"}' % (
                family, "to" if family == "transfer" else "from", bound)]

        before = self.samples(router=router)
        sender.send(body="x")
        delivery = receiver.receive()
        pump_for(0.15)
        delivery.accept()

        def settled():
            now = self.samples(router=router)
            return now if count("settle", "+Inf", now) > count("settle", "+Inf", before) else None

        now = wait_for(settled, what="one more settled message")
        self.assertEqual(count("settle", "0.1", now), count("settle", "0.1", before))
        self.assertGreater(count("transfer", "+Inf", now), count("transfer", "+Inf", before))
        key = 'martlet_settle_seconds_%s{from="client"}'
        self.assertGreaterEqual(now[key % "sum"] - before[key % "sum"], 0.1)
        self.assertEqual(now[key % "count"], count("settle", "+Inf", now))
        bounds = [value for name, value in now.items()
                  if name.startswith('martlet_settle_seconds_bucket{from="client"')]
        self.assertEqual(bounds, sorted(bounds))

    def test_bytes_and_workers_and_links_are_counted(self):
        router = self.start(self.CONFIGURATION)
        before = self.samples(router=router)
        client = self.connect(router)
        address = self.unique()
        receiver = client.receiver(address, credit=10)
        client.sender(address).send(body="x" * 5000)
        receiver.receive().accept()

        def counted():
            now = self.samples(router=router)
            return now if now['martlet_links{direction="out"}'] > before[
                'martlet_links{direction="out"}'] else None

        now = wait_for(counted, what="one more link")
        for key, least in [('martlet_received_bytes_total{role="normal"}', 5000),
                           ('martlet_sent_bytes_total{role="normal"}', 5000),
                           ('martlet_worker_deliveries_total{worker="0"}', 1),
                           ('martlet_worker_wakeups_total{worker="0"}', 1)]:
            self.assertGreaterEqual(now[key] - before[key], least, key)
        client.close()
        key = 'martlet_links{direction="out"}'
        wait_for(lambda: self.samples(router=router)[key] == before[key], what="as few links as before")

    def test_neighbours_and_connectors_have_series_of_their_own(self):
        """What they have carried stays when they are lost."""
        network = Network("AB", [("B", "A")], sections=section(
            "listener", name="web", host="127.0.0.1", port=0, http=True))
        self.addCleanup(network.stop)
        network.wait_joined()
        far, near = network["B"], network["A"]
        connector = 'connector="toA.0"'
        before = self.samples(router=far)
        self.assertEqual(before["martlet_connector_up{%s}" % connector], 1)
        self.assertEqual(before['martlet_neighbour_connections{neighbour="A"}'], 1)
        self.assertGreater(before["martlet_connector_sent_bytes_total{%s}" % connector], 0)
        self.assertGreater(
            self.samples(router=near)['martlet_neighbour_received_bytes_total{neighbour="B"}'], 0)
        network.end("A")
        key = 'martlet_neighbour_connections{neighbour="A"}'
        after = wait_for(
            lambda: [now for now in [self.samples(router=far)] if now[key] == 0],
            what="the neighbour's end")[0]
        for name in ('martlet_neighbour_sent_bytes_total{neighbour="A"}',
                     "martlet_connector_sent_bytes_total{%s}" % connector):
            self.assertGreaterEqual(after[name], before[name])

    def test_prometheus_finds_nothing_in_our_own_names_nor_in_the_alerts(self):
        text = self.get("/metrics?exclude=qdr_").body
        found = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
        self.assertEqual((found.returncode, found.stdout + found.stderr), (0, b""))
        found = subprocess.run(
            ["promtool", "test", "rules", "martlet-alerts-test.yml"], capture_output=True,
            cwd=os.path.join(ROOT, "Packaging", "prometheus"))
        self.assertEqual(found.returncode, 0, found.stdout + found.stderr)

    def test_the_alerts_name_what_there_is(self):
        text = self.get(Accept=OPEN).text
        with open(os.path.join(ROOT, "Packaging", "prometheus", "martlet-alerts.yml")) as file:
            alerts = file.read()
        for name in set(re.findall(r"\b(?:martlet|process)_[a-z_]+", alerts)):
            if not name.startswith(("martlet_certificate", "martlet_connector", "martlet_neighbour")):
                self.assertRegex(text, r"(?m)^%s[ {]" % name)


if __name__ == "__main__":
    main()
