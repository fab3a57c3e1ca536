"""Who gets a delivery: closest, balanced, multicast, unavailable (RS 4)."""

from bursts import encode
from harness import *
from placement import DeliveryTest, attach_receiver, attach_sender, placements

ADDRESSES = [("address", dict(prefix=name, distribution=name))
             for name in ("closest", "multicast", "unavailable")]


@placements
class Closest(DeliveryTest):
    CONFIGURATION = ADDRESSES

    def test_receivers_take_turns_whoever_is_slow(self):
        """RS-150, RS-151: the third never gets any credit."""
        address = self.unique("closest")
        there = self.far()
        receivers = [there.receiver(address, credit=100) for _ in range(3)]
        slow = there.receiver(address)
        receivers.append(slow)
        sender = self.near().sender(address)
        for number in range(40):
            sender.send(body=number, presettled=number % 3 == 0)
        slow.flow(100)
        for place, receiver in enumerate(receivers[:2] + receivers[3:]):
            receiver.wait_count(10)
        receivers[2].flow(100)
        for receiver in receivers:
            bodies = [got.body for got in receiver.wait_count(10)]
            self.assertEqual(bodies, list(range(bodies[0], 40, 4)))
        self.assertEqual(sorted(r.deliveries[0].body for r in receivers), [0, 1, 2, 3])

    def test_a_new_receiver_joins_at_the_tail(self):
        """RS-151"""
        address = self.unique("closest")
        there = self.far()
        first, second = [there.receiver(address, credit=10) for _ in range(2)]
        sender = self.near().sender(address)
        sender.send(body=0)
        wait_for(lambda: first.deliveries or second.deliveries)
        ahead = second if first.deliveries else first
        third = there.receiver(address, credit=10)
        sender.client.fence()
        for number in (1, 2, 3):
            sender.send(body=number)
        self.assertEqual(third.receive().body, 3)
        self.assertEqual(ahead.receive().body, 1)

    def test_once_a_detach_is_answered_nobody_chooses_the_link(self):
        """RS-150, RS-192: what is sent then is for those who stay."""
        address = self.unique("closest")
        # A connection is where the one before it is.
        self.near()
        here = RawPeer(self.router)
        stayer = self.far().receiver(address, credit=100_000)
        there = RawPeer(self.router)
        for peer in (here, there):
            peer.handshake()
            peer.begin(incoming_window=10_000)
        attach_sender(here, address)
        rounds, others = 40, 50
        for number in range(rounds):
            attach_receiver(there, address)
            # Control hears of all these links before it hears that the other is gone.
            there.send_bytes(b"".join(
                frame("attach", name="%d.%d" % (number, other), handle=1 + number * others + other,
                      role=True, source=composite("source", address=self.unique()),
                      target=composite("target"))
                for other in range(others)) + frame("detach", handle=0, closed=number % 2 == 0))
            message = encode(0, number)
            there.expect("detach", skip=("attach", "flow"))
            here.send_bytes(message)
        self.assertEqual(len(stayer.wait_count(rounds)), rounds)
        here.close()
        there.close()


@placements
class Balanced(DeliveryTest):
    CONFIGURATION = [("listener", dict(host="127.0.0.1", port=0, linkCapacity=5))]

    def send_one(self, sender, receivers, body):
        """Sends a message and waits until it is where it goes; gives the receiver."""
        before = [len(receiver.deliveries) for receiver in receivers]
        sender.send(body=body)
        wait_for(lambda: [len(receiver.deliveries) for receiver in receivers] != before)
        for receiver, count in zip(receivers, before):
            if len(receiver.deliveries) > count:
                return receiver

    def test_load_counts_what_is_unsettled(self):
        """RS-152, RS-156: who does not settle gets one, until all are as loaded."""
        address = self.unique()
        there = self.far()
        lazy, *eager = receivers = [there.receiver(address, credit=100) for _ in range(3)]
        for receiver in eager:
            receiver.answer = Incoming.accept
        here = self.near()
        sender = here.sender(address)
        for number in range(12):
            got = self.send_one(sender, receivers, number)
            if got is not lazy:
                got.wait_count(len(got.deliveries))
                here.wait_for(lambda: sender.sent[-1].is_settled)
        self.assertEqual(len(lazy.deliveries), 1)
        self.assertGreater(min(len(receiver.deliveries) for receiver in eager), 0)
        for receiver in eager:
            receiver.answer = None
        other = self.near().sender(address)
        third = self.near().sender(address)
        fourth = self.near().sender(address)
        counts = [len(receiver.deliveries) for receiver in receivers]
        for number in range(15):
            [other, third, fourth][number % 3].send(body=number)
            wait_for(lambda: sum(len(r.deliveries) for r in receivers) == 12 + number + 1)
        gained = [len(r.deliveries) - c for r, c in zip(receivers, counts)]
        self.assertEqual(gained[0], 4, gained)
        self.assertEqual(sorted(gained[1:]), [5, 6], gained)

    def test_beyond_everyones_capacity_the_least_loaded_gets_it(self):
        """RS-153"""
        address = self.unique()
        there = self.far()
        receivers = [there.receiver(address) for _ in range(2)]
        here = self.near()
        sent = []
        for _ in range(6):
            sender = here.sender(address)
            sent += [sender.send(body=number) for number in range(5)]
        here.fence()
        for receiver in receivers:
            receiver.flow(100)
            receiver.answer = Incoming.accept
        for each in sent:
            self.assertEqual(each.outcome().state, "accepted")
        self.assertEqual([len(r.deliveries) for r in receivers], [15, 15])

    def test_with_no_load_receivers_take_turns(self):
        """RS-154, RS-155"""
        address = self.unique()
        there = self.far()
        receivers = [there.receiver(address, credit=100) for _ in range(3)]
        sender = self.near().sender(address)
        for number in range(30):
            before = sum(len(r.deliveries) for r in receivers)
            sender.send(body=number, presettled=True)
            wait_for(lambda: sum(len(r.deliveries) for r in receivers) > before)
        self.assertEqual([len(r.deliveries) for r in receivers], [10, 10, 10])

    def test_a_receiver_without_credit_gets_its_share_and_no_more(self):
        """RS-152, RS-153: undelivered messages count as load."""
        address = self.unique()
        there = self.far()
        idle = there.receiver(address)
        eager = there.receiver(address, credit=1000)
        eager.answer = Incoming.accept
        sender = self.near().sender(address)
        sent = []
        for number in range(50):
            sent.append(sender.send(body=number))
            # The sender's view: then the router has it settled too, and `eager` has no load.
            wait_for(lambda: sum(each.is_settled for each in sent) + 1 >= len(sent))
        self.assertIn(len(eager.deliveries), (49, 50))


@placements
class Anonymous(DeliveryTest):
    CONFIGURATION = ADDRESSES

    def test_an_unavailable_address_rejects(self):
        """RS-167"""
        sender = self.near().sender(None)
        sent = sender.send(Message(address=self.unique("unavailable"), body="x"))
        outcome = sent.outcome()
        self.assertEqual(
            (outcome.state, outcome.condition, outcome.description),
            ("rejected", "amqp:not-found",
             "Deliveries cannot be sent to an unavailable address"))
        sender.send(Message(address=self.unique("unavailable"), body="x"), presettled=True)
        sender.wait_credit(250)

    def test_no_address_rejects(self):
        """RS-203"""
        sender = self.near().sender(None)
        outcome = sender.send(Message(body="x")).outcome()
        self.assertEqual(
            (outcome.state, outcome.condition, outcome.description),
            ("rejected", "amqp:precondition-failed", "Routing failure: no address present"))
        sender.send(Message(body="x"), presettled=True)
        sender.wait_credit(250)

    def test_an_unknown_address_releases_and_leaves_no_trace(self):
        """RS-204"""
        sender = self.near().sender(None)
        address = self.unique()
        self.assertEqual(sender.send(Message(address=address, body="x")).outcome().state, "released")
        for number in range(300):
            sender.send(Message(address="%s/%d" % (address, number), body="x"), presettled=True)
        sender.wait_credit(250)

    def test_each_message_finds_its_own_address(self):
        """RS-203, RS-205: in order, whichever way addresses change."""
        there, here = self.far(), self.near()
        addresses = [self.unique(name) for name in ("closest", "a", "multicast")]
        receivers = [there.receiver(address, credit=1000) for address in addresses]
        sender = here.sender(None)
        for number in range(120):
            sender.send(Message(address=addresses[number * 7 % 3], body=number))
        for place, receiver in enumerate(receivers):
            bodies = [got.body for got in receiver.wait_count(40)]
            self.assertEqual(bodies, [n for n in range(120) if n * 7 % 3 == place])
            self.assertTrue(all(got.message.address == addresses[place]
                                for got in receiver.deliveries))

    def test_the_to_of_a_message_is_not_looked_at_on_a_targeted_link(self):
        """RS-205"""
        there, here = self.far(), self.near()
        right, wrong = self.unique(), self.unique()
        receiver, other = there.receiver(right, credit=5), there.receiver(wrong, credit=5)
        here.sender(right).send(Message(address=wrong, body="x"))
        self.assertEqual(receiver.receive().message.address, wrong)
        self.assertEqual(len(other.deliveries), 0)

    def test_requests_are_answered_over_dynamic_sources(self):
        """RS-203: request and response through a name that the router made."""
        there, here = self.far(), self.near()
        service = self.unique()
        requests = there.receiver(service, credit=100)
        answers = there.sender(None)
        replies = here.receiver(dynamic=True, credit=100)
        asks = here.sender(service)
        for number in range(50):
            asks.send(Message(reply_to=replies.remote_address, correlation_id=number, body="?"))
            request = requests.receive()
            request.accept()
            answers.send(Message(
                address=request.message.reply_to, correlation_id=number, body="!"))
            answer = replies.receive()
            answer.accept()
            self.assertEqual(answer.message.correlation_id, number)


@placements
class Order(DeliveryTest):
    CONFIGURATION = ADDRESSES

    def test_messages_of_one_link_keep_their_order(self):
        """RS-170: whatever their sizes, settled or not, with and without credit."""
        for name in ("closest", "a", "multicast"):
            address = self.unique(name)
            receiver = self.far().receiver(address)
            receiver.answer = Incoming.accept
            sender = self.near().sender(address)
            sizes = [1, 100, 70_000, 20_000, 200_000, 10]
            for number in range(120):
                if number % 7 == 0:
                    receiver.flow(5)
                data = Message(body=b"%d " % number + bytes(sizes[number % 6])).encode()
                sender.send(data, presettled=number % 3 == 1)
            receiver.flow(500)
            got = receiver.wait_count(120, 30)
            self.assertEqual([int(each.body.split(b" ")[0]) for each in got], list(range(120)))
            for each in sender.sent:
                if not each.is_locally_settled:
                    self.assertEqual(each.outcome().state, "accepted")
            sender.wait_credit(250)


@placements
class Priority(DeliveryTest):
    def test_what_waits_is_sent_by_priority_and_in_order_within_one(self):
        """RS-213: of several messages that wait on a link."""
        address = self.unique()
        receiver = self.far().receiver(address)
        sender = self.near().sender(address)
        priorities = [4, 0, 9, 4, 5, 9, 200, 1, 0, 4]
        for number, priority in enumerate(priorities):
            sender.send(Message(body=number, priority=priority, durable=True))
        sender.send(Message(body=10))
        sender.client.fence()
        receiver.flow(20)
        order = [got.body for got in receiver.wait_count(11)]
        clamped = [min(p, 9) for p in priorities] + [4]
        self.assertEqual(order, sorted(range(11), key=lambda n: (-clamped[n], n)))


if __name__ == "__main__":
    main()
