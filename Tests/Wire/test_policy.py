"""Policies: who may open, and what a link may attach (RS 11)."""

from policies import *


class Opening(PolicyTest):
    VHOSTS = [
        vhost("free.example", aliases="other.example second.example"),
        vhost("users.example", {
            "people": dict(FREE, users="bob", remoteHosts="10.0.0.1, 127.0.0.0-127.0.0.9"),
            "far": dict(FREE, users="eve", remoteHosts="10.0.0.1")}),
        vhost("named.example", {"$default": dict(FREE, remoteHosts="localhost")}),
        vhost("few.example", maxConnections=2),
        vhost("one.example", {"$default": dict(FREE, maxConnectionsPerUser=1)},
              maxConnectionsPerUser=9),
        vhost("host.example", maxConnectionsPerHost=1),
        vhost("told.example", {"$default": dict(FREE, targets="a")}),
        vhost("limits.example", {"$default": dict(
            FREE, maxFrameSize=2048, maxSessions=3, maxSessionWindow=20480)}),
    ]

    def test_a_vhost_is_found_by_its_name_and_its_aliases(self):
        """RS-301, RS-302"""
        for name in ("free.example", "other.example", "second.example"):
            self.visit(name).close()
        for name in (None, "", "no.example", "FREE.example"):
            self.assert_turned_away(name, reason="No policy defined for vhost")

    def test_the_listeners_vhost_goes_before_the_clients(self):
        """RS-301"""
        for name in (None, "no.example", "users.example"):
            self.connect(hostname=name).sync()

    def test_users_are_of_groups_and_come_from_hosts(self):
        """RS-303"""
        self.visit("users.example", "bob").sync()
        self.assert_turned_away(
            "users.example", "eve", "User is not allowed to connect from this network host")
        self.assert_turned_away(
            "users.example", reason="User is not in a user group and unknown users are denied")
        self.router.wait_for_text(
            "POLICY (info) DENY AMQP Open for user 'eve', rhost '127.0.0.1', vhost 'users.example'")

    def test_a_host_may_be_given_by_its_name(self):
        """RS-303"""
        def comes():
            client = self.visit("named.example", open=False)
            client.open(wait=False)
            client.wait_for(lambda: client.is_open, what="open")
            session = client.connection.session()
            session.open()
            client.wait_for(lambda: client.is_closed or session.state & Endpoint.REMOTE_ACTIVE,
                            what="an answer")
            return not client.is_closed
        wait_for(comes, what="the name's addresses")

    def test_connections_of_a_vhost_are_limited(self):
        """RS-304, RS-305: and one that goes frees its place."""
        first, second = self.visit("few.example"), self.visit("few.example")
        reason = "Connection denied by application connection limit"
        self.assert_turned_away("few.example", reason=reason)
        before = self.stats("few.example")
        self.assertEqual((before["connectionsApproved"], before["connectionsCurrent"]), (2, 2))
        first.close()
        wait_for(lambda: self.stats("few.example")["connectionsCurrent"] == 1, what="a free place")
        self.visit("few.example").sync()
        second.sync()

    def test_connections_of_a_user_and_of_a_host_are_limited(self):
        """RS-304: the group's number goes before the vhost's."""
        self.visit("one.example")
        self.assert_turned_away(
            "one.example", reason="Connection denied by application per user limit")
        self.visit("one.example", "bob")
        self.visit("host.example", "bob")
        self.assert_turned_away(
            "host.example", "eve", "Connection denied by application per host limit")

    def test_the_end_of_one_is_told_with_what_it_had(self):
        """MG-219"""
        client = self.visit("told.example")
        client.sender("a")
        client.sender("a")
        client.receiver("a")
        self.assert_disallowed(client.refusal("sender", "b"))
        number = next(row["identity"] for row in self.management().query("connection")
                      if row["container"] == client.connection.container)
        client.close()
        self.router.wait_for_log(
            r"POLICY \(debug\) \[C%s\] Connection '127\.0\.0\.1:\d+' closed with resources "
            r"n_sessions=1, n_senders=2, n_receivers=1, sessions_denied=0, senders_denied=1, "
            r"receivers_denied=0, max_message_size_denied:0, nConnections= \d+\.$" % number)

    def test_one_that_is_turned_away_is_not_shown_but_counted(self):
        """RS-305, RS-320"""
        before = self.stats("users.example")["connectionsDenied"]
        total = self.management().query("policy")[0]
        client = self.assert_turned_away("users.example")
        rows = self.management().query("connection")
        self.assertNotIn(client.connection.container, [row["container"] for row in rows])
        self.assertEqual(self.stats("users.example")["connectionsDenied"], before + 1)
        after = self.management().query("policy")[0]
        self.assertGreater(after["connectionsDenied"], total["connectionsDenied"])
        self.assertGreater(after["totalDenials"], total["totalDenials"])

    def test_statistics_name_users_and_hosts(self):
        """RS-320, MG-174"""
        client = self.visit("free.example", "bob")
        place = "127.0.0.1:%d" % client.socket.getsockname()[1]
        stats = self.stats("free.example")
        self.assertIn(place, stats["perUserState"]["bob"])
        self.assertIn(place, stats["perHostState"]["127.0.0.1"])
        self.assertEqual((stats["id"], stats["hostname"]), ("free.example", "free.example"))
        client.close()
        wait_for(lambda: place not in self.stats("free.example")["perUserState"].get("bob", []))

    def test_frame_size_sessions_and_window_are_the_groups(self):
        """RS-307"""
        client = self.visit("limits.example")
        self.assertEqual(client.transport.remote_max_frame_size, 2048)
        self.assertEqual(client.transport.remote_channel_max, 2)
        client.sync()
        self.assertIn("incoming-window=0xa", client.frames_like("@begin")[0])
        peer = self.raw(port=self.router.ports["clients"])
        peer.handshake(hostname="limits.example")
        peer.send("begin", channel=3, next_outgoing_id=0, incoming_window=1, outgoing_window=1)
        close = peer.expect("close")
        self.assertIn("remote channel 3 is above negotiated channel_max 2.", repr(close))

    def test_what_comes_behind_an_open_waits_for_the_answer(self):
        """However much it is."""
        client = self.visit("free.example", open=False)
        client.connection.open()
        address = self.unique()
        links = [client.sender("%s/%d" % (address, number), wait=False) for number in range(400)]
        client.wait_for(lambda: all(link.is_attached for link in links), what="400 links")
        refused = self.assert_turned_away("no.example")
        self.assertEqual(refused.links, [])


class Attaching(PolicyTest):
    VHOSTS = [
        vhost("names.example", {
            "$default": dict(remoteHosts="*", sources="ok, in-${user}, b*", targets="ok,${user}*"),
            "empty": dict(remoteHosts="*", users="eve")}),
        vhost("patterns.example", {"$default": dict(
            remoteHosts="*", sourcePattern="${user}/#, a/*", targetPattern="x/#/y")}),
        vhost("count.example", {"$default": dict(
            FREE, maxSenders=2, maxReceivers=1)}),
        vhost("closed.example", {"$default": dict(
            FREE, allowDynamicSource=False, allowAnonymousSender=False, allowWaypointLinks=False,
            allowFallbackLinks=False)}),
    ]

    def test_names_are_compared_as_they_are_written(self):
        """RS-310, RS-311, RS-312"""
        client = self.visit("names.example", "bob")
        for address in ("ok", "in-bob", "b", "bcd"):
            client.receiver(address)
        for address in ("ok", "bob", "bob/inbox"):
            client.sender(address)
        for address in ("in-eve", "in-", "a", "$management", "amqp:/ok", "OK", "okay", "in-${user}"):
            self.assert_disallowed(client.refusal("receiver", address))
        for address in ("b", "eve", "ok/x", "/ok"):
            self.assert_disallowed(client.refusal("sender", address))
        self.router.wait_for_text(
            "DENY AMQP Attach receiver link 'in-eve' for user 'bob', rhost '127.0.0.1', vhost "
            "'names.example' based on link source name")
        self.router.wait_for_text("ALLOW AMQP Attach sender link 'ok' for user 'bob'")

    def test_a_group_without_lists_allows_nothing(self):
        """RS-311"""
        client = self.visit("names.example", "eve")
        for kind in ("sender", "receiver"):
            self.assert_disallowed(client.refusal(kind, "ok"))

    def test_patterns_match_whole_tokens(self):
        """RS-313"""
        client = self.visit("patterns.example", "bob")
        for address in ("bob", "bob/x", "bob.x/y", "a/b"):
            client.receiver(address)
        for address in ("bobx", "a", "a/b/c", "eve/x", "*/x", "#"):
            self.assert_disallowed(client.refusal("receiver", address))
        client.sender("x/a/b/y")
        self.assert_disallowed(client.refusal("sender", "x/a/b"))

    def test_links_are_counted_while_they_are_attached(self):
        """RS-309, RS-501"""
        client = self.visit("count.example")
        limit = "amqp:resource-limit-exceeded"
        first, _ = client.sender("a"), client.sender(None)
        self.assert_disallowed(client.refusal("sender", "a"), limit)
        receiver = client.receiver("a")
        self.assert_disallowed(client.refusal("receiver", dynamic=True), limit)
        first.detach()
        receiver.detach()
        client.sender("b")
        client.receiver(dynamic=True)
        self.assert_disallowed(client.refusal("sender", "a"), limit)
        self.visit("count.example").sender("a")
        self.router.wait_for_text("vhost 'count.example' based on maxSenders limit")

    def test_kinds_of_links_are_allowed_or_not(self):
        """RS-310, RS-314: a capability among several too."""
        client = self.visit("closed.example")
        self.assert_disallowed(client.refusal("sender", None))
        self.assert_disallowed(client.refusal("receiver", dynamic=True))
        self.assert_disallowed(client.refusal("receiver", None))
        for capability in ("qd.waypoint", "qd.waypoint.3", "qd.fallback"):
            for kind in ("sender", "receiver"):
                self.assert_disallowed(
                    client.refusal(kind, "a", capabilities=symbol(capability)))
                self.assert_disallowed(client.refusal(kind, "a", capabilities=Array(
                    UNDESCRIBED, Data.SYMBOL, symbol("x"), symbol(capability))))
        client.sender("a", capabilities=symbol("other"))

    def test_refusals_are_counted(self):
        """RS-320: each under its own name."""
        client = self.visit("closed.example")
        before, policy = self.stats("closed.example"), self.management().query("policy")[0]
        client.refusal("sender", None)
        client.refusal("receiver", "a", capabilities=symbol("qd.waypoint"))
        after, now = self.stats("closed.example"), self.management().query("policy")[0]
        self.assertEqual(after["senderDenied"], before["senderDenied"] + 1)
        self.assertEqual(after["receiverDenied"], before["receiverDenied"] + 1)
        self.assertEqual(now["linksDenied"], policy["linksDenied"] + 2)

    def test_other_links_of_the_connection_go_on(self):
        """RS-394"""
        client = self.visit("names.example", "bob")
        receiver, sender = client.receiver("ok", credit=1), client.sender("ok")
        client.refusal("sender", "secret")
        sender.send(body=1)
        self.assertEqual(receiver.receive().body, 1)


class Patterns(PolicyTest):
    POLICY = dict(enableVhostNamePatterns=True, defaultVhost="rest")
    VHOSTS = [
        vhost("*.example.org", {"$default": dict(FREE, sources="one")}),
        vhost("a.example.org", {"$default": dict(FREE, sources="two")}, aliases='"#.net"'),
        vhost("rest", {"$default": dict(FREE, sources="three")})]

    def test_the_most_specific_vhost_is_chosen(self):
        """RS-302"""
        for name, source in (("b.example.org", "one"), ("a.example.org", "two"), ("x.y.net", "two"),
                             ("x.y.example.org", "three"), (None, "three")):
            self.visit(name).receiver(source)


class Edges(WireTest):
    def test_an_edges_connection_is_governed_like_a_clients(self):
        """RS-500"""
        place = dict(host="127.0.0.1", port=0)
        group = dict(FREE, sources="mine", targets="$management", maxSenders=1,
                     allowDynamicSource=False)
        router = self.start([
            ("router", dict(id="I", mode="interior")),
            ("listener", dict(place, policyVhost="all")),
            ("listener", dict(place, name="edges", role="edge", policyVhost="edges")),
            ("policy", dict(enableVhostPolicy=True)), vhost("all"),
            vhost("edges", {"$default": group})])
        edge = self.connect(port=router.ports["edges"])
        for kind, address in (("receiver", "other"), ("sender", "mine"), ("receiver", "_edge/E")):
            self.assertEqual(edge.refusal(kind, address).name, "amqp:unauthorized-access")
        self.assertEqual(edge.refusal("receiver", dynamic=True).name, "amqp:unauthorized-access")
        edge.receiver("mine")
        edge.sender("$management")
        self.assertEqual(
            edge.refusal("sender", "$management").name, "amqp:resource-limit-exceeded")


if __name__ == "__main__":
    main()
