"""What a listener's role makes of a client, and every refusal of a link (RS 1.5, 2.6)."""

from harness import *

FORBIDDEN = ("qd:forbidden", "Connectivity to the node is forbidden")
NO_ROUTE = ("qd:no-route-to-dest", "No route to the destination node")
NOT_FOUND = ("amqp:not-found", "Node not found")
ROLE = ("qd:connection-role", "Link attach forbidden on inter-router connection")
COORDINATOR = (
    "amqp:precondition-failed",
    "The router can't coordinate transactions by itself, a linkRoute to a coordinator must be "
    "configured to use transactions.")


def listener(role):
    return ("listener", dict(name=role, host="127.0.0.1", port=0, role=role))


class Roles(WireTest):
    CONFIGURATION = [
        ("router", dict(mode="interior", id="ROLES")),
        listener("normal"), listener("route-container"), listener("inter-router"),
        ("address", dict(prefix="closed", distribution="unavailable")),
        ("address", dict(prefix="multicast", distribution="multicast")),
    ]

    def of(self, role, **how):
        return self.connect(port=self.router.ports[role], **how)

    def test_every_role_offers_and_desires_the_same(self):
        """RS-10"""
        for role in ("normal", "route-container", "inter-router"):
            opened_ = self.raw(port=self.router.ports[role]).handshake()
            for field in ("offered-capabilities", "desired-capabilities"):
                self.assertEqual(
                    list(opened_[field].elements), ["ANONYMOUS-RELAY", "qd.streaming-links"])
            self.assertEqual(
                symbol("qd.annotations-version") in opened_["properties"],
                role == "inter-router")

    def test_management_shows_each_connections_role(self):
        """RS-17: a listener's or a connector's, which is normal where none is named."""
        acceptor = Acceptor()
        self.addCleanup(acceptor.close)
        roles = ("normal", "route-container", "inter-router")
        router = self.start([
            ("router", dict(mode="interior", id="ALL")),
            ("listener", dict(name="unnamed", host="127.0.0.1", port=0)),
            *[listener(role) for role in roles],
            ("connector", dict(name="out unnamed", host="127.0.0.1", port=acceptor.port)),
            *[("connector", dict(
                name="out " + role, host="127.0.0.1", port=acceptor.port, role=role))
              for role in roles]])
        for name in ("unnamed", *roles):
            self.connect(port=router.ports[name], container="to " + name)
            acceptor.accept()
        management = self.management(router, container="agent")
        for entity, prefix in (("listener", ""), ("connector", "out ")):
            self.assertEqual(
                {row["name"]: row["role"] for row in management.query(entity)},
                {prefix + "unnamed": "normal", **{prefix + role: role for role in roles}})
        expected = sorted(("normal", *roles))
        wait_for(lambda: sorted(
            row["role"] for row in management.query("connection") if row["dir"] == "out")
            == expected)
        self.assertEqual(
            {row["container"]: row["role"] for row in management.query("connection")
             if row["container"].startswith("to ")},
            {"to unnamed": "normal", **{"to " + role: role for role in roles}})

    def test_a_containers_links_are_a_clients(self):
        """RS-18, RS-22: link by link and refusal by refusal; its deliveries are counted apart."""
        management = Management(self.of("normal"))
        columns = ("deliveriesIngressRouteContainer", "deliveriesEgressRouteContainer")
        before = management.query("router", *columns)[0]
        for role in ("normal", "route-container"):
            client, other = self.of(role), self.of(role)
            address = self.unique()
            sender = client.sender(address)
            client.fence()
            self.assertEqual(sender.credit, 0)
            receiver = other.receiver(address, credit=5)
            sent = sender.wait_credit(250).send(body=1)
            receiver.receive().reject("a:b", "c")
            self.assertEqual(sent.outcome().condition, "a:b")
            copies = [other.receiver("multicast/" + address, credit=1) for _ in range(2)]
            client.sender("multicast/" + address).send(body="all")
            self.assertEqual([each.receive().body for each in copies], ["all", "all"])
            self.assertIn("/ROLES/temp.", other.receiver(dynamic=True).remote_address)
            client.sender("$management").wait_credit(250)
            self.assert_refused(client.refusal("sender", "closed/x"), *NOT_FOUND)
            self.assert_refused(client.refusal("receiver", None), *NO_ROUTE)
        client.fence()  # two more, one each way
        after = management.query("router", *columns)[0]
        self.assertEqual([after[each] - before[each] for each in columns], [4, 5])

    def test_an_inter_router_connection_has_no_ordinary_links(self):
        """RS-19, RS-52: whatever its terminus is."""
        client = self.of("inter-router")
        for kind, how in (("sender", dict(address="x")), ("receiver", dict(address="x")),
                          ("sender", dict(address=None)), ("sender", dict(null=True)),
                          ("receiver", dict(dynamic=True)), ("sender", dict(coordinator=True)),
                          ("receiver", dict(address="$management"))):
            with self.subTest(kind=kind, **how):
                refused = client.refusal(kind, **how)
                self.assert_refused(refused, *ROLE)
                link = refused.link.link
                terminus = link.remote_target if kind == "sender" else link.remote_source
                self.assertEqual(terminus.type, Terminus.UNSPECIFIED)
        client.sync()

    def test_a_routers_capability_is_seen_only_as_a_lone_symbol(self):
        """RS-20, RS-413"""
        for role in ("normal", "route-container"):
            client = self.of(role)
            for capability in ("qd.router", "qd.router-data"):
                for kind in ("sender", "receiver"):
                    self.assert_refused(
                        client.refusal(kind, "x", capabilities=symbol(capability)), *FORBIDDEN)
                    getattr(client, kind)("x", capabilities=Array(
                        UNDESCRIBED, Data.SYMBOL, symbol("other"), symbol(capability)))

    def test_every_refusal_has_its_words_and_the_form_of_all(self):
        """RS-52, RS-53, RS-394: an attach with the router's own terminus null and the peer's
        copied, then a closing detach; the connection stays."""
        router = symbol("qd.router")
        cases = [
            ("normal", True, composite("source"), *NO_ROUTE),
            ("normal", True, None, *NO_ROUTE),
            ("normal", True, composite("source", address="_topo/0/OTHER/x"), *NO_ROUTE),
            ("normal", True, composite("source", address="_topo/all/x"), *NO_ROUTE),
            ("normal", True, composite("source", address="x", capabilities=router), *FORBIDDEN),
            ("normal", False, composite("target", address="x", capabilities=router), *FORBIDDEN),
            ("normal", True, composite("source", address="closed/x"), *NOT_FOUND),
            ("normal", False, composite("target", address="closed/x"), *NOT_FOUND),
            ("normal", False, composite("coordinator"), *COORDINATOR),
            ("inter-router", True, composite("source", address="x"), *ROLE),
            ("inter-router", False, composite("target", address="x"), *ROLE),
            ("inter-router", False, None, *ROLE),
        ]
        for number, (role, receives, terminus, condition, description) in enumerate(cases):
            with self.subTest(number=number, condition=condition):
                peer = self.raw(port=self.router.ports[role])
                peer.handshake()
                peer.begin()
                near, far = ("target", "source") if receives else ("source", "target")
                peer.send("attach", name="refused", handle=0, role=receives,
                          **{near: composite(near, address="own", timeout=7), far: terminus},
                          initial_delivery_count=None if receives else 0)
                skipped = ("", "begin", "attach") if role == "inter-router" else ("",)
                attach = peer.expect("attach")
                while attach["name"] != "refused":
                    attach = peer.expect("attach", skip=skipped)
                self.assertIsNone(attach[far])
                copied = opened(attach[near])[1]
                self.assertEqual((copied["address"], copied["timeout"]), ("own", 7))
                detach = peer.expect("detach", skip=skipped)
                self.assertTrue(detach["closed"])
                self.assertEqual(detach.error(), (condition, description))
                peer.begin(channel=1) if role == "normal" else None

    def test_a_connection_has_one_control_link_each_way(self):
        """IR 1.4: a second one is refused; after a detach there may be another."""
        router = symbol("qd.router")
        peer = self.raw(port=self.router.ports["inter-router"])
        peer.handshake()
        peer.begin()
        def attach(name, handle):
            peer.send("attach", name=name, handle=handle, role=True,
                      source=composite("source", capabilities=router),
                      target=composite("target", capabilities=router))
            return peer.expect("attach", skip=("", "begin"))
        self.assertIsNotNone(attach("first", 0)["source"])
        self.assertIsNone(attach("second", 1)["source"])
        self.assertEqual(
            peer.expect("detach").error(),
            ("amqp:not-allowed", "A control link is attached already"))
        peer.send("detach", handle=0, closed=True)
        peer.expect("detach")
        self.assertIsNotNone(attach("third", 2)["source"])

    def test_a_refused_link_leaves_nothing_behind(self):
        """RS-52, RS-58: its name and its handle can be used again."""
        peer = self.raw(port=self.router.ports["normal"])
        peer.handshake()
        peer.begin()
        for _ in range(2):
            peer.attach_sender("closed/x", name="again")
            peer.expect("detach")
            peer.send("detach", handle=0, closed=True)
        peer.attach_sender("x", name="again")
        peer.begin(channel=1)


class Modes(unittest.TestCase):
    def test_a_standalone_router_refuses_roles_between_routers(self):
        """RS-17"""
        for kind in ("listener", "connector"):
            for role in ("inter-router", "edge"):
                code, text = check([
                    ("router", dict(mode="standalone", id="ALONE")),
                    (kind, dict(name="x", host="127.0.0.1", port=5672, role=role))])
                self.assertEqual(code, 1, text)
                self.assertIn("not allowed to connect to or accept connections", text)

    def test_there_is_no_other_role(self):
        """RS-17"""
        for kind in ("listener", "connector"):
            code, text = check([
                ("router", dict(mode="interior", id="ODD")),
                (kind, dict(name="x", host="127.0.0.1", port=5672, role="on-occasion"))])
            self.assertEqual(code, 1, text)
            self.assertIn("on-occasion", text)


if __name__ == "__main__":
    main()
