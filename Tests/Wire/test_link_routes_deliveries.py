"""What passes over links that go on to a container, and their ends (RS 8.3)."""

from frames import composite
from proton import Described as ProtonDescribed

from harness import *
from placement import placements
from routed import Routed

LONG = 300_000


@placements
class Deliveries(Routed):
    def test_bytes_and_tag_are_kept(self):
        """RS-267, RS-268"""
        client, sender, broker, receiver = self.attached("sender")
        receiver.flow(10)
        data = Message(
            body="x", address="elsewhere", annotations={
                symbol("x-opt-qd.to"): "a", symbol("mine"): 1}).encode()
        for tag in ("1", "twenty octets in a tag", "t" * 32):
            sent = sender.send(data, tag=tag)
            got = receiver.receive()
            self.assertEqual((got.tag, got.bytes), (tag, data))
            got.accept()
            self.assertEqual(sent.outcome().state, "accepted")
        sender.send(data, presettled=True, tag="p")
        got = receiver.receive()
        self.assertTrue(got.is_presettled)
        self.assertEqual(got.tag, "p")
        sender.send(b"\x01\x02\x03")
        self.assertEqual(receiver.receive().bytes, b"\x01\x02\x03")
        receiver.deliveries[-1].accept()

    def test_what_the_router_refuses_costs_no_credit(self):
        """RS-267, RS-268, RS-464, IR-97"""
        client, sender, broker, receiver = self.attached("sender")
        receiver.flow(2)
        sender.wait_credit(2)
        sent = sender.send(b"")
        outcome = sent.outcome()
        self.assertEqual((outcome.state, outcome.condition), ("rejected", "amqp:decode-error"))
        sender.wait_credit(2)
        for _ in range(2):
            sender.send(body=1)
        receiver.wait_count(2)
        for got in receiver.deliveries:
            got.accept()
        receiver.flow(1)
        sender.wait_credit(1)
        client.fence()
        self.assertEqual(sender.credit, 1)

    def test_outcomes_pass_both_ways(self):
        """RS-266"""
        client, sender, broker, receiver = self.attached("sender")
        receiver.flow(10)
        for answer, state in (
                (Incoming.accept, "accepted"), (Incoming.release, "released"),
                (lambda got: got.reject("x:y", "z"), "rejected"),
                (lambda got: got.modify(undeliverable=True), "modified")):
            sent = sender.send(body=state)
            answer(receiver.receive())
            self.assertEqual(sent.outcome().state, state)

    def test_a_state_waits_for_the_senders_settlement(self):
        """RS-266"""
        client, sender, broker, receiver = self.attached("sender")
        client.settles = False
        receiver.flow(1)
        sent = sender.send(body=1)
        got = receiver.receive().update(Delivery.ACCEPTED)
        broker.flush()
        self.assertEqual(sent.outcome(settled=False).state, "accepted")
        self.assertFalse(got.is_settled)
        sent.settle()
        client.flush()
        got.wait_settled()
        got.settle()

    def test_a_transactional_state_passes(self):
        """RS-266"""
        client, sender, broker, receiver = self.attached("sender")
        receiver.flow(1)
        sender.wait_credit(1)
        sent = sender.begin()
        sent.delivery.local.data = [b"txn-1"]
        sent.delivery.update(0x34)
        sent.write(Message(body=1).encode()).finish()
        got = receiver.receive()
        self.assertIn('txn-id=b"txn-1"', broker.frames_like("@transfer")[0])
        got.delivery.local.data = [b"txn-1", ProtonDescribed(ulong(0x24), [])]
        got.update(0x34)
        broker.flush()
        outcome = sent.outcome(settled=False)
        self.assertEqual(outcome.state, 0x34)
        self.assertEqual(outcome.data[0], b"txn-1")
        got.settle()
        sent.outcome()

    def raws(self, role):
        """A container and a client, frame by frame, with a link between them: `role` is the client's."""
        container = self.raw(port=self.router.ports["containers"])
        container.handshake(container_id="broker")
        client = self.raw()
        client.handshake()
        client.begin()
        wait_for(lambda: any(row["role"] == "route-container"
                             for row in self.management().query("connection")))
        ends = dict(source=composite("source", address="lr/q"), target=composite("target")) \
            if role == "receiver" else dict(
                source=composite("source"), target=composite("target", address="lr/q"))
        count = dict(initial_delivery_count=0)
        client.send("attach", name="f", handle=0, role=role == "receiver", **ends,
                    **(count if role == "sender" else {}))
        begun = container.expect("begin")
        container.send("begin", remote_channel=begun.channel, next_outgoing_id=0,
                       incoming_window=2048, outgoing_window=2048)
        name = container.expect("attach")["name"]
        container.send("attach", name=name, handle=0, role=role == "sender", **ends,
                       **(count if role == "receiver" else {}))
        client.expect("attach")
        return client, container

    @staticmethod
    def flow(peer, handle=0, **what):
        peer.send("flow", next_incoming_id=0, incoming_window=2048,
                  next_outgoing_id=0, outgoing_window=2048, handle=handle, **what)

    @staticmethod
    def next_flow(peer):
        """The next flow of a link."""
        while True:
            got = peer.expect("flow")
            if got["handle"] is not None:
                return got

    def test_flows_pass_whole(self):
        """RS-261, AMQP 2.7.4: what waits at the sender, properties, and who wants an answer."""
        words = {symbol("a"): "b"}
        client, container = self.raws("receiver")
        self.flow(client, delivery_count=0, link_credit=3, available=9, properties=words)
        got = self.next_flow(container)
        self.assertEqual((got["link-credit"], got["available"], got["properties"]),
                         (3, None, words))
        self.flow(client, delivery_count=0, link_credit=3, echo=True)
        self.assertTrue(self.next_flow(container)["echo"])
        self.flow(container, delivery_count=0, link_credit=3, available=7)
        got = self.next_flow(client)
        self.assertEqual((got["delivery-count"], got["available"]), (0, 7))
        self.flow(container, delivery_count=0, link_credit=3, available=7)
        self.flow(container, delivery_count=0, link_credit=3, available=7,
                  properties=words)
        self.assertEqual(self.next_flow(client)["properties"], words)
        self.flow(client, delivery_count=0, link_credit=3, echo=True)
        self.assertTrue(self.next_flow(container)["echo"])
        self.flow(container, delivery_count=0, link_credit=3)
        self.assertEqual(self.next_flow(client)["link-credit"], 3)
        self.flow(client, delivery_count=0, link_credit=3, drain=True)
        self.assertTrue(self.next_flow(container)["drain"])
        self.flow(container, delivery_count=0, link_credit=3, available=1, drain=True)
        self.assertEqual(self.next_flow(client)["available"], 1)
        self.flow(container, delivery_count=3, link_credit=0, available=0, drain=True)
        got = self.next_flow(client)
        self.assertEqual((got["delivery-count"], got["link-credit"], got["available"]), (3, 0, 0))

    def test_a_senders_flows_pass_whole(self):
        """RS-261, AMQP 2.7.4"""
        words = {symbol("a"): "b"}
        client, container = self.raws("sender")
        self.flow(client, delivery_count=0, link_credit=0, available=4, properties=words)
        got = self.next_flow(container)
        self.assertEqual((got["available"], got["properties"]), (4, words))
        self.flow(container, delivery_count=0, link_credit=2, properties=words)
        got = self.next_flow(client)
        self.assertEqual((got["link-credit"], got["properties"]), (2, words))
        self.flow(client, delivery_count=0, link_credit=2, echo=True)
        self.assertTrue(self.next_flow(container)["echo"])
        self.flow(container, delivery_count=0, link_credit=2)
        self.assertEqual(self.next_flow(client)["link-credit"], 2)

    def test_a_long_message_is_passed_on_as_it_comes(self):
        """RS-269"""
        client, sender, broker, receiver = self.attached("sender")
        receiver.flow(1)
        sender.wait_credit(1)
        sent = sender.begin(tag="long").write(bytes(1_000)).drained()
        got = receiver.receive(complete=False).wait_size(1_000)
        self.assertFalse(got.is_complete)
        sent.write(bytes(LONG)).finish()
        got.wait_complete().accept()
        self.assertEqual((got.size, got.tag), (LONG + 1_000, "long"))
        self.assertEqual(sent.outcome().state, "accepted")

    def test_an_abort_passes(self):
        """RS-269"""
        client, sender, broker, receiver = self.attached("sender")
        receiver.flow(2)
        sender.wait_credit(2)
        sent = sender.begin().write(bytes(1_000)).drained()
        got = receiver.receive(complete=False).wait_size(1_000)
        sent.abort()
        client.flush()
        broker.wait_for(lambda: got.is_aborted)
        sender.send(body=2)
        receiver.receive().accept()

    def test_a_detach_in_mid_message_aborts_it(self):
        """RS-269"""
        client, sender, broker, receiver = self.attached("sender")
        receiver.flow(2)
        sender.wait_credit(2)
        sender.begin().write(bytes(1_000)).drained()
        got = receiver.receive(complete=False).wait_size(1_000)
        sender.link.close()
        client.flush()
        broker.wait_for(lambda: got.is_aborted)
        receiver.wait_closed()
        receiver.detach()
        sender.wait_closed()

    def test_many_messages_keep_their_order(self):
        """RS-267"""
        client, receiver, broker, sender = self.attached("receiver")
        receiver.answer = Incoming.accept
        receiver.refills = True
        receiver.flow(100)
        for number in range(2_000):
            sender.send(body=number, presettled=number % 3 == 0)
        receiver.wait_count(2_000)
        self.assertEqual([got.body for got in receiver.deliveries], list(range(2_000)))


@placements
class Ends(Routed):
    def test_a_detach_passes_both_ways(self):
        """RS-263, RS-466"""
        for closed, answer in ((True, True), (False, False), (False, True)):
            for kind in ("sender", "receiver"):
                broker = self.broker()
                client = self.near()
                link = getattr(client, kind)("lr/q")
                far = broker.accepted_links[0]
                link.link.condition = Condition("x:bye", "for now")
                (link.link.close if closed else link.link.detach)()
                client.flush()
                event = Event.LINK_REMOTE_CLOSE if closed else Event.LINK_REMOTE_DETACH
                broker.wait_for(lambda: event in broker.events, what="the detach")
                # Proton reads no error of a detach that does not close.
                if closed:
                    self.assert_condition(far.error, "x:bye", "for now")
                client.sync()
                self.assertNotIn(Event.LINK_REMOTE_CLOSE, client.events)
                self.assertNotIn(Event.LINK_REMOTE_DETACH, client.events)
                (far.link.close if answer else far.link.detach)()
                broker.flush()
                event = Event.LINK_REMOTE_CLOSE if answer else Event.LINK_REMOTE_DETACH
                client.wait_for(lambda: event in client.events, what="the answer")
                self.brokers.remove(broker)
                broker.kill()
                client.kill()

    def test_the_containers_detach_reaches_the_client(self):
        """RS-263, RS-265"""
        client, sender, broker, receiver = self.attached("sender")
        receiver.flow(5)
        sender.wait_credit(5)
        sent = sender.send(body=1)
        receiver.receive()
        receiver.link.condition = Condition("x:gone", "away")
        receiver.link.close()
        broker.flush()
        self.assert_condition(sender.wait_closed(), "x:gone", "away")
        self.assertEqual(sent.outcome().state, "modified")

    def test_the_loss_of_the_container_is_told(self):
        """RS-264, RS-265"""
        for kind in ("sender", "receiver"):
            broker = self.broker()
            client = self.near()
            link = getattr(client, kind)("lr/q")
            if kind == "sender":
                broker.accepted_links[0].flow(1)
                sent = link.send(body=1)
                broker.accepted_links[0].receive()
            self.brokers.remove(broker)
            broker.kill()
            self.assert_condition(
                link.wait_closed(), "qd:routed-link-lost",
                "Connectivity to the peer container was lost")
            if kind == "sender":
                self.assertEqual(sent.outcome().state, "modified")
            link.link.close()
            client.flush()
            self.assert_refused(
                client.refusal("sender", "lr/q"), "qd:no-route-to-dest",
                "No route to the destination node")

    def test_the_loss_of_the_client_is_told(self):
        """RS-264"""
        client, sender, broker, receiver = self.attached("sender")
        client.kill()
        self.assert_condition(
            receiver.wait_closed(), "qd:routed-link-lost",
            "Connectivity to the peer container was lost")

    def test_a_client_that_goes_while_it_waits_leaves_nothing(self):
        """RS-468"""
        broker = self.broker()
        broker.accepts_links = False
        client = self.near()
        client.sender("lr/q", wait=False)
        wait_for(lambda: broker.accepted_links)
        client.kill()
        far = broker.accepted_links[0]
        far.wait_closed()
        far.link.open()
        far.link.close()
        broker.sync()
        agent = self.management()
        wait_for(lambda: not [row for row in agent.query("router.link")
                              if row["owningAddr"] == "M0lr/q"])

    def test_a_container_that_attaches_and_goes(self):
        """RS-468"""
        broker = self.broker()
        broker.accepts_links = False
        client = self.near()
        link = client.sender("lr/q", wait=False)
        wait_for(lambda: broker.accepted_links)
        broker.accepted_links[0].link.open()
        broker.flush()
        broker.kill()
        self.assertIn(link.wait_closed().name, ("qd:routed-link-lost", "qd:no-route-to-dest"))

if __name__ == "__main__":
    main()
