"""Messages that are still arriving, on their way between routers: the links they take, and the order
of what one sender sends (IR 1.6)."""

import random

from neighbour import *

#: So many streaming links a trunk has at the most, and so many when it is quiet.
MOST, FEW = 64, 4
#: So many of them are for one client.
SHARE = 16
#: A message in two parts, of which less waits than what pauses a sender.
PART = b"\x00\x53\x75\xb0" + (100_000).to_bytes(4, "big") + bytes(70_000)
REST = bytes(30_000)


class TowardsAnother(NetworkTest):
    """What a neighbour sees that gives streaming links credit when the test says so."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        self.neighbour = Neighbour(self, "B", {"A": 1})
        network = self.build("A", [])
        # The neighbour played here answers HELLOs only while the test waits.
        network.attributes["A"] = dict(helloMaxAgeSeconds=60)
        network.links = [("A", "B", 1, self.neighbour.port)]
        network.restart("A")
        self.neighbour.meet()
        self.addCleanup(self.neighbour.client.kill)
        network["A"].wait_for_log("Computed next hops: {'B': 'B'}")
        self.neighbour.announce("far/x")
        self.network = network
        self.near = self.connect(network["A"])
        #: Where messages of default priority come.
        self.plain = self.neighbour.inlets[4]

    @property
    def streaming(self):
        """Streaming links that the router has, in the order of their attach."""
        links = self.neighbour.client.accepted_links[22:]
        return [each for each in links if not each.is_closed]

    def settled(self):
        """All that the router has written is here."""
        self.near.fence()
        self.neighbour.client.sync()

    def sender(self, session=None):
        return self.near.sender("far/x", session=session).wait_credit()

    def begin(self, sender):
        return sender.begin().write(PART).drained()

    def test_messages_aborted_before_they_were_sent_leave_no_link(self):
        """IR 1.6"""
        sender = self.sender()
        for _ in range(3 * MOST):
            self.begin(sender).abort()
        self.settled()
        self.assertLessEqual(len(self.streaming), FEW)
        whole = self.begin(sender).write(REST).finish()
        for each in self.streaming:
            each.flow(10)
        wait_for(lambda: any(each.deliveries for each in self.streaming))
        got = next(each for each in self.streaming if each.deliveries).receive()
        got.accept()
        self.assertEqual(whole.outcome().state, "accepted")

    def test_messages_beyond_the_bound_of_streaming_links_wait_their_turn(self):
        """IR 1.6"""
        sent = []
        for _ in range(MOST // SHARE + 1):
            self.near = self.connect(self.network["A"])
            sent += [self.begin(self.sender(self.near.session())) for _ in range(SHARE)]
        self.settled()
        self.assertEqual(len(self.streaming), MOST)
        for each in self.streaming:
            each.answer = Incoming.accept
            each.refills = True
            each.flow(10)
        for each in sent:
            each.write(REST).finish()
        for each in sent:
            self.assertEqual(each.outcome().state, "accepted")
        self.assertEqual(len(self.neighbour.client.accepted_links), 22 + MOST)
        wait_for(lambda: len(self.streaming) == FEW, what="streaming links to be closed")
        self.begin(self.sender()).write(REST).finish().outcome()
        self.assertEqual(len(self.streaming), FEW)

    def test_a_client_whose_messages_do_not_go_on_leaves_room_to_others(self):
        """IR 1.6"""
        stalled = [self.begin(self.sender(self.near.session())) for _ in range(SHARE + 4)]
        self.settled()
        self.assertEqual(len(self.streaming), SHARE)
        self.near = self.connect(self.network["A"])
        whole = self.begin(self.sender()).write(REST).finish()
        self.settled()
        for each in self.streaming:
            each.answer = Incoming.accept
            each.flow(10)
        self.assertEqual(whole.outcome().state, "accepted")
        for each in stalled:
            each.write(REST).finish()
        for each in stalled:
            self.assertEqual(each.outcome().state, "accepted")

    def test_later_messages_of_a_sender_follow_a_large_one(self):
        """RS-210, IR 1.6: those of others overtake."""
        sender = self.sender()
        large = self.begin(sender).write(REST).finish()
        later = [sender.send(body=n) for n in range(3)]
        wait_for(lambda: self.streaming, what="a streaming link")
        self.sender().send(body="other").drained()
        self.assertEqual(self.plain.receive().accept().body, "other")
        [stream] = self.streaming
        self.settled()
        self.assertEqual(len(self.plain.deliveries), 1)
        stream.flow(10)
        self.assertGreater(stream.receive().size, 100_000)
        self.assertEqual([stream.receive().body for _ in later], [0, 1, 2])
        sender.send(body="still").drained()
        self.assertEqual(stream.receive().body, "still")
        for each in stream.deliveries:
            each.accept()
        for each in [large, *later]:
            self.assertEqual(each.outcome().state, "accepted")
        sender.send(body="after")
        self.assertEqual(self.plain.receive().accept().body, "after")

    def test_a_more_urgent_message_overtakes_a_large_one_of_its_sender(self):
        """RS-213"""
        sender = self.sender()
        self.begin(sender).write(REST).finish()
        sender.send(Message(body="urgent", priority=9))
        self.assertEqual(self.neighbour.inlets[9].receive().accept().body, "urgent")

    def test_a_large_message_does_not_overtake_what_waits(self):
        """RS-210, IR 1.6"""
        self.plain.refills = False
        sender = self.sender()
        for n in range(260):
            sender.send(body=n, presettled=True)
        large = self.begin(sender)
        wait_for(lambda: self.streaming, what="a streaming link")
        [stream] = self.streaming
        stream.flow(10)
        self.plain.wait_count(250)
        self.settled()
        self.assertEqual(stream.deliveries, [])
        self.plain.flow(1_000)
        large.write(REST).finish()
        stream.receive().accept()
        self.assertEqual(self.plain.complete_count, 260)
        self.assertEqual(large.outcome().state, "accepted")


class FewSessions(NetworkTest):
    """A trunk on which no more than twenty sessions are allowed."""

    @classmethod
    def setUpClass(cls):
        cls.network = Network("A", [], workers=1)
        cls.network.trunk_attributes = dict(maxSessions=20)
        cls.network.restart("A")
        cls.network.names.append("B")
        cls.network.links = [("B", "A")]
        cls.network.start("B")
        cls.network.wait_joined()

    def test_many_large_messages_at_once_pass_both_ways(self):
        """IR 1.6"""
        ways = [("A", "B", self.unique()), ("B", "A", self.unique())]
        sent = []
        for near, far, address in ways:
            receiver = self.at(far).receiver(address, credit=100)
            receiver.answer = Incoming.accept
            client = self.at(near)
            sent += [
                client.sender(address, session=client.session()).wait_credit().begin().write(PART)
                for _ in range(30)]
        for each in sent:
            each.drained()
        for near, far, _ in ways:
            address = self.unique()
            self.at(far).receiver(address, credit=1).answer = Incoming.accept
            small = self.at(near).sender(address).send(body="small")
            self.assertEqual(small.outcome().state, "accepted")
        for each in sent:
            each.write(REST).finish()
        for each in sent:
            self.assertEqual(each.outcome().state, "accepted")


class Order(NetworkTest):
    """Over two trunks, on routers with one thread."""

    NAMES = "ABC"
    LINKS = [("B", "A"), ("C", "B")]

    def send_mixed(self, presettled, count=150):
        seed = random.randrange(1 << 32)
        print("seed", seed)
        chance = random.Random(seed)
        address = self.unique()
        receiver = self.at("C").receiver(address, credit=20)
        receiver.refills = True
        receiver.answer = Incoming.accept
        sender = self.at("A").sender(address).wait_credit()
        for number in range(count):
            size = chance.choice([10, 10, 1_000, 20_000, 20_000, 100_000, 300_000])
            sender.send(Message(id=number, body=bytes(size)), presettled=presettled)
        receiver.wait_count(count, 30)
        self.assertEqual(
            [each.message.id for each in receiver.deliveries], list(range(count)))

    def test_messages_of_a_sender_keep_their_order_whatever_their_size(self):
        """RS-210"""
        self.send_mixed(presettled=False)

    def test_presettled_messages_keep_their_order_whatever_their_size(self):
        """RS-210"""
        self.send_mixed(presettled=True)


class OrderOnThreads(Order):
    """The trunk is another thread's than the sender, or than the receiver."""

    WORKERS = 3


if __name__ == "__main__":
    main()
