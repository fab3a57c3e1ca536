"""Exchanges: messages shared out among addresses by their subjects (RS section 9)."""

from network import *

TO, PHASE = symbol("x-opt-qd.to"), symbol("x-opt-qd.phase")
INGRESS, TRACE = symbol("x-opt-qd.ingress"), symbol("x-opt-qd.trace")


class ExchangeTest(WireTest):
    CONFIGURATION = [
        ("listener", dict(name="clients", host="127.0.0.1", port=0)),
        ("listener", dict(name="plain", host="127.0.0.1", port=0, stripAnnotations="no")),
        ("address", dict(prefix="all", distribution="multicast")),
    ]

    def setUp(self):
        self.client = self.connect(port=self.router.ports["clients"])
        self.agent = self.management()

    def plain(self):
        return self.connect(port=self.router.ports["plain"])

    def exchange(self, *bindings, **attributes):
        """Makes an exchange with bindings of (key, next hop); gives its name, which is its address
        too."""
        name = self.unique("x")
        self.agent.create("router.config.exchange", name=name, address=name, **attributes)
        for binding in bindings:
            self.bind(name, *binding)
        return name

    def bind(self, exchange, key, hop, name=None, **attributes):
        if key is not None:
            attributes["bindingKey"] = key
        return self.agent.create(
            "router.config.binding", name=name, exchangeName=exchange, nextHopAddress=hop,
            **attributes)

    def counts(self, name):
        entity = self.agent.read("router.config.exchange", name=name)
        return [entity[each + "Count"] for each in ("received", "forwarded", "diverted", "dropped")]


class Exchanges(ExchangeTest):
    def test_a_copy_goes_to_each_next_hop_that_the_subject_matches(self):
        """RS-280, RS-282, RS-284, RS-285, RS-286, RS-482, MG-176: by that address's own distribution."""
        one, many = self.unique("one"), self.unique("all")
        name = self.exchange(("a.*", one), ("#", many), ("a.b", one))
        sender = self.client.sender(name).wait_credit(250)
        receiver = self.client.receiver(one, credit=10)
        crowd = [self.connect().receiver(many, credit=10) for _ in range(3)]
        sent = sender.send(subject="a.b", body="x")
        self.assertEqual(sent.outcome().state, "accepted")
        for link in [receiver] + crowd:
            got = link.receive()
            self.assertTrue(got.is_settled)
            self.assertEqual(got.body, "x")
        sender.send(subject="b", body="y", presettled=True)
        for link in crowd:
            self.assertEqual(link.receive().body, "y")
        sender.send(subject="a.c", body="z")
        self.assertEqual(receiver.receive().body, "z")
        self.assertEqual(self.counts(name), [3, 3, 0, 0])
        matched = {each["bindingKey"]: each["matchedCount"]
                   for each in self.agent.query("router.config.binding")
                   if each["exchangeName"] == name}
        self.assertEqual(matched, {"a.*": 2, "#": 3, "a.b": 1})

    def test_keys_are_read_as_the_exchange_says(self):
        """RS-281, RS-484"""
        cases = [
            ("amqp", "a.*.c", ["a.b.c"], ["a.c", "a.b.b.c", "a..c", "a/b/c"]),
            ("amqp", "a.#", ["a", "a.b", "a.b.c", "a."], ["b", "", "aa"]),
            ("amqp", "#.z", ["z", "a.z", "a.z.z"], ["z.a", ""]),
            ("amqp", "*", ["a", "a/b"], ["", "a.b"]),
            ("amqp", None, ["", "a", None], []),
            ("mqtt", "s/#", ["s", "s/", "s/t/u"], ["t", "s.t"]),
            ("mqtt", "+/t", ["a/t", "$a/t"], ["/t", "t", "a/b/t"]),
            ("mqtt", "a?", ["a?"], ["ab"]),
        ]
        for method, key, right, wrong in cases:
            with self.subTest(method=method, key=key):
                matching, other = self.unique("m"), self.unique("o")
                name = self.exchange((key, matching), matchMethod=method, alternateAddress=other)
                hit = self.client.receiver(matching, credit=20)
                miss = self.client.receiver(other, credit=20)
                sender = self.client.sender(name)
                for subject in right + wrong:
                    message = Message(body=subject)
                    if subject is not None:
                        message.subject = subject
                    self.assertEqual(sender.send(message).outcome().state, "accepted")
                hit.wait_count(len(right))
                miss.wait_count(len(wrong))
                self.assertEqual([each.body for each in hit.deliveries], right)
                self.assertEqual([each.body for each in miss.deliveries], wrong)

    def test_what_nobody_got_goes_to_the_alternate(self):
        """RS-283, RS-285, RS-485: else it is released, and the sender keeps its credit."""
        hop, alternate = self.unique("hop"), self.unique("alt")
        name = self.exchange(("a", hop), alternateAddress=alternate)
        sender = self.client.sender(name)
        self.assertEqual(sender.send(subject="a").outcome().state, "released")
        sender.send(subject="b", presettled=True)
        receiver = self.client.receiver(alternate, credit=10)
        sent = sender.send(subject="a", body=1)
        self.assertEqual(receiver.receive().body, 1)
        self.assertEqual(sent.outcome().state, "accepted")
        taker = self.client.receiver(hop, credit=10)
        sender.send(subject="a", body=2)
        self.assertEqual(taker.receive().body, 2)
        sender.send(subject="b", body=3)
        self.assertEqual(receiver.receive().body, 3)
        self.assertEqual(self.counts(name), [5, 3, 2, 2])
        self.assertFalse(sender.is_draining)

    def test_one_that_leads_nowhere_releases_and_drains(self):
        """RS-481, RS-38: until it has a binding."""
        name = self.exchange()
        sender = self.client.sender(name).wait_credit(250)
        self.assertEqual(sender.send(subject="a").outcome().state, "released")
        self.client.wait_for(lambda: sender.is_draining, what="a drain")
        hop = self.unique("hop")
        receiver = self.client.receiver(hop, credit=10)
        self.client.fence()
        self.assertEqual((sender.credit, sender.is_draining), (249, True))
        self.bind(name, "a", hop)
        self.client.wait_for(lambda: not sender.is_draining, what="the end of the drain")
        sender.wait_credit(250).send(subject="a")
        receiver.receive()

    def test_its_own_address_may_have_receivers_too(self):
        """RS-282, RS-480"""
        hop = self.unique("hop")
        name = self.exchange(("a", hop))
        self.assertEqual(self.agent.address("M0" + name)["subscriberCount"], 0)
        own = self.client.receiver(name, credit=10)
        other = self.client.receiver(hop, credit=10)
        sender = self.client.sender(name)
        sender.send(subject="a", body=1)
        self.assertEqual([own.receive().body, other.receive().body], [1, 1])
        sender.send(subject="b", body=2)
        self.assertEqual(own.receive().body, 2)
        own.detach()
        sender.send(subject="a", body=3)
        self.assertEqual(other.receive().body, 3)

    def test_phases_and_annotations_are_the_next_hops(self):
        """RS-280, RS-482, RS-483"""
        hop = self.unique("hop")
        name = self.exchange(phase=2)
        self.bind(name, "a", hop, nextHopPhase=3)
        self.bind(name, "b", hop)
        third = self.plain().receiver(hop, credit=10, capabilities=symbol("qd.waypoint.4"))
        first = self.plain().receiver(hop, credit=10)
        sender = self.client.sender(name, capabilities=symbol("qd.waypoint.2"))
        sender.send(subject="a")
        got = third.receive().message.annotations
        self.assertEqual(
            [got[key] for key in (TO, PHASE, INGRESS, TRACE)],
            [hop, 3, "0/" + self.router.id, ["0/" + self.router.id]])
        sender.send(subject="b")
        got = first.receive().message.annotations
        self.assertEqual(got[TO], hop)
        self.assertNotIn(PHASE, got)

    def test_anonymous_senders_reach_it(self):
        """RS-280"""
        hop = self.unique("hop")
        name = self.exchange(("a", hop))
        receiver = self.client.receiver(hop, credit=10)
        sent = self.client.sender(None).send(Message(address=name, subject="a", body="x"))
        self.assertEqual(receiver.receive().body, "x")
        self.assertEqual(sent.outcome().state, "accepted")

    def test_an_exchange_may_lead_to_another_but_not_round_and_round(self):
        """RS-282"""
        first, second, end = (self.unique(each) for each in ("x", "y", "end"))
        for name, hop in ((first, second), (second, first)):
            self.agent.create("router.config.exchange", name=name, address=name)
            self.bind(name, None, hop)
        self.bind(second, None, end)
        receiver = self.client.receiver(end, credit=10)
        sender = self.client.sender(first)
        sender.send(subject="a", body="x")
        self.assertEqual(receiver.receive().body, "x")
        self.assertEqual(sender.send(subject="a", body="y").outcome().state, "accepted")
        self.assertEqual(receiver.receive().body, "y")
        self.assertEqual(self.counts(second)[0], 2)

    def test_long_messages_pass(self):
        """RS-487: in one frame or many, at once or bit by bit; accepted when all has come."""
        hops = [self.unique("hop"), self.unique("all")]
        name = self.exchange(*(("a", hop) for hop in hops))
        receivers = [self.connect().receiver(hop, credit=10) for hop in hops]
        data = Message(subject="a", body=b"x" * 3000000).encode()
        sender = self.connect().sender(name).wait_credit()
        sent = sender.begin()
        sent.write(data[:1000000])
        self.client.fence()
        self.assertEqual(sent.state, None)
        sent.write(data[1000000:]).finish()
        for receiver in receivers:
            self.assertEqual(receiver.receive(30).bytes, data)
        self.assertEqual(sent.outcome().state, "accepted")
        whole = sender.send(data)
        self.assertEqual(whole.outcome(30).state, "accepted")
        begun = sender.begin()
        begun.write(data[:500000])
        begun.abort()
        self.assertEqual(sender.send(data).outcome(30).state, "accepted")

    def test_a_message_longer_than_what_may_wait_is_rejected(self):
        """RS-487: 16 MB, as much as may wait of one sender."""
        hop = self.unique("hop")
        name = self.exchange(("a", hop))
        receiver = self.connect().receiver(hop, credit=10)
        sender = self.connect().sender(name)
        sent = sender.send(subject="a", body=bytes(17 << 20))
        outcome = sent.outcome(30)
        self.assertEqual(
            (outcome.state, outcome.condition), ("rejected", "amqp:resource-limit-exceeded"))
        data = Message(subject="a", body=bytes(15 << 20)).encode()
        self.assertEqual(sender.send(data).outcome(30).state, "accepted")
        self.assertEqual(receiver.receive(30).size, len(data))

    def test_a_receiver_without_credit_holds_its_sender_up(self):
        """RS-284: nothing is dropped while one waits."""
        hop = self.unique("hop")
        name = self.exchange(("a", hop))
        receiver = self.client.receiver(hop)
        sender = self.connect().sender(name)
        for number in range(250):
            sender.send(subject="a", body=number)
        receiver.flow(1000)
        for number in range(250, 500):
            sender.send(subject="a", body=number)
        receiver.wait_count(500)
        self.assertEqual([each.body for each in receiver.deliveries], list(range(500)))


class Managed(ExchangeTest):
    def test_what_cannot_be_is_refused(self):
        """MG-189, MG-185"""
        name = self.exchange(("a", "h"), matchMethod="mqtt")
        create = self.agent.create
        exchange, binding = "router.config.exchange", "router.config.binding"
        for type, called, fields, text in (
                (exchange, None, dict(address="a"), "exchange requires a unique name"),
                (exchange, "n", {}, "exchange address is mandatory"),
                (exchange, name, dict(address="b"), "duplicate exchange name"),
                (exchange, "n", dict(address=name), "duplicate exchange address"),
                (exchange, "n", dict(address="b", matchMethod="x"),
                 "Exchange matchMethod must be either 'amqp' or 'mqtt'"),
                (exchange, "n", dict(address="b", phase=10), "phase must be in the range 0-9"),
                (binding, "n", dict(nextHopAddress="h"),
                 "Binding configuration requires an exchange"),
                (binding, "n", dict(exchangeName="none", nextHopAddress="h"),
                 "Named exchange does not exist"),
                (binding, "n", dict(exchangeName=name), "No next hop specified"),
                (binding, "n", dict(exchangeName=name, bindingKey="a/#/b", nextHopAddress="h"),
                 "The binding key pattern is invalid"),
                (binding, "n", dict(exchangeName=name, nextHopAddress="h", nextHopPhase=-1),
                 "phase must be in the range 0-9"),
                (binding, "n", dict(exchangeName=name, bindingKey="a", nextHopAddress="h"),
                 "Next hop for key already exists")):
            with self.subTest(text), self.assertRaises(Failed) as failed:
                create(type, name=called, **fields)
            self.assertEqual((failed.exception.status, failed.exception.description), (400, text))
        self.bind(name, "b", "h", name="b")
        with self.assertRaises(Failed) as failed:
            self.bind(name, "c", "h", name="b")
        self.assertEqual(failed.exception.description, "Duplicate next hop name")

    def test_they_come_and_go_with_traffic_flowing(self):
        """RS-486, MG-189: an exchange takes its bindings along."""
        hop = self.unique("hop")
        name = self.exchange()
        bound = self.bind(name, None, hop)
        self.assertEqual((bound["name"], bound["bindingKey"]), (None, "#"))
        self.assertEqual(
            self.agent.read("router.config.exchange", name=name)["bindingCount"], 1)
        receiver = self.client.receiver(hop, credit=10)
        sender = self.client.sender(name)
        sender.send(subject="a", body=1)
        receiver.receive()
        self.agent.delete("router.config.binding", identity=bound["identity"])
        self.assertEqual(sender.send(subject="a", body=2).outcome().state, "released")
        self.bind(name, "a", hop)
        self.client.wait_for(lambda: not sender.is_draining, what="the end of the drain")
        sender.wait_credit(250).send(subject="a", body=3)
        self.assertEqual(receiver.receive().body, 3)
        self.agent.delete("router.config.exchange", name=name)
        self.assertEqual(
            [each for each in self.agent.query("router.config.binding")
             if each["exchangeName"] == name], [])
        self.assertEqual(sender.send(subject="a", body=4).outcome().state, "released")
        sender.detach()
        receiver.detach()
        self.assertIsNone(self.agent.address("M0" + name))
        self.assertIsNone(self.agent.address("M0" + hop))

    def test_the_file_has_them_and_may_change_them(self):
        """RS-280, MG-63: bindings may stand before their exchange, and stay when it changes."""
        parts = lambda alternate: [
            ("listener", dict(host="127.0.0.1", port=0)),
            ("binding", dict(exchangeName="x", bindingKey="a", nextHopAddress="h")),
            ("exchange", dict(name="x", address="x", alternateAddress=alternate))]
        router = self.start(parts("one"))
        agent = self.management(router)
        self.assertEqual(
            [each["name"] for each in agent.query("router.config.binding")], ["binding/0"])
        with open(router.path, "w") as file:
            file.write(router._complete(parts("two"), None, None, True))
        import signal
        router.signal(signal.SIGHUP)
        wait_for(
            lambda: agent.read("router.config.exchange", name="x")["alternateAddress"] == "two",
            what="the changed file")
        client = self.connect(router)
        hop, alternate = (client.receiver(each, credit=2) for each in ("h", "two"))
        sender = client.sender("x")
        sender.send(subject="a", body=1)
        sender.send(subject="b", body=2)
        self.assertEqual((hop.receive().body, alternate.receive().body), (1, 2))


class OnTwoWorkers(ExchangeTest):
    WORKERS = 2

    def test_copies_reach_consumers_of_every_worker(self):
        """RS-282: several copies of one message on their way to one worker."""
        hops = [self.unique("hop") for _ in range(4)] + [self.unique("all")]
        name = self.exchange(*(("a", hop) for hop in hops))
        receivers = [self.connect().receiver(hop, credit=1000) for hop in hops for _ in range(2)]
        for client in [self.connect() for _ in range(4)]:
            sender = client.sender(name)
            for _ in range(50):
                sender.send(subject="a", body="x" * 1000).outcome()
        wait_for(lambda: sum(each.complete_count for each in receivers) == 200 * 6, 30,
                 what=lambda: str([each.complete_count for each in receivers]))


if __name__ == "__main__":
    main()
