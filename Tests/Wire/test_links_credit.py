"""Credit of one router's links, where the deliveries go nowhere, or too many come (RS 2.1 to 2.7)."""

from harness import *
from placement import DeliveryTest


def mapped(flows, *fields):
    return [tuple(flow[field] for field in fields) for flow in flows]


class Credit(WireTest):
    CONFIGURATION = [("address", dict(prefix="closed", distribution="unavailable")),
                     ("address", dict(prefix="multicast", distribution="multicast")),
                     ("address", dict(prefix="closest", distribution="closest"))]

    def setUp(self):
        self.client = self.connect()

    def peer(self, **how):
        """A bare peer with a session, and no heartbeats in the way."""
        peer = self.raw()
        peer.handshake(**how)
        peer.begin()
        return peer

    def transfer(self, peer, number, settled=False, **fields):
        peer.send("transfer", payload=Message(body=number).encode(), **dict(dict(
            handle=0, delivery_id=number, delivery_tag=b"%d" % number, settled=settled), **fields))

    def link(self, name):
        return [each for each in self.management().query("router.link")
                if each["linkName"] == name][0]

    def test_a_consumer_without_credit_of_its_own_gives_credit(self):
        """RS-35, RS-36, RS-44, RS-51: whatever its distribution and its name are."""
        for name in ("a", "closest/a", "multicast/a", "$odd", "$odd/b", "_odd", "_odd/x y", "#", "*",
                     "\N{SNOWMAN}", "?q=1", "l" * 400):
            with self.subTest(name):
                address = self.unique(name)
                before = self.client.sender(address)
                self.client.fence()
                self.assertEqual(before.credit, 0)
                receiver = self.client.receiver(address)
                before.wait_credit(250)
                after = self.client.sender(address).wait_credit(250)
                sent = after.send(body=name)
                receiver.flow(1)
                self.assertEqual(receiver.receive().body, name)
                receiver.deliveries[0].accept()
                self.assertEqual(sent.outcome().state, "accepted")

    def test_an_anonymous_sender_need_not_ask_for_the_relay(self):
        """RS-42, RS-43: the peer desires nothing; its target is null."""
        peer = self.peer()
        address = self.unique()
        receiver = self.client.receiver(address, credit=1)
        peer.send("attach", name="relay", handle=0, role=False, source=composite("source"),
                  target=None, initial_delivery_count=0)
        # Its target is not null, which would be a refusal.
        self.assertEqual(
            opened(peer.expect("attach")["target"])[1].get("expiry-policy"), "session-end")
        self.assertEqual(peer.expect("flow")["link-credit"], 250)
        peer.send("transfer", handle=0, delivery_id=0, delivery_tag=b"1", settled=True,
                  payload=Message(address=address, body="relayed").encode())
        self.assertEqual(receiver.receive().body, "relayed")

    def test_what_an_attach_says_beside_its_termini_is_ignored(self):
        """RS-33a, RS-30: answered by nulls; only the initial delivery count is heeded."""
        address = self.unique()
        self.client.receiver(address)
        for receives in (False, True):
            peer = self.peer()
            own = dict(source=composite("source", address=address), target=composite("target"))
            if not receives:
                own = dict(source=composite("source"), target=composite("target", address=address),
                           initial_delivery_count=41)
            peer.send("attach", name="rich", handle=0, role=receives, max_message_size=10,
                      unsettled={b"tag": composite("accepted")}, incomplete_unsettled=True,
                      offered_capabilities=Array(UNDESCRIBED, Data.SYMBOL, symbol("o")),
                      desired_capabilities=Array(UNDESCRIBED, Data.SYMBOL, symbol("d")),
                      properties={symbol("p"): 1}, **own)
            attach = peer.expect("attach")
            for field in ("unsettled", "offered-capabilities", "desired-capabilities",
                          "properties"):
                self.assertIsNone(attach[field], field)
            self.assertFalse(attach["incomplete-unsettled"])
            self.assertIn(attach["max-message-size"], (None, 0))
            self.assertEqual(attach["initial-delivery-count"], 0)
            if not receives:
                flow = peer.expect("flow")
                self.assertEqual((flow["delivery-count"], flow["link-credit"]), (41, 250))

    def test_an_echo_is_answered(self):
        """AMQP 2.7.4: for a session, a receiver's link and a sender's link."""
        peer = self.peer()
        address = self.unique()
        peer.attach_receiver(address, handle=0)
        peer.attach_sender(address, handle=1)
        peer.expect("flow")
        window = dict(next_incoming_id=0, incoming_window=100, next_outgoing_id=0,
                      outgoing_window=100, echo=True)
        peer.send("flow", **window)
        self.assertIsNone(peer.expect("flow")["handle"])
        peer.send("flow", handle=0, delivery_count=0, link_credit=10, **window)
        self.assertEqual(peer.expect("flow")["link-credit"], 10)
        peer.send("flow", handle=1, delivery_count=0, link_credit=0, **window)
        self.assertEqual(peer.expect("flow")["link-credit"], 250)

    def test_any_credit_is_taken(self):
        """AMQP 2.6.7: up to the most that can be said, told all at once or again."""
        for credit in (1 << 31) - 1, 1 << 31, (1 << 31) + 1, (1 << 32) - 1:
            with self.subTest(credit):
                address = self.unique()
                peer = self.peer()
                peer.attach_receiver(address)
                sender = self.client.sender(address)
                for count in range(3):
                    peer.send("flow", handle=0, next_incoming_id=count, incoming_window=100,
                              next_outgoing_id=0, outgoing_window=100, delivery_count=count,
                              link_credit=credit)
                    sent = sender.send(body=count)
                    got = peer.expect("transfer")
                    peer.send("disposition", role=True, first=got["delivery-id"], settled=True,
                              state=composite("accepted"))
                    self.assertEqual(sent.outcome().state, "accepted")

    def test_credit_is_whole_after_consumers_come_and_go_in_the_middle_of_messages(self):
        """RS-35, RS-38: a message in progress, which nobody took, is counted once."""
        address = self.unique()
        peer = self.peer()
        receiver = self.client.receiver(address, credit=50)
        peer.attach_sender(address)
        peer.expect("flow")
        body = Message(body=b"x" * 3_000).encode()
        for number in range(0, 20, 2):
            receiver.detach()
            self.client.sync()
            self.transfer(peer, number)
            self.until_answered(peer, number)
            peer.send("transfer", body[:1_000], handle=0, delivery_id=number + 1,
                      delivery_tag=b"%d" % number, more=True)
            receiver = self.client.receiver(address, credit=50)
            receiver.answer = Incoming.accept
            self.client.sync()
            peer.send("transfer", body[1_000:], handle=0)
            flows = self.until_answered(peer, number + 1)
            while not flows or flows[-1]["delivery-count"] + flows[-1]["link-credit"] != (
                    number + 2 + 250):
                flows.append(self.link_flow(peer))

    def link_flow(self, peer):
        while True:
            flow = peer.expect("flow", skip=("disposition",))
            if flow["handle"] is not None:
                return flow

    def until_answered(self, peer, number):
        """The flows of links until a delivery is settled."""
        flows = []
        while True:
            got = peer.expect("flow", "disposition")
            if got.name == "flow":
                flows += [got] if got["handle"] is not None else []
            elif got["settled"] and (got["last"] or got["first"]) >= number:
                return flows

    def test_what_is_sent_beyond_the_credit_is_handled_as_usual(self):
        """RS-33c, RS-408"""
        address = self.unique()
        receiver = self.client.receiver(address, credit=1000)
        receiver.answer = Incoming.accept
        peer = self.peer()
        peer.attach_sender(address)
        self.assertEqual(peer.expect("flow")["link-credit"], 250)
        for number in range(600):
            self.transfer(peer, number)
        bodies = [each.body for each in receiver.wait_count(600)]
        self.assertEqual(bodies, list(range(600)))
        self.client.sync()
        settled, flow = 0, None
        while settled < 600 or flow["delivery-count"] < 600 or flow["link-credit"] < 250:
            got = peer.expect("disposition", "flow")
            if got.name == "flow":
                flow = got if got["handle"] is not None else flow
            else:
                settled += (got["last"] or got["first"]) - got["first"] + 1
        self.assertEqual(mapped([flow], "delivery-count", "link-credit"), [(600, 250)])

    def test_without_a_consumer_all_distributions_release_and_drain(self):
        """RS-38, RS-39, RS-158: multicast as the others."""
        for name in ("a", "closest/a", "multicast/a"):
            with self.subTest(name):
                address = self.unique(name)
                receivers = [self.client.receiver(address) for _ in range(2)]
                sender = self.connect().sender(address).wait_credit(250)
                for receiver in receivers:
                    receiver.detach()
                self.client.fence()
                sender.client.fence()
                self.assertEqual((sender.credit, sender.is_draining), (250, False))
                outcome = sender.send(body=1).outcome()
                self.assertEqual(outcome.state, "released")
                self.assertTrue(sender.is_draining)
                sender.send(body=2, presettled=True)
                sender.client.fence()
                self.assertEqual(sender.credit, 248)
                receiver = self.client.receiver(address, credit=5)
                sender.wait_credit(250).send(body=3)
                self.assertEqual(receiver.receive().body, 3)
                self.assertFalse(sender.is_draining)

    def test_presettled_without_a_consumer_is_dropped_and_counted_and_drained(self):
        """RS-39, RS-390"""
        management = self.management()
        address = self.unique()
        receiver = self.client.receiver(address)
        peer = self.peer()
        name = self.unique("dropping")
        peer.attach_sender(address, name=name)
        self.assertEqual(peer.expect("flow")["link-credit"], 250)
        receiver.detach()
        self.client.fence()
        before = management.query("router", "droppedPresettledDeliveries")[0]
        for number in range(3):
            self.transfer(peer, number, settled=True)
        flow = peer.expect("flow")
        self.assertTrue(flow["drain"])
        peer.begin(channel=1)
        row = self.link(name)
        self.assertEqual((row["droppedPresettledCount"], row["deliveryCount"]), (3, 3))
        after = management.query("router", "droppedPresettledDeliveries")[0]
        self.assertEqual(
            after["droppedPresettledDeliveries"] - before["droppedPresettledDeliveries"], 3)
        again = self.client.receiver(address, credit=10)
        flow = peer.expect("flow")
        self.assertEqual(mapped([flow], "delivery-count", "link-credit", "drain"),
                         [(3, 250, False)])
        self.assertEqual(again.drain(), 0)

    def test_the_router_sends_no_flow_for_a_receivers_link_but_the_answer_to_a_drain(self):
        """RS-48, RS-57"""
        address = self.unique()
        peer = self.peer()
        peer.attach_receiver(address)
        sender = self.client.sender(address).wait_credit(250)
        peer.send("flow", next_incoming_id=0, incoming_window=2048, next_outgoing_id=0,
                  outgoing_window=2048, handle=0, delivery_count=0, link_credit=3)
        sent = [sender.send(body=number) for number in range(5)]
        for number in range(3):
            self.assertEqual(peer.expect("transfer")["delivery-id"], number)
        peer.send("disposition", role=True, first=0, last=2, settled=True,
                  state=composite("accepted"))
        for each in sent[:3]:
            each.outcome()
        # A round trip: nothing but the answer has come.
        peer.begin(channel=1)
        peer.send("flow", next_incoming_id=3, incoming_window=2048, next_outgoing_id=0,
                  outgoing_window=2048, handle=0, delivery_count=3, link_credit=10, drain=True)
        for number in range(3, 5):
            self.assertEqual(peer.expect("transfer")["delivery-id"], number)
        flow = peer.expect("flow")
        self.assertEqual(mapped([flow], "delivery-count", "link-credit", "drain"),
                         [(13, 0, True)])

    def test_what_the_router_rejects_gives_its_credit_back_at_once(self):
        """RS-55, RS-167, RS-203, RS-207: by address or by its bytes."""
        sender = self.client.sender(None).wait_credit(250)
        for message, condition in (
                (Message(address="closed/x", body=1), "amqp:not-found"),
                (Message(body=1), "amqp:precondition-failed"),
                (b"\x00\x53\x73\xff", "amqp:decode-error"), (b"", "amqp:decode-error")):
            outcome = sender.send(message).outcome()
            self.assertEqual((outcome.state, outcome.condition), ("rejected", condition))
            sender.wait_credit(250)

    def test_one_flow_gives_many_credits_back(self):
        """RS-56"""
        address = self.unique()
        receiver = self.client.receiver(address, credit=250)
        peer = self.peer()
        peer.attach_sender(address)
        peer.expect("flow")
        for number in range(250):
            self.transfer(peer, number)
        for got in receiver.wait_count(250):
            got.update(Delivery.ACCEPTED)
            got.is_locally_settled = True
            got.delivery.settle()
        self.client.flush()
        flows = []
        while not flows or flows[-1]["delivery-count"] + flows[-1]["link-credit"] < 500:
            got = peer.expect("flow", "disposition")
            if got.name == "flow" and got["handle"] is not None:
                flows.append(got)
        self.assertLess(len(flows), 50)


class Workers(DeliveryTest):
    WORKERS = 2

    def test_whoever_knows_that_a_receiver_is_attached_can_reach_it(self):
        """RS-44: from another worker, which knew the address without consumers."""
        near, far = self.near(trace=False), self.far(trace=False)
        relay = near.sender(None)
        for number in range(600):
            address = self.unique()
            sender = near.sender(address)
            receiver = far.receiver(address, credit=1)
            receiver.answer = Incoming.accept
            self.assertEqual(relay.send(address=address, body=number).outcome().state, "accepted")
            receiver.detach(wait=False)
            sender.detach(wait=False)


class Names(WireTest):
    def test_a_link_is_never_detached_for_what_becomes_of_its_address(self):
        """RS-25, RS-62: neither when consumers go, nor when its configuration does."""
        management = self.management()
        prefix = self.unique("configured")
        management.create("router.config.address", prefix, prefix=prefix, distribution="closest")
        client, other = self.connect(), self.connect()
        sender, anonymous = client.sender(prefix + "/x"), client.sender(None)
        idle = client.receiver(prefix + "/y")
        other.receiver(prefix + "/x")
        sender.wait_credit(250)
        other.kill()
        # A drain says that the sender's side knows.
        wait_for(lambda: sender.send(body=1).outcome().state == "released" and sender.is_draining,
                 what="a drain")
        anonymous.send(address=prefix + "/x", body=1).outcome()
        management.delete("router.config.address", prefix)
        client.fence()
        receiver = self.connect().receiver(prefix + "/x", credit=1)
        sender.wait_credit(250).send(body="still")
        self.assertEqual(receiver.receive().body, "still")
        self.assertFalse(
            sender.is_closed or anonymous.is_closed or idle.is_closed or client.is_closed)

    def test_a_link_of_the_same_container_and_name_steals_nothing(self):
        """RS-25, RS-13: both stay, though AMQP names a link by these two."""
        address = self.unique()
        clients = [self.connect(container="twin") for _ in range(2)]
        receivers = [each.receiver(address, name="same", credit=5) for each in clients]
        senders = [each.sender(address, name="same") for each in clients]
        for number in range(4):
            senders[number % 2].send(body=number).drained()
            wait_for(lambda: sum(len(each.deliveries) for each in receivers) == number + 1)
        self.assertEqual([len(each.deliveries) for each in receivers], [2, 2])
        clients[0].fence()
        self.assertFalse(any(each.is_closed for each in clients + receivers + senders))

    def test_a_lost_connection_leaves_no_durable_link(self):
        """RS-60, RS-31: whatever durability, expiry and timeout its terminus asked for."""
        address = self.unique()
        client = self.connect()
        client.receiver(address, name="kept", credit=9, durability=Terminus.DELIVERIES,
                        expiry=Terminus.EXPIRE_NEVER, timeout=1000)
        sender = self.connect().sender(address).wait_credit(250)
        client.kill()
        wait_for(lambda: sender.send(body=1).outcome().state == "released",
                 what="the receiver's end")
        management = self.management()
        self.assertEqual([each for each in management.query("router.link")
                          if each["linkName"] == "kept"], [])
        again = self.connect().receiver(address, name="kept", credit=9)
        again.client.fence()
        self.assertEqual(again.deliveries, [])


if __name__ == "__main__":
    main()
