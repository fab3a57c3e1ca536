"""An edge router, governed by a policy of its interior router."""

from policies import *


class Edge(WireTest):
    """The edge E below the interior router TEST; policies hold for the edge alone."""

    CONFIGURATION = [
        ("router", dict(mode="interior", id="TEST")),
        ("listener", dict(host="127.0.0.1", port=0, policyVhost="all")),
        ("listener", dict(name="edges", role="edge", host="127.0.0.1", port=0,
                          policyVhost="edges", saslMechanisms="ANONYMOUS")),
        ("log", dict(module="POLICY", enable="trace+")),
        ("policy", dict(enableVhostPolicy=True)), vhost("all"),
        vhost("edges", {"site": dict(
            users="anonymous", remoteHosts="127.0.0.1", allowDynamicSource=True,
            allowAnonymousSender=True, allowDynamicLinkRoutes=True, maxMessageSize=10_000,
            sources="ok*, E, _$qd.edge_addr_tracking",
            targets="ok*, $management, _$qd.addr_lookup, _$qd.edge_heartbeat")})]

    def setUp(self):
        self.edge = self.start([
            ("router", dict(mode="edge", id="E")), ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(host="127.0.0.1", port=self.router.ports["edges"], role="edge",
                               name="up", saslMechanisms="ANONYMOUS"))], id="E")
        self.edge.wait_for_text("established")
        self.near, self.far = self.connect(self.edge), self.connect()

    def test_an_edge_has_what_its_group_allows(self):
        """RS-500"""
        for sources, targets in ((self.near, self.far), (self.far, self.near)):
            address = self.unique("ok")
            receiver = targets.receiver(address, credit=1)
            sent = sources.sender(address).send(body="hello")
            got = receiver.receive()
            self.assertEqual(got.body, "hello")
            got.accept()
            self.assertEqual(sent.outcome().state, "accepted")
        row = next(row for row in self.management().query("connection")
                   if row["container"] == "E")
        self.assertEqual((row["user"], row["role"]), ("anonymous", "edge"))
        stats = self.management().read("vhostStats", name="vhostStats/edges")
        self.assertGreaterEqual(stats["connectionsApproved"], 1)

    def test_an_edge_is_refused_what_its_group_does_not_name(self):
        """RS-500"""
        address = self.unique("other")
        self.near.receiver(address, credit=1)
        self.router.wait_for_text(
            "DENY AMQP Attach receiver link '%s' for user 'anonymous'" % address)
        sender = self.far.sender(address)
        self.far.fence()
        self.assertEqual(sender.credit, 0)

    def test_what_is_too_large_is_refused_and_the_uplink_comes_back(self):
        """RS-504, RS-502, RS-317"""
        address = self.unique("ok")
        receiver = self.far.receiver(address, credit=10)
        receiver.answer = Incoming.accept
        sender = self.near.sender(address)
        outcome = sender.send(body=b"x" * 20_000).outcome()
        self.assertEqual((outcome.state, outcome.condition),
                         ("rejected", "amqp:link:message-size-exceeded"))
        self.router.wait_for_text("DENY AMQP Transfer maxMessageSize exceeded")
        wait_for(lambda: sender.send(body="small").outcome().state == "accepted",
                 what="the uplink again")
        self.assertEqual({each.body for each in receiver.deliveries}, {"small"})


if __name__ == "__main__":
    main()
