"""What an interior router's policy means for its edges (RS-500, RS-504)."""

from edges import *

#: What an edge needs by name, beside its addresses.
SOURCES = "E, _$qd.edge_addr_tracking, allowed*"
TARGETS = "$management, _$qd.addr_lookup, _$qd.edge_heartbeat, allowed*"
GROUP = dict(
    remoteHosts="*", sources=SOURCES, targets=TARGETS, allowDynamicSource=True,
    allowAnonymousSender=True, allowDynamicLinkRoutes=True)
FREE = dict(remoteHosts="*", sources="*", targets="*", allowDynamicSource=True,
            allowAnonymousSender=True)


class Policy(EdgesTest):
    """A governs its connections: those of edges, which name its host, and all others freely."""

    @classmethod
    def setUpClass(cls):
        def vhost(name, group, **more):
            return section("vhost", hostname=name, allowUnknownUser=True,
                           groups={"$default": group}, **more)
        sections = section("policy", enableVhostPolicy=True, defaultVhost="$default")
        sections += vhost("$default", FREE)
        sections += vhost("127.0.0.1", GROUP, maxMessageSize=50_000)
        cls.network = Edges("A", [], [], sections)
        cls.network.sections_of_edges = ""
        cls.network.edges["E"] = "A"
        cls.network.start("E")
        cls.network["E"].wait_for_log("to interior established")

    def far(self):
        """A client of A that its policy lets do all."""
        return self.connect(self.network["A"], hostname="clients")

    def test_an_edge_is_governed_like_a_client(self):
        """RS-500: what its group allows works; what it does not is refused and named in both logs."""
        address = self.unique("allowed")
        receiver = self.far().receiver(address, credit=10)
        sender = self.at("E").sender(address).wait_credit()
        sent = sender.send(body="up")
        receiver.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")
        stats = Management(self.far()).read("vhostStats", name="vhostStats/127.0.0.1")
        self.assertGreaterEqual(stats["connectionsCurrent"], 1)
        other = self.unique("other")
        self.at("E").receiver(other)
        self.assertTrue(self.network["E"].wait_for_log(
            "The interior router refuses the edge's link for address %s" % other))
        self.assertTrue(self.network["A"].wait_for_log("DENY AMQP Attach receiver"))
        stats = Management(self.far()).read("vhostStats", name="vhostStats/127.0.0.1")
        self.assertGreaterEqual(stats["receiverDenied"], 1)

    def test_a_message_that_the_interior_refuses_is_rejected_at_the_edge(self):
        """RS-504: the uplink is closed and comes back; the client stays."""
        address = self.unique("allowed")
        receiver = self.far().receiver(address, credit=10)
        receiver.answer = Incoming.accept
        client = self.at("E")
        sender = client.sender(address).wait_credit()
        lost = len(self.network["E"].log_lines("to interior lost"))
        outcome = sender.send(body=bytes(60_000)).outcome()
        self.assertEqual(outcome.state, "rejected")
        self.assertEqual(outcome.condition, "amqp:link:message-size-exceeded")
        wait_for(lambda: len(self.network["E"].log_lines("to interior lost")) > lost)
        wait_for(lambda: sender.send(body="small", wait=False).outcome().state == "accepted")
        self.assertFalse(client.is_closed)


if __name__ == "__main__":
    main()
