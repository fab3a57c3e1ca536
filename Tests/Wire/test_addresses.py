"""Addresses of one router: their names, phases and lives (RS 2.9, 3)."""

import re

from harness import *

NOT_FOUND = ("amqp:not-found", "Node not found")


def assert_waypoint(test, client, address, capability):
    """Links with this capability are the two sides of a waypoint between a sender and a receiver."""
    towards = client.receiver(address, credit=1, capabilities=capability)
    away = client.sender(address, capabilities=capability)
    receiver = client.receiver(address, credit=1)
    client.sender(address).send(body="one")
    test.assertEqual(towards.receive().body, "one")
    away.send(body="two")
    test.assertEqual(receiver.receive().body, "two")


class Addresses(WireTest):
    CONFIGURATION = [
        ("router", dict(mode="standalone", id="ADDRESSES")),
        ("listener", dict(host="127.0.0.1", port=0, stripAnnotations="no")),
        ("listener", dict(name="tenants", host="127.0.0.1", port=0, multiTenant=True)),
        ("address", dict(prefix="way", waypoint=True)),
        ("address", dict(prefix="_local", distribution="multicast")),
        ("address", dict(prefix="local", distribution="multicast")),
    ]

    def setUp(self):
        self.client = self.connect()

    def phase(self, got):
        """The phase that a message carries, or None."""
        return (got.message.annotations or {}).get(symbol("x-opt-qd.phase"))

    def test_texts_that_differ_more_are_different_addresses(self):
        """RS-110, RS-111: one slash more begins a host, one separator more is part of the name, a
        scheme needs a slash; any other character is an ordinary one."""
        for one, other, is_same in (
                ("t/x", "//a/t/x", True), ("t/x", "//t/x", False), ("x", "//t/x", True),
                ("t/y", "t/y//", False), ("t/y/", "t/y", True), ("t/y/", "t/y//", False),
                ("t/s", "any:/t/s", True), ("t/C", "t/c", False), ("t/q", "t/q?a=1", False),
                ("t/ b", "t/b", False), ("t/*", "t/x", False), ("t/#", "t/x", False),
                ("t/u\u00fc", "t/u", False), ("amqp:t/x", "t/x", False),
                ("amqp:t/x", "amqp:t/x", True), ("a:b/c", "b/c", False), ("a.x", "a/x", False)):
            with self.subTest(one=one, other=other):
                receiver = self.client.receiver(one)
                sender = self.client.sender(other)
                self.client.fence()
                self.assertEqual(sender.credit, 250 if is_same else 0)
                receiver.detach()
                sender.detach()

    def test_an_address_without_links_is_forgotten_with_its_counts(self):
        """RS-61: detached, lost, or held by what is unsettled."""
        management = self.management()
        address = self.unique()
        key = "M0" + address
        for end in ("detach", "kill", "unsettled"):
            with self.subTest(end):
                self.assertIsNone(management.address(key))
                near, far = self.connect(), self.connect()
                receiver = far.receiver(address, credit=1)
                sent = near.sender(address).send(body=1)
                receiver.receive()
                self.assertEqual(management.address(key)["deliveriesIngress"], 1)
                if end == "detach":
                    receiver.deliveries[0].accept()
                    sent.outcome()
                    receiver.detach()
                    self.assertIsNotNone(management.address(key))
                    sent.sender.detach()
                elif end == "kill":
                    near.kill()
                    far.kill()
                else:
                    sent.sender.detach()
                    receiver.deliveries[0].accept()
                    receiver.detach()
                wait_for(lambda: management.address(key) is None, what="oblivion")

    def test_a_message_may_name_its_address_in_any_type_of_text(self):
        """RS-203, RS-204: as text, symbol or binary; what is none of them, or empty, is an address that
        nobody has, and null is none."""
        address = self.unique()
        receiver = self.client.receiver(address, credit=10)
        receiver.answer = Incoming.accept
        sender = self.client.sender(None)
        for to in (address, symbol(address), address.encode()):
            with self.subTest(to):
                sent = sender.send(self.addressed(to))
                self.assertEqual(sent.outcome().state, "accepted")
        for to in ("", symbol(""), b"", 5, True, 1.5, ["x"], {"x": "y"}, b"\xff\xfe"):
            with self.subTest(to):
                sent = sender.send(self.addressed(to))
                self.assertEqual(sent.outcome().state, "released")
        self.assertEqual(sender.send(self.addressed(None)).outcome().description,
                         "Routing failure: no address present")
        self.assertEqual(len(receiver.deliveries), 3)

    @staticmethod
    def addressed(to):
        properties = Described(ulong(0x73), [None, None, to, "subject"])
        return encoded(properties) + encoded(Described(ulong(0x77), "x"))

    def test_a_receiver_from_what_sends_nothing_is_attached_and_gets_nothing(self):
        """RS-47, RS-120: of another area, or of an edge's."""
        for address in ("_topo/1/FAR/x", "_edge/EDGE/x", "_edge/EDGE"):
            with self.subTest(address):
                receiver = self.client.receiver(address, credit=10)
                self.assertEqual(receiver.remote_address, address)
                sent = self.client.sender(None).send(Message(address=address, body="x"))
                self.assertEqual(sent.outcome().state, "released")
                self.client.fence()
                self.assertEqual(receiver.deliveries, [])
                self.assertEqual(receiver.drain(), 0)
                receiver.detach()

    def test_a_sent_message_makes_no_address(self):
        """RS-204, RS-61"""
        management = self.management()
        address = self.unique()
        sender = self.client.sender(None)
        self.assertEqual(sender.send(address=address, body=1).outcome().state, "released")
        self.assertIsNone(management.address("M0" + address))

    def test_management_names_addresses_by_class_and_phase(self):
        """RS-112, RS-132, RS-424"""
        management = self.management()
        plain, local, way, ninth = (self.unique(name) for name in ("a", "x", "way", "ninth"))
        self.client.receiver(plain)
        self.client.sender("_local/" + local)
        self.client.receiver(way)
        self.client.sender(way)
        self.client.sender("_topo/0/FAR/x")
        self.client.sender("_topo/1/FAR/x")
        self.client.sender("_topo/0/all/x")
        self.client.sender("_edge/EDGE/x")
        self.client.sender(ninth, capabilities=symbol("qd.waypoint.9"))
        names = {row["name"] for row in management.query("router.address", "name")}
        for name in ("M0" + plain, "L" + local, "M1" + way, "M0" + way, "M0$management",
                     "L$management", "RFAR", "Tx", "A1", "HEDGE", "M9" + ninth):
            self.assertIn(name, names)
        self.assertTrue(all(name[0] in "MLRTAH" for name in names), names)
        # Mobile ones alone have a phase.
        self.assertEqual({name[1] for name in names if name[0] == "M"}, {"0", "1", "9"})

    def test_local_addresses_take_no_configured_distribution(self):
        """RS-121, RS-120"""
        local = self.unique("local")
        receivers = [self.client.receiver("_local/" + local, credit=10) for _ in range(2)]
        sender = self.client.sender("_topo/0/ADDRESSES/" + local)
        for number in range(4):
            sender.send(body=number)
            wait_for(lambda: sum(len(each.deliveries) for each in receivers) == number + 1)
        self.client.fence()
        self.assertEqual(sum(len(each.deliveries) for each in receivers), 4)
        management = self.management()
        self.assertEqual(management.address("L" + local)["distribution"], "balanced")
        self.assertEqual(management.address("L$management")["distribution"], "closest")

    def test_a_receiver_beside_the_agent_gets_nothing(self):
        """RS-50, RS-150"""
        management = self.management()
        receiver = self.client.receiver("$management", credit=100)
        for _ in range(5):
            management.query("router", "id")
        self.client.fence()
        self.assertEqual(receiver.deliveries, [])

    def test_a_waypoints_capability_may_stand_anywhere_in_an_array(self):
        """RS-134, RS-413: and the character before its number may be any."""
        for texts in (["qd.waypoint"], ["other", "qd.waypoint"], ["qd.waypoint_1", "other"],
                      ["a", "qd.waypoint.1", "b"], ["qd.waypoint?1"]):
            with self.subTest(texts):
                assert_waypoint(
                    self, self.client, self.unique("way"),
                    Array(UNDESCRIBED, Data.SYMBOL, *map(symbol, texts)))

    def test_waypoints_stand_in_line_by_their_numbers(self):
        """RS-134, RS-132: the receiver of number N hears phase N-1, its sender speaks in phase N,
        whatever the configuration says."""
        address = self.unique()
        towards = {number: self.client.receiver(
            address, credit=9, capabilities=symbol("qd.waypoint.%d" % number))
            for number in range(2, 10)}
        away = {number: self.client.sender(
            address, capabilities=symbol("qd.waypoint.%d" % number)) for number in range(1, 10)}
        for number in range(1, 9):
            away[number].send(body=number)
            got = towards[number + 1].receive()
            self.assertEqual(got.body, number)
            self.assertEqual(self.phase(got), number)
        self.client.fence()
        self.assertEqual(away[9].credit, 0)

    def test_what_is_no_waypoint_of_one_to_nine_is_an_ordinary_link(self):
        """RS-134"""
        for text in ("qd.waypoint.0", "qd.waypoint.10", "qd.waypointed", "qd.way"):
            with self.subTest(text):
                address = self.unique()
                receiver = self.client.receiver(address, credit=1, capabilities=symbol(text))
                self.client.sender(address, capabilities=symbol(text)).send(body=text)
                self.assertEqual(receiver.receive().body, text)

    def test_the_phase_travels_and_an_anonymous_message_is_in_the_first(self):
        """RS-135, RS-410"""
        address = self.unique("way")
        waypoint = symbol("qd.waypoint")
        towards = self.client.receiver(address, credit=9, capabilities=waypoint)
        receiver = self.client.receiver(address, credit=9)
        self.client.sender(address).send(body="in")
        got = towards.receive()
        self.assertEqual((got.body, self.phase(got)), ("in", None))
        self.client.sender(address, capabilities=waypoint).send(body="out")
        got = receiver.receive()
        self.assertEqual((got.body, self.phase(got)), ("out", 1))
        relay = self.client.sender(None)
        relay.send(address=address, body="relayed")
        self.assertEqual(towards.receive().body, "relayed")
        relay.send(address="nowhere", body="overridden", annotations={
            symbol("x-opt-qd.to"): address, symbol("x-opt-qd.phase"): int32(1)})
        self.assertEqual(receiver.receive().body, "overridden")

    def test_management_shows_a_tenant(self):
        """RS-141"""
        management = self.management()
        port = self.router.ports["tenants"]
        for container, hostname, tenant in (
                ("tenant", "a.example", "a.example/"), ("nameless", None, None)):
            self.connect(port=port, hostname=hostname, container=container)
            row = [each for each in management.query("connection")
                   if each["container"] == container][0]
            self.assertEqual(row["tenant"], tenant)


class Configured(WireTest):
    CONFIGURATION = [
        ("router", dict(mode="standalone", id="ADDRESSES", defaultDistribution="unavailable")),
        ("listener", dict(host="127.0.0.1", port=0)),
        ("address", dict(prefix="ok")),
        ("address", dict(prefix="p", distribution="balanced")),
        ("address", dict(pattern="p/*/z", distribution="multicast")),
        ("address", dict(pattern="p/x/z", distribution="unavailable")),
        ("address", dict(prefix="/lead", distribution="closest")),
        ("address", dict(prefix="way", waypoint=True)),
    ]

    def setUp(self):
        self.client = self.connect()

    def test_texts_of_one_address_are_the_same_address(self):
        """RS-110, RS-113, RS-393"""
        receiver = self.client.receiver("ok/x", credit=10)
        texts = ["ok/x", "/ok/x", "amqp:/ok/x", "amqp://host:99/ok/x", "///ok/x", "ok/x/", "ok/x."]
        for text in texts:
            sender = self.client.sender(text)
            self.assertEqual(sender.remote_address, text)
            sender.send(body=text)
        self.assertEqual([receiver.receive().body for _ in texts], texts)

    def test_separators_match_alike_but_are_not_alike(self):
        """RS-111, RS-126"""
        self.client.receiver("ok/sep")
        sender = self.client.sender("ok.sep")
        self.client.fence()
        self.assertEqual(sender.credit, 0)

    def test_the_most_specific_pattern_wins(self):
        """RS-125, RS-126, RS-127"""
        def copies(address):
            receivers = [self.client.receiver(address, credit=1) for _ in range(2)]
            self.client.sender(address).send(body=1).drained()
            self.client.fence()
            return sum(len(each.deliveries) for each in receivers)
        self.assertEqual(copies("p/y/z"), 2)
        self.assertEqual(copies("p.q.z"), 2)
        self.assertEqual(copies("p/y/y/z"), 1)
        self.assertEqual(copies("p"), 1)
        self.assertEqual(copies("lead/x"), 1)
        for kind in ("sender", "receiver"):
            self.assert_refused(self.client.refusal(kind, "p/x/z"), *NOT_FOUND)
            self.assert_refused(self.client.refusal(kind, "pq"), *NOT_FOUND)

    def test_without_a_default_distribution_unmatched_addresses_are_refused(self):
        """RS-40, RS-128, RS-130"""
        for kind in ("sender", "receiver"):
            for address in ("unknown", "_local/unknown"):
                self.assert_refused(self.client.refusal(kind, address), *NOT_FOUND)
        self.client.sender("$management").wait_credit(250)
        self.client.fence()  # over a dynamic source and an anonymous sender
        self.assert_refused(
            self.client.refusal("sender", coordinator=True), "amqp:precondition-failed",
            "The router can't coordinate transactions by itself, a linkRoute to a coordinator "
            "must be configured to use transactions.")
        refused = self.client.sender(None).send(address="unknown", body=1).outcome()
        self.assertEqual(
            (refused.state, refused.condition, refused.description),
            ("rejected", "amqp:not-found",
             "Deliveries cannot be sent to an unavailable address"))

    def test_without_a_waypoint_its_two_sides_do_not_meet(self):
        """RS-132, RS-133"""
        receiver = self.client.receiver("way/apart", credit=1)
        sender = self.client.sender("way/apart")
        self.client.fence()
        self.assertEqual(sender.credit, 0)
        anonymous = self.client.sender(None).send(address="way/apart", body=1)
        self.assertEqual(anonymous.outcome().state, "released")
        self.assertEqual(receiver.deliveries, [])

    def test_a_waypoints_links_join_its_two_sides(self):
        """RS-134"""
        for number, capability in enumerate(
                (symbol("qd.waypoint"), symbol("qd.waypoint_1"), symbol("qd.waypoint.1"))):
            assert_waypoint(self, self.client, "way/%d" % number, capability)


class Doubled(WireTest):
    CONFIGURATION = [
        ("router", dict(mode="standalone", id="DOUBLED")),
        ("listener", dict(host="127.0.0.1", port=0)),
        ("address", dict(prefix="a/b", distribution="multicast")),
        ("address", dict(prefix="a.b", distribution="closest")),
        ("address", dict(pattern="a/b/#", distribution="closest")),
        ("address", dict(distribution="closest")),
        ("address", dict(prefix="z", pattern="z/#", distribution="multicast")),
    ]

    def copies(self, address):
        client = self.connect()
        receivers = [client.receiver(address, credit=1) for _ in range(2)]
        client.sender(address).send(body=1, presettled=True)
        client.fence()
        return sum(len(each.deliveries) for each in receivers)

    def test_of_two_alike_the_first_counts(self):
        """RS-129: the later one is named in the log, and the router starts."""
        self.assertEqual(self.copies("a/b/x"), 2)
        for pattern in ("a.b/#", "a/b/#"):
            self.assertEqual(len(self.router.log_lines(
                r"\(warning\) Already exists: Duplicate pattern '%s'" % re.escape(pattern))), 1)

    def test_both_or_neither_of_prefix_and_pattern_counts_for_nothing(self):
        """RS-125, RS-129"""
        self.assertEqual(self.copies("z/x"), 1)
        self.assertEqual(len(self.router.log_lines(
            r"\(warning\) .*'prefix' (or|and) 'pattern'.*ignoring")), 2)


if __name__ == "__main__":
    main()
