"""Links of one router: attach, credit, drain, detach (routing semantics, section 2)."""

from harness import *

NO_ROUTE = ("qd:no-route-to-dest", "No route to the destination node")
NOT_FOUND = ("amqp:not-found", "Node not found")


class Attaching(WireTest):
    def setUp(self):
        self.client = self.connect()

    def test_the_attach_says_mixed_and_first_whatever_was_asked(self):
        """RS-30, RS-31, RS-396"""
        peer = self.raw()
        peer.handshake()
        peer.begin()
        attach = peer.attach_sender(
            "amqp:/echo", name="echoed", snd_settle_mode=0, rcv_settle_mode=1,
            max_message_size=1000)
        self.assertEqual(attach["name"], "echoed")
        self.assertEqual(attach["snd-settle-mode"], 2)
        self.assertEqual(attach["rcv-settle-mode"], 0)
        self.assertIn(attach["max-message-size"], (None, 0))
        target = opened(attach["target"])[1]
        self.assertEqual(target["address"], "amqp:/echo")
        self.assertEqual(target.get("expiry-policy", "session-end"), "session-end")

    def test_termini_are_echoed_field_by_field(self):
        """RS-31, RS-60"""
        address = "/" + self.unique()
        receiver = self.client.receiver(
            address, durability=Terminus.DELIVERIES, expiry=Terminus.EXPIRE_NEVER, timeout=77,
            filters={symbol("f"): "v"}, distribution_mode=Terminus.DIST_MODE_COPY,
            capabilities=symbol("cap"))
        source = receiver.link.remote_source
        self.assertEqual(source.address, address)
        self.assertEqual(source.durability, Terminus.DELIVERIES)
        self.assertEqual(source.expiry_policy, Terminus.EXPIRE_NEVER)
        self.assertEqual(source.timeout, 77)
        self.assertEqual(source.distribution_mode, Terminus.DIST_MODE_COPY)
        source.filter.rewind(), source.filter.next()
        self.assertEqual(source.filter.get_object(), {symbol("f"): "v"})
        source.capabilities.rewind(), source.capabilities.next()
        self.assertEqual(source.capabilities.get_object(), symbol("cap"))

    def test_credit_comes_only_with_a_consumer_and_once(self):
        """RS-34, RS-35, RS-36, RS-390"""
        address = self.unique()
        sender = self.client.sender(address)
        self.client.fence()
        self.assertEqual(sender.credit, 0)
        self.client.receiver(address)
        sender.wait_credit(250)
        self.client.receiver(address)
        self.client.fence()
        self.assertEqual(sender.credit, 250)

    def test_credit_stays_when_the_last_consumer_goes_and_what_is_sent_is_released(self):
        """RS-37, RS-38"""
        address = self.unique()
        receiver = self.client.receiver(address)
        sender = self.client.sender(address).wait_credit(250)
        receiver.detach()
        self.client.fence()
        self.assertEqual(sender.credit, 250)
        self.assertEqual(sender.send(body=1).outcome().state, "released")
        self.assertTrue(sender.is_draining)
        self.assertEqual(sender.send(body=2).outcome().state, "released")
        self.client.fence()
        self.assertEqual(sender.credit, 248)
        self.client.receiver(address)
        sender.wait_credit(250)
        self.assertFalse(sender.is_draining)

    def test_a_sender_that_has_answered_a_drain_gets_all_its_credit_when_a_consumer_comes(self):
        """RS-38"""
        address = self.unique()
        receiver = self.client.receiver(address)
        peer = self.raw()
        peer.handshake()
        peer.begin()
        peer.attach_sender(address)
        self.assertEqual(peer.expect("flow")["link-credit"], 250)
        receiver.detach()
        self.client.fence()
        peer.send("transfer", handle=0, delivery_id=0, delivery_tag=b"1", settled=False,
                  payload=Message(body=1).encode())
        frames = [peer.expect("flow", "disposition") for _ in range(2)]
        flow = next(each for each in frames if each.name == "flow")
        self.assertEqual((flow["drain"], flow["link-credit"]), (True, 249))
        peer.send("flow", next_incoming_id=0, incoming_window=2048, next_outgoing_id=1,
                  outgoing_window=2048, handle=0, delivery_count=250, link_credit=0, drain=True)
        peer.begin(channel=1)  # a round trip: the router has read the answer
        self.client.receiver(address)
        flow = peer.expect("flow")
        self.assertEqual(
            (flow["delivery-count"], flow["link-credit"], flow["drain"]), (250, 250, False))

    def test_a_sender_that_answers_a_drain_late_gets_its_credit_anew(self):
        """RS-38: the answer crosses the credit that a new consumer brought, and takes it back."""
        address = self.unique()
        receiver = self.client.receiver(address)
        peer = self.raw()
        peer.handshake()
        peer.begin()
        peer.attach_sender(address)
        peer.expect("flow")
        receiver.detach()
        self.client.fence()
        peer.send("transfer", handle=0, delivery_id=0, delivery_tag=b"1", settled=False,
                  payload=Message(body=1).encode())
        frames = [peer.expect("flow", "disposition") for _ in range(2)]
        self.assertTrue(next(each for each in frames if each.name == "flow")["drain"])
        self.client.receiver(address)
        self.assertFalse(peer.expect("flow")["drain"])
        peer.send("flow", next_incoming_id=0, incoming_window=2048, next_outgoing_id=1,
                  outgoing_window=2048, handle=0, delivery_count=250, link_credit=0, drain=True)
        flow = peer.expect("flow")
        self.assertEqual(
            (flow["delivery-count"], flow["link-credit"], flow["drain"]), (250, 250, False))

    def test_dynamic_targets_are_mobile_addresses(self):
        """RS-41"""
        sender = self.client.sender(dynamic=True)
        self.assertRegex(sender.remote_address, r"^amqp:/_\$temp\.[A-Za-z0-9+_]{15}$")
        self.assertEqual(sender.credit, 0)
        receiver = self.client.receiver(sender.remote_address, credit=1)
        sender.send(body="found")
        self.assertEqual(receiver.receive().body, "found")

    def test_anonymous_senders_have_credit_at_once_and_always(self):
        """RS-42, RS-54"""
        address = self.unique()
        for how in (dict(null=True), dict(address=None), dict(address="")):
            sender = self.client.sender(**how).wait_credit(250)
        self.assertEqual(
            sender.send(address=address, body=1).outcome().state, "released")
        sender.wait_credit(250)
        receiver = self.client.receiver(address, credit=1)
        sender.send(address=address, body="there")
        self.assertEqual(receiver.receive().body, "there")

    def test_dynamic_sources_are_local_addresses(self):
        """RS-45"""
        receiver = self.client.receiver(dynamic=True)
        self.assertRegex(
            receiver.remote_address,
            "^amqp:/_topo/0/%s/temp\\.[A-Za-z0-9+_]{15}$" % self.router.id)

    def test_receivers_without_an_address_or_of_other_routers_are_refused(self):
        """RS-46, RS-47, RS-52"""
        for how in (dict(null=True), dict(address=None), dict(address=""),
                    dict(address="_topo/0/OTHER/x"), dict(address="_topo/0/OTHER"),
                    dict(address="_topo/all/x")):
            refused = self.client.refusal("receiver", **how)
            self.assert_refused(refused, *NO_ROUTE)
            self.assertEqual(refused.link.link.remote_source.type, Terminus.UNSPECIFIED)
        for sender in ("_topo/0/OTHER/x", "_topo/all/x"):
            self.client.sender(sender)
        self.client.fence()

    def test_the_routers_own_topological_form_is_local(self):
        """RS-47, RS-120"""
        receiver = self.client.receiver("_topo/0/%s/mine" % self.router.id, credit=1)
        self.client.sender("_local/mine").send(body=1)
        self.assertEqual(receiver.receive().body, 1)

    def test_a_coordinator_is_refused(self):
        """RS-49"""
        refused = self.client.refusal("sender", coordinator=True)
        self.assert_refused(
            refused, "amqp:precondition-failed",
            "The router can't coordinate transactions by itself, a linkRoute to a coordinator "
            "must be configured to use transactions.")
        self.assertEqual(refused.link.link.remote_target.type, Terminus.UNSPECIFIED)

    def test_routers_capabilities_are_refused_to_clients(self):
        """RS-20"""
        for capability in ("qd.router", "qd.router-data"):
            for kind in ("sender", "receiver"):
                self.assert_refused(
                    self.client.refusal(kind, "x", capabilities=symbol(capability)),
                    "qd:forbidden", "Connectivity to the node is forbidden")

    def test_management_has_credit_at_once_in_all_its_forms(self):
        """RS-50"""
        for address in ("$management", "_local/$management",
                        "_topo/0/%s/$management" % self.router.id):
            self.client.sender(address).wait_credit(250)

    def test_settled_receivers_get_settled_transfers(self):
        """RS-32"""
        address = self.unique()
        receiver = self.client.receiver(address, credit=1, snd_settle_mode=Link.SND_SETTLED)
        sent = self.client.sender(address).send(body=1)
        self.assertTrue(receiver.receive().is_presettled)
        self.assertEqual(sent.outcome().state, "accepted")

    def test_a_drain_is_answered_at_once(self):
        """RS-57"""
        receiver = self.client.receiver(self.unique(), credit=10)
        self.assertEqual(receiver.drain(), 0)
        self.assertEqual(receiver.credit, 0)

    def test_detach_is_answered_in_kind_and_forgets_the_link(self):
        """RS-58, RS-59"""
        address = self.unique()
        self.client.receiver(address)
        for closed in (False, True):
            sender = self.client.sender(address, name="again").wait_credit(250)
            sender.detach(closed=closed)
            answer = self.client.frames_like("@detach")[-1]
            self.assertEqual("closed=true" in answer, closed, answer)
        session = self.client.session()
        self.client.sender(address, session=session)
        self.client.end(session)

    def test_credit_comes_back_as_deliveries_settle(self):
        """RS-54, RS-56"""
        address = self.unique()
        receiver = self.client.receiver(address, credit=300)
        sender = self.client.sender(address).wait_credit(250)
        sent = [sender.send(body=number) for number in range(250)]
        self.assertEqual(sender.credit, 0)
        for got in receiver.wait_count(250)[:100]:
            got.accept()
        sender.wait_credit(100)
        self.client.fence()
        self.assertEqual(sender.credit, 100)
        self.assertEqual(sent[99].outcome().state, "accepted")


class Tenants(WireTest):
    CONFIGURATION = [
        ("router", dict(mode="standalone", id="TENANTS")),
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(name="tenants", host="127.0.0.1", port=0, multiTenant=True)),
        ("address", dict(prefix="a.example/cast", distribution="multicast")),
    ]

    def tenant(self, host):
        return self.connect(port=self.router.ports["tenants"], hostname=host)

    def test_a_tenants_addresses_have_its_name_before_them(self):
        """RS-138, RS-140"""
        address = self.unique()
        client = self.tenant("a.example")
        receiver = client.receiver(address, credit=2)
        self.assertEqual(receiver.remote_address, address)
        self.connect().sender("a.example/" + address).send(body=1)
        client.sender(None).send(address=address, body=2)
        self.assertEqual([receiver.receive().body, receiver.receive().body], [1, 2])
        for other in (self.tenant("b.example"), self.connect()):
            sender = other.sender(address)
            other.fence()
            self.assertEqual(sender.credit, 0)

    def test_reserved_forms_have_none(self):
        """RS-139"""
        client = self.tenant("a.example")
        client.sender("_local/$management").wait_credit(250)
        sender = client.sender("$management")
        client.fence()
        self.assertEqual(sender.credit, 0)

    def test_distribution_is_found_by_the_full_name(self):
        """RS-140"""
        client = self.tenant("a.example")
        receivers = [client.receiver("cast", credit=1) for _ in range(2)]
        client.sender("cast").send(body="all")
        self.assertEqual([each.receive().body for each in receivers], ["all", "all"])


class Addresses(WireTest):
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
        self.client.fence()
        refused = self.client.sender(None).send(address="unknown", body=1).outcome()
        self.assertEqual(refused.state, "rejected")

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
            address = "way/%d" % number
            towards = self.client.receiver(address, credit=1, capabilities=capability)
            away = self.client.sender(address, capabilities=capability)
            receiver = self.client.receiver(address, credit=1)
            self.client.sender(address).send(body="one")
            self.assertEqual(towards.receive().body, "one")
            away.send(body="two")
            self.assertEqual(receiver.receive().body, "two")


if __name__ == "__main__":
    main()
