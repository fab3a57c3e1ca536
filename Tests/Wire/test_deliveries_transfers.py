"""What of a transfer passes, how deliveries are counted, and what an exit loses (RS 5.1, 5.4, 16)."""

import socket as sockets

from harness import *
from placement import DeliveryTest, attach_receiver, attach_sender, placements


@placements
class Transfers(DeliveryTest):
    @classmethod
    def setUpClass(cls):
        cls.CONFIGURATION = [
            ("router", dict(mode="standalone", id="TEST", workerThreads=cls.WORKERS)),
            ("address", dict(prefix="multicast", distribution="multicast")),
            ("listener", dict(host="127.0.0.1", port=0, stripAnnotations="no")),
        ]
        super().setUpClass()

    def test_the_format_of_a_transfer_is_passed_on_and_its_modes_are_not(self):
        """RS-181, RS-408; the format as AMQP 2.7.5 means it."""
        address = self.unique()
        receiver, sender = self.raw(), self.raw()
        for peer in (receiver, sender):
            peer.handshake()
            peer.begin()
        attach_receiver(receiver, address)
        receiver.send("flow", next_incoming_id=0, incoming_window=100, next_outgoing_id=0,
                      outgoing_window=100, handle=0, delivery_count=0, link_credit=10)
        attach_sender(sender, address)
        payload = Message(body="x").encode()
        sender.send("transfer", handle=0, delivery_id=0, delivery_tag=b"its own", settled=False,
                    message_format=7, rcv_settle_mode=1, batchable=True, payload=payload)
        got = receiver.expect("transfer")
        self.assertEqual(got["message-format"], 7)
        self.assertNotEqual(got["delivery-tag"], b"its own")
        for field in ("rcv-settle-mode", "resume", "batchable", "aborted", "more"):
            self.assertFalse(got[field], field)
        # Its mode is not, so that the receiver's word is the last.
        receiver.send("disposition", role=True, first=got["delivery-id"], settled=False,
                      state=composite("accepted"))
        answer = sender.expect("disposition", skip=("", "flow"))
        self.assertEqual(opened(answer["state"])[0], "accepted")

    def test_all_may_be_described_by_symbols(self):
        """AMQP 1.3: performatives, termini and outcomes, from a client's first word to its last."""
        def named(name, /, **fields):
            value = composite(name, **fields)
            return Described(symbol("amqp:%s:list" % name), value.value)

        address = self.unique()
        peers = []
        for receives in (True, False):
            peer = self.raw()
            peer.header()
            peer.send(named("open", container_id="by-symbols"))
            peer.expect("open")
            peer.send(named("begin", next_outgoing_id=0, incoming_window=100, outgoing_window=100))
            peer.expect("begin")
            own = dict(source=named("source", address=address if receives else None),
                       target=named("target", address=None if receives else address))
            peer.send(named("attach", name="link", handle=0, role=receives,
                            initial_delivery_count=None if receives else 0, **own))
            self.assertEqual(
                opened(peer.expect("attach")["source" if receives else "target"])[1]["address"],
                address)
            peers.append(peer)
        receiver, sender = peers
        receiver.send(named("flow", handle=0, next_incoming_id=0, incoming_window=100,
                            next_outgoing_id=0, outgoing_window=100, delivery_count=0,
                            link_credit=10))
        sender.expect("flow")
        error = named("error", condition="x:why", description="because")
        for number, state in enumerate((
                named("accepted"), named("rejected", error=error), named("released"),
                named("modified", delivery_failed=True, undeliverable_here=True))):
            sender.send(named("transfer", handle=0, delivery_id=number, delivery_tag=b"t%d" % number),
                        payload=Message(body=number).encode())
            got = receiver.expect("transfer")
            receiver.send(named("disposition", role=True, first=got["delivery-id"], settled=True,
                                state=state))
            answer = sender.expect("disposition", skip=("", "flow"))
            self.assertTrue(answer["settled"])
            self.assertEqual(self.told(answer["state"]), self.told(state))
        for peer in peers:
            peer.send(named("close"))
            self.assertIsNone(peer.expect("close", skip=("", "flow")).error())

    @staticmethod
    def told(state):
        """An outcome's name, and its fields as text, however they are described."""
        names = {0x24: "accepted", 0x25: "rejected", 0x26: "released", 0x27: "modified"}
        name = (state.descriptor.split(":")[1] if isinstance(state.descriptor, str)
                else names[int(state.descriptor)])
        fields = [each.value if isinstance(each, Described) else each for each in state.value]
        return name, [str(each) for each in fields if each is not None]

    def test_a_message_that_says_it_is_a_stream_is_sent_on_from_its_start(self):
        """RS-208, RS-197: far below the size at which others are."""
        address = self.unique()
        receiver = self.far().receiver(address, credit=1)
        message = Message(body=b"x" * 500, annotations={symbol("x-opt-qd.stream"): int32(1)})
        data = message.encode()
        sent = self.near().sender(address).wait_credit().begin()
        sent.write(data[:200]).drained()
        got = receiver.receive(complete=False).wait_size(150)
        self.assertFalse(got.is_complete)
        sent.write(data[200:]).finish()
        got.wait_complete().accept()
        self.assertEqual(bytes(got.body), message.body)
        self.assertEqual(got.message.annotations[symbol("x-opt-qd.stream")], 1)
        self.assertEqual(sent.outcome().state, "accepted")

    def test_every_arrival_and_every_copy_is_counted(self):
        """RS-190, RS-191: of clients and of management alike; a pre-settled one under that name
        alone."""
        management = self.management()
        columns = ("deliveriesIngress", "deliveriesEgress", "presettledDeliveries",
                   "acceptedDeliveries", "rejectedDeliveries", "releasedDeliveries",
                   "modifiedDeliveries")

        def counts():
            row = management.query("router", *columns)[0]
            return [row[each] for each in columns]

        def difference(act):
            before = counts()
            act()
            return [after - was for after, was in zip(counts(), before)]
        # An answer and a request lie between two readings.
        request = difference(lambda: None)
        self.assertEqual(request[0:2], [1, 1])
        address = self.unique("multicast")
        receivers = [self.far().receiver(address, credit=50) for _ in range(3)]
        sender = self.near().sender(address).wait_credit(250)
        for receiver in receivers:
            receiver.answer = Incoming.accept

        def act():
            for number in range(4):
                sender.send(body=number).outcome()
            for number in range(2):
                sender.send(body=number, presettled=True)
            for receiver in receivers:
                receiver.wait_count(6)
                receiver.client.sync()
        self.assertEqual(
            [got - own for got, own in zip(difference(act), request)],
            [6, 18, 2, 4, 0, 0, 0])


class Ends(WireTest):
    def test_an_exit_loses_what_waits_and_tells_its_sender_no_outcome(self):
        """RS-383, RS-380: the connection's end is all that it hears."""
        router = self.start()
        client = self.connect(router)
        address = self.unique()
        client.receiver(address)
        sent = client.sender(address).send(body="lost")
        client.fence()
        router.stop()
        wait_for(lambda: client.is_closed)
        self.assertIsNone(sent.state)
        self.assertFalse(sent.is_settled)
        again = self.start()
        receiver = self.connect(again).receiver(address, credit=1)
        receiver.client.fence()
        self.assertEqual(receiver.deliveries, [])

    def test_no_delivery_is_timed_out_or_offered_again(self):
        """RS-369: nor settled by anyone but its receiver, while both live."""
        router = self.start()
        client = self.connect(router)
        address = self.unique()
        first = client.receiver(address, credit=1)
        sent = client.sender(address).send(body="patient", ttl=0.01)
        got = first.receive()
        second = client.receiver(address, credit=1)
        pump_for(0.3)
        client.fence()
        self.assertIsNone(sent.state)
        self.assertEqual(second.deliveries, [])
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")


class Ports(unittest.TestCase):
    def listener(self, port):
        return [("router", dict(mode="standalone", id="NAMED")),
                ("listener", dict(host="127.0.0.3", port=port))]

    def test_a_port_may_be_given_by_its_name(self):
        """RS-381, MG-53: among the services or one of AMQP's own; another ends the start."""
        for name in ("amqp", "amqps", "domain"):
            code, text = check(self.listener(name), "--check")
            self.assertEqual(code, 0, text)
        code, text = check(self.listener("no-such-service"))
        self.assertEqual(code, 1, text)
        self.assertIn("no-such-service", text)

    def test_a_named_port_is_listened_on(self):
        """MG-53"""
        with sockets.socket() as other:
            other.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
            try:
                other.bind(("127.0.0.3", 5672))
            except OSError as error:
                self.skipTest("port 5672: %s" % error)
        with Router([("listener", dict(host="127.0.0.3", port="amqp"))]) as router:
            router.wait_for_log(r"Listening on 127\.0\.0\.3:amqp$")
            with RawPeer(port=5672, host="127.0.0.3") as peer:
                self.assertEqual(peer.handshake()["container-id"], router.id)


if __name__ == "__main__":
    main()
