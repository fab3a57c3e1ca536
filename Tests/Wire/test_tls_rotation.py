"""Certificates that take the place of others, while messages flow over the trunks with them."""

import time

from management_client import Management
from network import *
from security import Authority


class Rotating(WireTest):
    """A line of routers whose trunks speak mutual TLS: each dials the one before it."""

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        for name in "ABC":
            cls.authority.issue(name, "/CN=" + name, "DNS:localhost,IP:127.0.0.1")

    @classmethod
    def tearDownClass(cls):
        pass

    def line(self, names, workers=1):
        self.routers, before = {}, None
        for name in names:
            sections = [
                ("router", dict(mode="interior", id=name, workerThreads=workers)),
                ("sslProfile", self.authority.profile(name, name="p")),
                ("listener", dict(host="127.0.0.1", port=0, name="clients")),
                ("listener", dict(
                    host="127.0.0.1", port=0, name="trunks", role="inter-router", sslProfile="p",
                    saslMechanisms="EXTERNAL", authenticatePeer=True))]
            if before:
                sections.append(("connector", dict(
                    host="localhost", port=before.ports["trunks"], name="trunk", sslProfile="p",
                    role="inter-router", saslMechanisms="EXTERNAL")))
            before = self.routers[name] = self.start(sections, id=name)
        self.agents = {name: self.management(router) for name, router in self.routers.items()}
        for agent in self.agents.values():
            agent.client.wait_for(
                lambda: len(agent.query("router.node")) == len(names), what="the whole mesh")

    def flow(self, source, target, presettled=False):
        return Flow(self, self.routers[source], self.routers[target], presettled)

    def topology(self):
        """What of the routing protocol changes with the topology."""
        return {
            (name, row["id"]): (row["cost"], row["nextHop"], row["linkState"],
                                row["lastTopoChange"])
            for name, agent in self.agents.items() for row in agent.query("router.node")}

    def trunks(self, name):
        return [row for row in self.agents[name].query("connection")
                if row["role"] == "inter-router"]

    def assert_no_topology_line(self, since):
        for name, router in self.routers.items():
            text = router.log_text()[since[name]:]
            for words in ("is lost", "Neighbor Router Lost", "Computed next hops", "Computed costs",
                          "Computed radius", "is up on connection"):
                self.assertNotIn(words, text, name)

    def marks(self):
        return {name: len(router.log_text()) for name, router in self.routers.items()}


class Flow:
    """Messages from a client of one router to a client of another."""

    def __init__(self, test, source, target, presettled):
        self.address, self.presettled = test.unique(), presettled
        self.receiver = test.connect(target).receiver(self.address, credit=100_000)
        self.receiver.answer = Incoming.accept
        self.sender = test.connect(source).sender(self.address).wait_credit(100)
        self.count = 0

    def send(self, count=5):
        for _ in range(count):
            self.sender.send(body=self.count, presettled=self.presettled)
            self.count += 1

    def check(self, test):
        wait_for(lambda: len(self.receiver.deliveries) >= self.count and (
            self.presettled or all(each.is_settled for each in self.sender.sent)),
            what=lambda: "%d messages; %d are here" % (self.count, len(self.receiver.deliveries)))
        test.assertEqual(sorted(each.body for each in self.receiver.deliveries),
                         list(range(self.count)))
        if not self.presettled:
            test.assertEqual({each.state for each in self.sender.sent}, {"accepted"})


class Rotation(Rotating):
    def begin(self, names):
        """Messages flow from end to end of a line, both ways."""
        self.line(names)
        ends = (names[0], names[-1])
        self.flows = [self.flow(*way, presettled=presettled)
                      for way in (ends, ends[::-1]) for presettled in (False, True)]
        self.send()
        self.before, self.since = self.topology(), self.marks()

    def send(self, count=5):
        for flow in self.flows:
            flow.send(count)

    def raise_at(self, name, **ordinals):
        """Goes on until the trunk that the router had dialled is gone."""
        old = [row["identity"] for row in self.trunks(name) if row["dir"] == "out"]
        self.agents[name].update("sslProfile", "p", **ordinals)

        def is_replaced():
            self.send()
            text = self.routers[name].log_text()
            return all("[C%s] Connection Closed" % each in text for each in old)
        wait_for(is_replaced, what="the end of the old trunk of %s" % name)
        new = [row["identity"] for row in self.trunks(name) if row["dir"] == "out"]
        self.assertEqual(len(new), len(old))
        self.assertEqual(set(new) & set(old), set())

    def assert_nothing_was_lost(self):
        self.send(200)
        for flow in self.flows:
            flow.check(self)
        self.assertEqual(self.topology(), self.before)
        self.assert_no_topology_line(self.since)
        for name in list(self.routers)[1:]:
            connector = self.agents[name].query("connector")[0]
            self.assertEqual(connector["connectionStatus"], "SUCCESS")

    def test_a_trunk_is_made_anew_beside_the_old_one(self):
        """MG-183: no message is lost, and nothing changes in the topology."""
        self.begin("AB")
        self.raise_at("B", ordinal=1)
        self.assert_nothing_was_lost()
        self.assertIn("Certificates of sslProfile 'p' have ordinal 1 now: another trunk is made "
                      "beside this one", self.routers["B"].log_text())

    def test_old_certificates_end_when_the_new_trunk_is_in_use(self):
        """MG-183"""
        self.begin("AB")
        self.raise_at("B", ordinal=3, oldestValidOrdinal=3)
        self.assert_nothing_was_lost()
        self.assertIn("Closing connection: Certificates of sslProfile 'p' with ordinal 0 are no "
                      "longer valid", self.routers["B"].log_text())

    def test_a_mesh_changes_its_certificates_router_by_router(self):
        """MG-183"""
        self.begin("ABC")
        for name in "ABC":
            self.raise_at(name, ordinal=1)
        for name in "ABC":
            self.agents[name].update("sslProfile", "p", oldestValidOrdinal=1)
        self.assert_nothing_was_lost()

    def test_a_trunk_stays_while_no_other_can_be_made(self):
        """MG-183"""
        self.line("AB")
        flow = self.flow("A", "B")
        for listener in self.agents["A"].query("listener"):
            if listener["role"] == "inter-router":
                self.agents["A"].delete("listener", listener["name"])
        self.agents["B"].update("sslProfile", "p", ordinal=1)
        self.routers["B"].wait_for_text("Connection to localhost:%d failed"
                                        % self.routers["A"].ports["trunks"])
        flow.send()
        flow.check(self)
        self.assertEqual(self.agents["B"].query("connector")[0]["connectionStatus"], "SUCCESS")


class Ends(WireTest):
    def test_a_connection_ends_with_its_peers_certificate(self):
        """sslProfile: the date of a certificate goes for connections that it was shown on."""
        authority = Authority()
        self.addCleanup(authority.remove)
        profile = authority.issue("server", "/CN=localhost", "DNS:localhost")
        authority.issue("lasting", "/CN=lasting")
        router = self.start([
            ("sslProfile", dict(profile, name="p")),
            ("listener", dict(host="127.0.0.1", port=0, sslProfile="p", requireSsl=True,
                              saslMechanisms="EXTERNAL", authenticatePeer=True))])
        lasting = self.connect(router, sasl="EXTERNAL", ssl_domain=authority.domain("lasting"))
        for seconds in (3, 10, 60):
            authority.issue("brief", "/CN=brief", ends=int(time.time()) + seconds)
            try:
                brief = self.connect(router, sasl="EXTERNAL", ssl_domain=authority.domain("brief"))
                break
            except Disconnected:  # It had ended before the handshake did.
                continue
        brief.wait_for(lambda: brief.is_closed, 60, what="the end of the connection")
        self.assert_condition(brief.connection.remote_condition, "amqp:connection:forced")
        self.assertRegex(brief.connection.remote_condition.description,
                         r"^The peer's certificate 'CN=brief' expired on 20\d\d-.* UTC$")
        lasting.sync()

    def test_connections_of_certificates_that_are_no_longer_valid_are_closed(self):
        """MG-183"""
        authority = Authority()
        self.addCleanup(authority.remove)
        profile = authority.issue("server", "/CN=localhost", "DNS:localhost")
        router = self.start([
            ("sslProfile", dict(profile, name="p")),
            ("listener", dict(host="127.0.0.1", port=0)),
            ("listener", dict(host="127.0.0.1", port=0, name="tls", sslProfile="p"))])
        agent = self.management(router)
        old = self.connect(port=router.ports["tls"], ssl_domain=authority.domain())
        agent.update("sslProfile", "p", ordinal=2)
        new = self.connect(port=router.ports["tls"], ssl_domain=authority.domain())
        agent.update("sslProfile", "p", oldestValidOrdinal=2)
        old.wait_for(lambda: old.is_closed, what="the end of the old connection")
        self.assert_condition(
            old.connection.remote_condition, "amqp:connection:forced",
            "Certificates of sslProfile 'p' with ordinal 0 are no longer valid")
        new.sync()
        self.assertEqual(agent.query("sslProfile")[0]["ordinal"], 2)


if __name__ == "__main__":
    main()
