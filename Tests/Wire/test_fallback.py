"""Fallback destinations: who gets what no consumer of an address takes (RS section 6)."""

from container import Container
from network import *

FALLBACK = symbol("qd.fallback")
TO, PHASE = symbol("x-opt-qd.to"), symbol("x-opt-qd.phase")
SECTIONS = [
    ("address", dict(prefix="f", enableFallback=True)),
    ("address", dict(prefix="all", enableFallback=True, distribution="multicast")),
    ("address", dict(prefix="near", enableFallback=True, distribution="closest")),
]


class Fallback(WireTest):
    CONFIGURATION = [
        ("listener", dict(name="clients", host="127.0.0.1", port=0)),
        ("listener", dict(name="plain", host="127.0.0.1", port=0, stripAnnotations="no")),
        ("listener", dict(name="containers", host="127.0.0.1", port=0, role="route-container")),
        ("autoLink", dict(
            address="f/auto", direction="out", fallback=True, containerId="broker", name="out")),
        ("autoLink", dict(
            address="f/auto", direction="in", fallback=True, containerId="broker", name="in")),
    ] + SECTIONS

    def setUp(self):
        self.client = self.connect(port=self.router.ports["clients"])

    def plain(self):
        return self.connect(port=self.router.ports["plain"])

    def addresses(self, *keys):
        agent = self.management()
        return [agent.address(key) for key in keys]

    def test_it_gets_what_nobody_else_takes(self):
        """RS-215, RS-216, RS-217, RS-219, RS-221: unsettled and pre-settled, until a consumer comes
        and once it has gone."""
        for prefix in ("f", "all", "near"):
            with self.subTest(prefix):
                self.passes(self.unique(prefix))

    def passes(self, address):
        sender = self.client.sender(address)
        fallback = self.plain().receiver(address, credit=100, capabilities=FALLBACK)
        sent = sender.send(body=1)
        got = fallback.receive()
        self.assertEqual(got.body, 1)
        self.assertEqual(
            [got.message.annotations[key] for key in (TO, PHASE)], [address, 22])
        got.reject("x:bad")
        self.assertEqual(sent.outcome().state, "rejected")
        sender.send(body=2, presettled=True)
        self.assertEqual(fallback.receive().body, 2)
        primary = self.plain().receiver(address, credit=10)
        sender.send(body=3).outcome
        got = primary.receive()
        self.assertEqual(got.body, 3)
        self.assertNotIn(PHASE, got.message.annotations)
        got.accept()
        primary.detach()
        last = sender.send(body=4)
        fallback.receive().accept()
        self.assertEqual(last.outcome().state, "accepted")
        own, twin = self.addresses("M0" + address, "MF" + address)
        self.assertEqual(own["deliveriesRedirectedToFallback"], 3)
        self.assertEqual(own["deliveriesIngress"], 4)
        self.assertEqual(own["deliveriesEgress"], 1)
        self.assertEqual((twin["deliveriesIngress"], twin["deliveriesEgress"]), (0, 0))
        self.assertEqual(twin["subscriberCount"], 1)
        self.assertEqual(twin["distribution"], own["distribution"])

    def test_a_consumer_however_slow_keeps_it_unused(self):
        """RS-216"""
        address = self.unique("f")
        fallback = self.client.receiver(address, credit=100, capabilities=FALLBACK)
        slow = self.connect().receiver(address)
        sender = self.client.sender(address)
        for number in range(20):
            sender.send(body=number)
        self.client.fence()
        self.assertEqual(fallback.deliveries, [])
        slow.flow(20)
        slow.wait_count(20)

    def test_all_of_several_fallbacks_get_a_multicast_message(self):
        """RS-216"""
        address = self.unique("all")
        receivers = [self.connect().receiver(address, credit=1, capabilities=FALLBACK)
                     for _ in range(3)]
        sent = self.client.sender(address).send(body="x" * 100000)
        for receiver in receivers:
            receiver.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_anonymous_senders_reach_it_too(self):
        """RS-218, RS-441, RS-571"""
        address = self.unique("f")
        fallback = self.plain().receiver(address, credit=10, capabilities=FALLBACK)
        sender = self.client.sender(None)
        for number in range(3):
            sent = sender.send(Message(address=address, body=number))
            got = fallback.receive().accept()
            self.assertEqual(got.body, number)
            self.assertEqual(
                [got.message.annotations[key] for key in (TO, PHASE)], [address, 22])
            self.assertEqual(sent.outcome().state, "accepted")

    def test_long_messages_go_there_as_they_come(self):
        """RS-218"""
        address = self.unique("f")
        fallback = self.client.receiver(address, credit=10, capabilities=FALLBACK)
        sender = self.connect().sender(address).wait_credit()
        data = Message(body=b"x" * 300000).encode()
        sent = sender.begin()
        sent.write(data[:200000])
        self.client.wait_for(lambda: fallback.deliveries, what="the first part")
        sent.write(data[200000:]).finish()
        self.assertEqual(fallback.receive().accept().bytes, data)
        self.assertEqual(sent.outcome().state, "accepted")

    def test_what_it_gives_back_never_returns_to_it(self):
        """RS-220: it is released while there is nobody else, though there is credit."""
        address = self.unique("f")
        fallback = self.client.receiver(address, credit=10, capabilities=FALLBACK)
        back = self.client.sender(address, capabilities=FALLBACK)
        self.assertEqual(back.send(body="back").outcome().state, "released")
        primary = self.client.receiver(address, credit=10)
        sent = back.send(body="back")
        self.assertEqual(primary.receive().accept().body, "back")
        self.assertEqual(sent.outcome().state, "accepted")
        self.assertEqual(fallback.deliveries, [])
        self.assertEqual(self.addresses("M0" + address)[0]["deliveriesIngress"], 0)

    def test_without_configuration_it_gets_nothing(self):
        """RS-222: and inside an array the capability is not seen."""
        address = self.unique()
        receiver = self.client.receiver(address, credit=10, capabilities=FALLBACK)
        sender = self.client.sender(None)
        self.assertEqual(
            sender.send(Message(address=address, body="x")).outcome().state, "released")
        self.assertEqual(receiver.deliveries, [])
        address = self.unique("f")
        ordinary = self.client.receiver(
            address, credit=1, capabilities=Array(UNDESCRIBED, Data.SYMBOL, FALLBACK))
        self.client.sender(address).send(body="x")
        ordinary.receive().accept()
        self.assertEqual(self.addresses("M0" + address)[0]["subscriberCount"], 1)

    def test_with_nobody_anywhere_there_is_no_credit(self):
        """RS-217, RS-223, RS-215: and the address goes with its last link."""
        address = self.unique("f")
        fallback = self.client.receiver(address, credit=10, capabilities=FALLBACK)
        sender = self.client.sender(address).wait_credit()
        fallback.detach()
        self.assertEqual(sender.send(body="x").outcome().state, "released")
        self.client.wait_for(lambda: sender.is_draining, what="a drain")
        again = self.client.receiver(address, credit=10, capabilities=FALLBACK)
        self.client.wait_for(lambda: not sender.is_draining, what="the end of the drain")
        sender.wait_credit(250)
        again.detach()
        sender.detach()
        self.assertEqual(self.addresses("M0" + address, "MF" + address), [None, None])

    def test_a_container_may_be_one_by_its_auto_links(self):
        """RS-443"""
        agent = self.management()
        broker = Container(port=self.router.ports["containers"], container="broker")
        self.addCleanup(broker.kill)
        stored = broker.receiver_of("f/auto", credit=10)
        wait_for(lambda: agent.read("router.config.autoLink", name="in")["linkRef"] and
                 agent.read("router.config.autoLink", name="out")["linkRef"], what="two links")
        entity = agent.read("router.config.autoLink", name="out")
        link = agent.read("router.link", identity=entity["linkRef"])
        self.assertEqual((entity["phase"], link["owningAddr"]), (0, "MFf/auto"))
        entity = agent.read("router.config.autoLink", name="in")
        link = agent.read("router.link", identity=entity["linkRef"])
        self.assertEqual((entity["phase"], link["owningAddr"]), (0, "M0f/auto"))
        sent = self.client.sender("f/auto").send(body="x")
        self.assertEqual(stored.receive().accept().body, "x")
        self.assertEqual(sent.outcome().state, "accepted")
        receiver = self.client.receiver("f/auto", credit=1)
        broker.sender_of("f/auto").send(body="back")
        self.assertEqual(receiver.receive().accept().body, "back")

    def test_it_is_configured_at_run_time_and_shown(self):
        """MG-186, MG-46"""
        agent = self.management()
        made = agent.create(
            "router.config.address", name="made", prefix="made", fallback=True)
        self.assertIs(made["fallback"], True)
        fallback = self.client.receiver("made/x", credit=1, capabilities=FALLBACK)
        self.client.sender("made/x").send(body="x")
        fallback.receive().accept()
        agent.delete("router.config.address", name="made")


class AcrossTheMesh(NetworkTest):
    NAMES = "ABC"
    LINKS = [("B", "A"), ("C", "B")]
    SECTIONS = "".join(section(name, **attributes) for name, attributes in SECTIONS)

    def test_it_may_be_at_another_router(self):
        """RS-218, RS-444, IR 5.4: for messages of every kind of sender, whichever distribution."""
        for prefix in ("f", "all", "near"):
            with self.subTest(prefix):
                address = self.unique(prefix)
                fallback = self.at("C").receiver(address, credit=10, capabilities=FALLBACK)
                sender = self.at("A").sender(address)
                sent = sender.send(body="x")
                fallback.receive().accept()
                self.assertEqual(sent.outcome().state, "accepted")
                sent = self.at("A").sender(None).send(Message(address=address, body="y"))
                fallback.receive().accept()
                self.assertEqual(sent.outcome().state, "accepted")

    def test_it_takes_over_where_the_last_consumer_was(self):
        """RS-440, IR-98: each router decides with what it knows, so that nothing is released once
        the fallback is further on; back to the consumer when one returns."""
        address = self.unique("f")
        sender = self.at("A").sender(address)
        fallback = self.at("C").receiver(address, credit=1000, capabilities=FALLBACK)
        primary = self.at("B").receiver(address, credit=10)
        sender.wait_credit()
        agent = self.management(self.network["A"])
        wait_for(lambda: agent.address("M0" + address)["remoteCount"], what="the consumer at B")
        sender.send(body=0)
        primary.receive().accept()
        primary.detach()
        for number in range(1, 20):
            sent = sender.send(body=number)
            self.assertEqual(fallback.receive().accept().body, number)
            self.assertEqual(sent.outcome().state, "accepted")
        primary = self.at("B").receiver(address, credit=10)
        wait_for(lambda: agent.address("M0" + address)["remoteCount"], what="the consumer at B")
        sender.send(body="back")
        self.assertEqual(primary.receive().accept().body, "back")

    def test_it_never_leads_back(self):
        """RS-440, IR-98: what has passed the fallback's router is released, and sent there once that
        is known."""
        address = self.unique("f")
        sender = self.at("A").sender(address)
        fallback = self.at("A").receiver(address, credit=1000, capabilities=FALLBACK)
        primary = self.at("C").receiver(address, credit=10)
        agent = self.management(self.network["A"])
        wait_for(lambda: agent.address("M0" + address)["remoteCount"], what="the consumer at C")
        primary.detach()
        states = []
        while not states or states[-1] != "accepted":
            sent = sender.send(body=len(states))
            wait_for(lambda: sent.state or fallback.complete_count, what="an outcome")
            if fallback.complete_count:
                fallback.receive().accept()
            states.append(sent.outcome().state)
        self.assertEqual(set(states) - {"released"}, {"accepted"})


if __name__ == "__main__":
    main()
