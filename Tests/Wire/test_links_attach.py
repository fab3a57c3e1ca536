"""Links of one router: attach, credit, drain, detach (routing semantics, section 2)."""

from harness import *

NO_ROUTE = ("qd:no-route-to-dest", "No route to the destination node")


class Attaching(WireTest):
    def setUp(self):
        self.client = self.connect()

    def test_the_attach_says_first_and_no_limit_whatever_was_asked(self):
        """RS-30, RS-31, RS-396"""
        peer = self.raw()
        peer.handshake()
        peer.begin()
        attach = peer.attach_sender(
            "amqp:/echo", name="echoed", snd_settle_mode=2, rcv_settle_mode=1,
            max_message_size=1000)
        self.assertEqual(attach["name"], "echoed")
        self.assertEqual(attach["snd-settle-mode"], 2)
        self.assertEqual(attach["rcv-settle-mode"], 0)
        self.assertIn(attach["max-message-size"], (None, 0))
        target = opened(attach["target"])[1]
        self.assertEqual(target["address"], "amqp:/echo")
        self.assertEqual(target.get("expiry-policy", "session-end"), "session-end")

    def test_what_was_left_out_of_a_terminus_is_echoed_as_its_default(self):
        """RS-31: a missing terminus as one without an address, a missing expiry policy as the
        session's end."""
        address = self.unique()
        for role, source, target in (
                (False, None, composite("target", address=address)),
                (True, composite("source", address=address), None)):
            peer = self.raw()
            peer.handshake()
            peer.begin()
            peer.send("attach", name="n", handle=0, role=role, source=source, target=target,
                      initial_delivery_count=None if role else 0)
            attach = peer.expect("attach")
            for name in ("source", "target"):
                fields = opened(attach[name])[1]
                self.assertEqual(
                    fields.get("address"), address if role == (name == "source") else None)
                self.assertEqual(
                    [fields[each] for each in ("durable", "expiry-policy", "timeout", "dynamic")],
                    [0, "session-end", 0, False])

    def test_both_termini_are_echoed_whole(self):
        """RS-31: but for the default outcome."""
        symbols = Array(UNDESCRIBED, Data.SYMBOL, symbol("a"), symbol("b"))
        shared = dict(durable=2, expiry_policy="never", timeout=9,
                      dynamic_node_properties={symbol("p"): 1}, capabilities=symbols)
        address = "amqp:/" + self.unique()
        peer = self.raw()
        peer.handshake()
        peer.begin()
        for role in (False, True):
            source = composite(
                "source", address=address if role else "own", distribution_mode="copy",
                filter={symbol("f"): "v"}, outcomes=symbols, **shared)
            target = composite("target", address="own" if role else address, **shared)
            peer.send("attach", name="n", handle=int(role), role=role,
                      source=composite("source", **dict(
                          {key.replace("-", "_"): value
                           for key, value in opened(source)[1].items()},
                          default_outcome=composite("released"))),
                      target=target, initial_delivery_count=None if role else 0)
            attach = peer.expect("attach", skip=("flow",))
            for sent, name in ((source, "source"), (target, "target")):
                echoed = opened(attach[name])[1]
                self.assertFalse(echoed.pop("dynamic"))
                self.assertEqual(
                    {key: repr(value) for key, value in echoed.items()},
                    {key: repr(value) for key, value in opened(sent)[1].items()})

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

    def drained_peer(self):
        """A `RawPeer` whose sender was told to drain, as its address has no consumer any more; and
        the address."""
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
        return peer, address

    def answer_drain(self, peer):
        peer.send("flow", next_incoming_id=0, incoming_window=2048, next_outgoing_id=1,
                  outgoing_window=2048, handle=0, delivery_count=250, link_credit=0, drain=True)

    def test_a_sender_that_has_answered_a_drain_gets_all_its_credit_when_a_consumer_comes(self):
        """RS-38"""
        peer, address = self.drained_peer()
        self.answer_drain(peer)
        peer.begin(channel=1)  # a round trip: the router has read the answer
        self.client.receiver(address)
        flow = peer.expect("flow")
        self.assertEqual(
            (flow["delivery-count"], flow["link-credit"], flow["drain"]), (250, 250, False))

    def test_a_sender_that_answers_a_drain_late_gets_its_credit_anew(self):
        """RS-38: the answer crosses the credit that a new consumer brought, and takes it back."""
        peer, address = self.drained_peer()
        self.client.receiver(address)
        self.assertFalse(peer.expect("flow")["drain"])
        self.answer_drain(peer)
        flow = peer.expect("flow")
        self.assertEqual(
            (flow["delivery-count"], flow["link-credit"], flow["drain"]), (250, 250, False))

    def test_dynamic_targets_are_mobile_addresses(self):
        """RS-41"""
        sender = self.client.sender(dynamic=True)
        self.assertRegex(sender.remote_address, r"^amqp:/_\$temp\.[A-Za-z0-9+_]{15}$")
        self.assertTrue(sender.link.remote_target.dynamic)
        self.client.fence()
        self.assertEqual(sender.credit, 0)
        receivers = [self.client.receiver(sender.remote_address, credit=2) for _ in range(2)]
        for number in range(2):
            sender.send(body=number)
            wait_for(lambda: sum(len(each.deliveries) for each in receivers) == number + 1)
        self.assertEqual([len(each.deliveries) for each in receivers], [1, 1], "it is balanced")
        other = self.client.sender(dynamic=True)
        self.assertNotEqual(other.remote_address, sender.remote_address)

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
        self.assertTrue(receiver.link.remote_source.dynamic)
        other = self.client.receiver(receiver.remote_address, credit=10)
        receiver.flow(10)
        sender = self.client.sender(receiver.remote_address).wait_credit(250)
        for number in range(4):
            sender.send(body=number)
            wait_for(lambda: len(receiver.deliveries + other.deliveries) == number + 1)
        self.assertEqual(len(receiver.deliveries), 2, "it is balanced")

    def test_a_dynamic_address_lives_as_long_as_its_link(self):
        """RS-45"""
        receiver = self.client.receiver(dynamic=True, credit=1)
        address = receiver.remote_address
        anonymous = self.client.sender(None)
        anonymous.send(address=address, body=1)
        receiver.receive().accept()
        receiver.detach()
        self.assertEqual(anonymous.send(address=address, body=2).outcome().state, "released")

    def test_receivers_without_an_address_or_of_other_routers_are_refused(self):
        """RS-46, RS-47, RS-52"""
        for how in (dict(null=True), dict(address=None), dict(address=""),
                    dict(address="_topo/0/OTHER/x"), dict(address="_topo/0/OTHER"),
                    dict(address="_topo/all/x")):
            refused = self.client.refusal("receiver", **how)
            self.assert_refused(refused, *NO_ROUTE)
            self.assertEqual(refused.link.link.remote_source.type, Terminus.UNSPECIFIED)
        senders = [self.client.sender(each) for each in ("_topo/0/OTHER/x", "_topo/all/x")]
        self.client.fence()
        self.assertEqual([sender.credit for sender in senders], [0, 0])

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
        """RS-58"""
        address = self.unique()
        self.client.receiver(address)
        for closed in (False, True):
            sender = self.client.sender(address, name="again").wait_credit(250)
            sender.detach(closed=closed)
            answer = self.client.frames_like("@detach")[-1]
            self.assertEqual("closed=true" in answer, closed, answer)

    def test_a_detach_that_does_not_wait_for_the_attach_is_answered_with_it(self):
        """RS-58: also where all comes at once."""
        address = self.unique()
        for role in (True, False):
            for closed in (None, True):
                peer = self.raw()
                peer.handshake()
                peer.begin()
                for number in range(3):
                    name = "hasty-%d" % number
                    peer.send_bytes(
                        frame("attach", name=name, handle=0, role=role, initial_delivery_count=0,
                              source=composite("source", address=address),
                              target=composite("target", address=address))
                        + frame("detach", handle=0, closed=closed))
                    self.assertEqual(peer.expect("attach")["name"], name)
                    self.assertEqual(peer.expect("detach")["closed"], closed)

    def test_a_link_of_the_same_name_begins_anew(self):
        """RS-58: counts from nothing, whichever way the former went."""
        address = self.unique()
        self.client.receiver(address, credit=10)
        for closed in (False, True):
            peer = self.raw()
            peer.handshake()
            peer.begin()
            for _ in range(2):
                peer.attach_sender(address, name="again")
                flow = peer.expect("flow")
                self.assertEqual((flow["delivery-count"] or 0, flow["link-credit"]), (0, 250))
                peer.send("transfer", handle=0, delivery_tag=b"t", settled=True,
                          payload=Message(body=1).encode(), delivery_id=_)
                peer.expect("flow")
                peer.send("detach", handle=0, closed=closed)
                peer.expect("detach", skip=("flow",))

    def test_the_end_of_a_session_is_the_loss_of_its_links(self):
        """RS-59: what its receivers were sent is modified, what waited released."""
        address = self.unique()
        session = self.client.session()
        receiver = self.client.receiver(address, credit=1, session=session)
        sender = self.client.sender(address)
        sent = [sender.send(body=number) for number in range(2)]
        receiver.receive()
        self.client.end(session)
        self.assertEqual([each.outcome().state for each in sent], ["modified", "released"])
        self.assertEqual(sender.send(body=3).outcome().state, "released")

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


if __name__ == "__main__":
    main()
