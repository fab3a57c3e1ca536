"""Links that the router attaches to route containers by itself (RS section 7)."""

from container import Container
from harness import *

CONTAINERS = ("listener", dict(
    name="containers", role="route-container", host="127.0.0.1", port=0))


def autolink(direction, address, **attributes):
    return ("autoLink", dict(dict(direction=direction, address=address), **attributes))


class AutoLinkTest(WireTest):
    def container(self, name="broker", router=None, **how):
        router = router or self.router
        container = Container(port=router.ports["containers"], container=name, **how)
        self.addCleanup(container.kill)
        return container

    def state(self, name, agent=None):
        return (agent or self.management()).read("router.config.autoLink", name=name)

    def wait_state(self, name, state, agent=None):
        """Waits for a status; gives the entity."""
        agent = agent or self.management()
        wait_for(
            lambda: self.state(name, agent)["operStatus"] == state,
            what="status %s of auto link %s" % (state, name))
        return self.state(name, agent)


class Tenants(AutoLinkTest):
    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)), CONTAINERS,
        ("listener", dict(host="127.0.0.1", port=0, name="tenants", multiTenant=True)),
        ("address", dict(prefix="t.example/cast", distribution="multicast")),
        ("linkRoute", dict(prefix="t.example/routed", containerId="broker", direction="in")),
        autolink("out", "t.example/full", containerId="broker", name="full"),
        autolink("out", "t.example/short", containerId="broker", externalAddress="short",
                 name="short"),
    ]

    def test_entities_name_the_addresses_of_tenants_in_full(self):
        """RS-431"""
        broker = self.container()
        client = self.connect(port=self.router.ports["tenants"], hostname="t.example")
        for address, node in (("full", "t.example/full"), ("short", "short")):
            queue = broker.receiver_of(node, credit=1)
            client.sender(address).send(body=address)
            self.assertEqual(queue.receive().body, address)
        receivers = [client.receiver("cast/a", credit=1) for _ in range(2)]
        client.sender("cast/a").send(body="all")
        self.assertEqual([each.receive().body for each in receivers], ["all", "all"])
        sender = client.sender("routed/a", wait=False)
        broker.receiver_of("t.example/routed/a", credit=1)
        sender.send(body="routed")
        self.assertEqual(broker.receiver_of("t.example/routed/a").receive().body, "routed")


class AutoLinks(AutoLinkTest):
    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)), CONTAINERS,
        ("address", dict(prefix="queue", waypoint=True)),
        ("address", dict(prefix="closed", distribution="unavailable")),
        autolink("out", "queue.a", containerId="broker", name="a.out"),
        autolink("in", "queue.a", containerId="broker", name="a.in"),
        autolink("out", "renamed", containerId="renaming", externalAddress="theirs",
                 name="renamed"),
        autolink("in", "renamed", containerId="renaming", externalAddr="theirs", phase=0),
        autolink("out", "queue.l", connection="containers", name="l.out"),
        autolink("out", "queue.n", name="n.out"),
        autolink("out", "closed.c", containerId="closed", name="c.out"),
        autolink("in", "chain", containerId="first", phase=3, name="chain.in"),
        autolink("out", "chain", containerId="second", phase=3, name="chain.out"),
        autolink("out", "refused", containerId="refusing", name="refused.out"),
        autolink("in", "refused", containerId="refusing", name="refused.in"),
        autolink("out", "slow", containerId="slow", name="slow.out"),
        autolink("out", "lost", containerId="lost", name="lost.out"),
    ]

    def test_a_container_gets_its_links_when_it_connects(self):
        """RS-230, RS-231: names, termini and modes; all on one session."""
        broker = self.container()
        out, into = broker.receiver_of("queue.a"), broker.sender_of("queue.a")
        for link in (out, into):
            self.assertRegex(link.name, r"^qdlink\..{15}$")
            self.assertEqual(link.link.remote_snd_settle_mode, Link.SND_MIXED)
            self.assertEqual(link.link.remote_rcv_settle_mode, Link.RCV_FIRST)
        self.assertEqual(len(broker.frames_like("@begin")), 1)
        for far, near in ((out.link.remote_source, out.link.remote_target),
                          (into.link.remote_target, into.link.remote_source)):
            self.assertIsNone(far.address)
            self.assertEqual(near.address, "queue.a")
            self.assertIsNone(near.capabilities.get_object() if near.capabilities.next() else None)

    def test_a_queue_stands_between_producers_and_consumers(self):
        """RS-232, RS-233, RS-234, MG-295"""
        broker = self.container()
        client = self.connect()
        receiver = client.receiver("queue.a", credit=1)
        sender = client.sender("queue.a")
        sent = sender.send(body="stored", address="elsewhere")
        towards = broker.receiver_of("queue.a", credit=10)
        stored = towards.receive()
        self.assertEqual(stored.body, "stored")
        stored.accept()
        self.assertEqual(sent.outcome().state, "accepted")
        broker.sender_of("queue.a").send(stored.bytes)
        got = receiver.receive()
        self.assertEqual((got.body, got.message.address), ("stored", "elsewhere"))
        got.accept()
        for name, direction in (("M0queue.a", "Egress"), ("M1queue.a", "Ingress")):
            entity = self.management().address(name)
            self.assertEqual(entity["deliveries%sRouteContainer" % direction], 1, name)
            self.assertEqual(entity["deliveries%s" % direction], 1, name)

    def test_a_containers_sender_has_credit_only_while_somebody_takes_its_messages(self):
        """RS-233"""
        broker = self.container()
        sender = broker.sender_of("queue.a")
        self.wait_state("a.in", "active")
        broker.sync()
        self.assertEqual(sender.credit, 0)
        receiver = self.connect().receiver("queue.a")
        sender.wait_credit(250)
        receiver.detach()

    def test_a_containers_credit_is_taken_back_when_nobody_takes_its_messages(self):
        """RS-38: without a drain; and given again when somebody comes."""
        address, agent = self.unique("queue.taken"), self.management()
        agent.create("router.config.autoLink", name=address, address=address, direction="in",
                     containerId="broker")
        self.addCleanup(lambda: agent.delete("router.config.autoLink", name=address))
        broker = self.container()
        sender = broker.sender_of(address)
        for number in range(2):
            receiver = self.connect().receiver(address, credit=10)
            broker.wait_for(lambda: sender.credit == 250)
            sent = sender.send(body=number)
            receiver.receive().accept()
            self.assertEqual(sent.outcome().state, "accepted")
            receiver.detach()
            sent = [sender.send(body=number, wait=False) for _ in range(5)]
            for each in sent:
                self.assertEqual(each.outcome().state, "released")
            # What was on its way counts below zero.
            broker.wait_for(lambda: sender.credit <= 0)
        self.assertFalse([each for each in broker.frames_like("@flow") if "drain=true" in each])

    def test_its_link_is_shown_with_its_status(self):
        """RS-235, MG-188, MG-216"""
        agent = self.management()
        self.wait_state("a.out", "inactive", agent)
        broker = self.container()
        broker.receiver_of("queue.a")
        entity = self.wait_state("a.out", "active", agent)
        link = agent.read("router.link", identity=entity["linkRef"])
        self.assertEqual((link["linkDir"], link["owningAddr"], link["linkType"]),
                         ("out", "M0queue.a", "endpoint"))
        self.assertEqual(
            [entity[name] for name in ("address", "direction", "phase", "containerId",
                                       "connection", "lastError", "fallback")],
            ["queue.a", "out", 0, "broker", None, None, False])
        self.assertEqual(self.state("a.in", agent)["phase"], 1)
        self.router.wait_for_text("Auto Link Activated 'a.out' on container broker")
        broker.close()
        self.assertIsNone(self.wait_state("a.out", "inactive", agent)["linkRef"])
        self.router.wait_for_text("Auto Link Deactivated 'a.out' on container broker")
        self.assertEqual(agent.query("router")[0]["autoLinkCount"], 13)

    def test_a_container_may_call_the_address_something_else(self):
        """RS-231, RS-232, RS-234"""
        broker, client = self.container("renaming"), self.connect()
        client.sender("renamed").send(body="to", presettled=True)
        self.assertEqual(broker.receiver_of("theirs", credit=1).receive().body, "to")
        self.wait_state("renamed", "active")
        broker.receiver_of("theirs").detach(wait=False)
        receiver = client.receiver("renamed", credit=1)
        broker.sender_of("theirs").send(body="from", presettled=True)
        self.assertEqual(receiver.receive().body, "from")

    def test_a_listeners_name_means_every_connection_that_comes_to_it(self):
        """RS-450, RS-238: and each is known for itself."""
        agent = self.management()
        first, second = (self.container("same") for _ in range(2))
        links = [each.receiver_of("queue.l", credit=100) for each in (first, second)]
        key = "M0queue.l"
        wait_for(lambda: agent.address(key)["subscriberCount"] == 2, what="two consumers")
        sender = self.connect().sender("queue.l")
        for _ in range(20):
            sender.send(body="x")
        for link in links:
            link.wait_count(1)
        second.close()
        wait_for(lambda: agent.address(key)["subscriberCount"] == 1, what="one consumer")
        self.assertEqual(self.state("l.out", agent)["operStatus"], "active")

    def test_without_a_container_it_stays_inactive_and_its_address_is_there(self):
        """RS-451, RS-240"""
        agent = self.management()
        self.assertEqual(self.state("n.out", agent)["operStatus"], "inactive")
        self.assertIsNotNone(agent.address("M0queue.n"))
        self.router.wait_for_text("'n.out' names no container")

    def test_an_unavailable_address_is_balanced_for_it(self):
        """RS-240"""
        agent = self.management()
        self.assertEqual(agent.address("M0closed.c")["distribution"], "balanced")
        self.container("closed").receiver_of("closed.c")
        self.wait_state("c.out", "active", agent)

    def test_one_container_may_feed_another(self):
        """RS-453, RS-241: by a phase that no client uses."""
        first, second = self.container("first"), self.container("second")
        second.receiver_of("chain", credit=1)
        first.sender_of("chain").send(body="through")
        self.assertEqual(second.receiver_of("chain").receive().body, "through")

    def test_a_refusal_is_shown_and_tried_again(self):
        """RS-236, RS-452, RS-235, MG-216"""
        agent = self.management()
        broker = self.container("refusing", accepts=False)
        into, out = broker.sender_of("refused"), broker.receiver_of("refused")
        self.wait_state("refused.out", "attaching", agent)
        broker.refuse(out, "amqp:not-found", "no such queue")
        broker.refuse(into, "amqp:not-found")
        entity = self.wait_state("refused.out", "failed", agent)
        self.assertEqual((entity["lastError"], entity["linkRef"]), ("no such queue", None))
        out.wait_closed()
        self.router.wait_for_text(
            "Auto Link Activation Failed. no such queue 'refused.out' on container refusing")
        again = broker.receiver_of("refused", number=2)
        self.assertNotEqual(again.name, out.name)
        broker.answer(again)
        entity = self.wait_state("refused.out", "active", agent)
        self.assertIsNone(entity["lastError"])
        broker.answer(broker.sender_of("refused", number=2))
        self.wait_state("refused.in", "active", agent)

    def test_a_container_that_lets_go_is_asked_again(self):
        """RS-236, RS-192, RS-193: with what it had not settled modified."""
        agent = self.management()
        broker = self.container("lost")
        link = broker.receiver_of("lost", credit=1)
        sender = self.connect().sender("lost")
        first, second = (sender.send(body=each) for each in "12")
        link.receive()
        broker.let_go(link, "amqp:resource-deleted", "gone")
        self.assertEqual(first.outcome().state, "modified")
        self.assertEqual(second.outcome().state, "released")
        self.wait_state("lost.out", "failed", agent)
        link = broker.receiver_of("lost", credit=1, number=2)
        self.wait_state("lost.out", "active", agent)
        third = sender.send(body="3")
        link.receive().accept()
        self.assertEqual(third.outcome().state, "accepted")
        # A session that ends takes its links with it.
        broker.end(link.link.session, wait=False)
        broker.receiver_of("lost", number=3)
        self.wait_state("lost.out", "active", agent)

    def test_an_end_of_its_session_is_no_other_links_twice(self):
        """RS-231, RS-235: RabbitMQ ends the session where a queue is missing, and says so there."""
        agent = self.management()
        for name in ("there", "missing"):
            agent.create("router.config.autoLink", name=name, address=name, direction="out",
                         containerId="strict")
        broker = self.container("strict", accepts=False)
        there, missing = broker.receiver_of("there"), broker.receiver_of("missing")
        self.assertEqual(there.link.session, missing.link.session)
        broker.answer(there)
        for number in (2, 3):
            missing.link.session.condition = Condition("amqp:not-found", "no queue 'missing'")
            broker.end(missing.link.session, wait=False)
            entity = self.wait_state("missing", "failed", agent)
            self.assertEqual(entity["lastError"], "no queue 'missing'")
            if number == 2:
                there = broker.receiver_of("there", number=2)
                broker.answer(there)
            missing = broker.receiver_of("missing", number=number)
            self.assertNotEqual(there.link.session, missing.link.session)
        self.wait_state("there", "active", agent)
        self.assertFalse(there.is_closed)
        for name in ("there", "missing"):
            agent.delete("router.config.autoLink", name=name)

    def test_a_container_that_never_answers_is_waited_for(self):
        """RS-233, RS-235: what it sees of the address has no consumer meanwhile."""
        agent = self.management()
        broker = self.container("slow", accepts=False)
        link = broker.receiver_of("slow")
        self.wait_state("slow.out", "attaching", agent)
        self.assertEqual(agent.address("M0slow")["subscriberCount"], 0)
        broker.answer(link, target="another")
        self.wait_state("slow.out", "active", agent)
        self.assertEqual(agent.address("M0slow")["subscriberCount"], 1)


class AtRunTime(AutoLinkTest):
    CONFIGURATION = [("listener", dict(host="127.0.0.1", port=0)), CONTAINERS]

    def test_it_is_made_and_taken_away_while_its_container_is_there(self):
        """RS-237, MG-192, MG-185, MG-191: without an error."""
        agent, broker = self.management(), self.container()
        made = agent.create(
            "router.config.autoLink", name="q", address="q", direction="out",
            containerId="broker")
        self.assertEqual((made["name"], made["addr"], made["dir"]), ("q", "q", "out"))
        link = broker.receiver_of("q", credit=1)
        sender = self.connect().sender("q")
        sent = sender.send(body="x")
        link.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")
        agent.delete("router.config.autoLink", name="q")
        self.assertIsNone(link.wait_closed())
        link.detach()
        self.assertIsNone(agent.read("router.config.autoLink", identity=agent.create(
            "router.config.autoLink", address="q", direction="in", containerId="broker",
        )["identity"])["name"])
        self.assertEqual(
            [each["address"] for each in agent.query("router.config.autoLink")], ["q"])
        broker.sender_of("q")

    def test_what_cannot_be_is_refused(self):
        """MG-188, MG-185"""
        agent = self.management()
        both = "Both connection and containerId cannot be specified. Specify only one"
        mandatory = "address and direction fields are mandatory"
        for fields, text in (
                (dict(address="a"), mandatory), (dict(dir="in"), mandatory), ({}, mandatory),
                (dict(addr="a", direction="up"), "Invalid value for 'direction'"),
                (dict(addr="a", dir="in", phase=10), "autoLink phase must be between 0 and 9"),
                (dict(addr="a", dir="in", phase=-1), "autoLink phase must be between 0 and 9"),
                (dict(addr="a", dir="in", connection="c", containerId="d"), both)):
            with self.subTest(fields), self.assertRaises(Failed) as failed:
                agent.create("router.config.autoLink", name="bad", **fields)
            self.assertEqual((failed.exception.status, failed.exception.description), (400, text))
        agent.create("router.config.autoLink", name="twice", address="a", direction="in")
        with self.assertRaises(Failed) as failed:
            agent.create("router.config.autoLink", name="twice", address="b", direction="in")
        self.assertEqual(
            failed.exception.description, "Name conflicts with an existing entity")
        agent.delete("router.config.autoLink", name="twice")

    def test_many_are_attached_on_more_than_one_session(self):
        """RS-231"""
        agent = self.management()
        for number in range(300):
            agent.create("router.config.autoLink", name="many%d" % number, address="many%d" % number,
                         direction="out", containerId="large")
        broker = self.container("large")
        wait_for(lambda: len(broker.accepted_links) == 300, what="300 links")
        self.assertEqual(len(broker.frames_like("@begin")), 2)
        for number in range(300):
            agent.delete("router.config.autoLink", name="many%d" % number)
        for link in broker.accepted_links:
            self.assertIsNone(link.wait_closed())


class Dialled(AutoLinkTest):
    def test_a_connectors_container_gets_its_links_on_every_connection(self):
        """RS-230, RS-237, RS-239"""
        with Acceptor() as acceptor:
            router = self.start([
                ("listener", dict(host="127.0.0.1", port=0)),
                ("connector", dict(name="broker", role="route-container", host="127.0.0.1",
                                   port=acceptor.port)),
                autolink("out", "q", connection="broker", name="q.out")])
            sender = None
            for number in range(2):
                peer = acceptor.accept()
                peer.wait_for(lambda: peer.accepted_links, what="the router's link")
                self.wait_state("q.out", "active", self.management(router))
                peer.accepted_links[0].flow(1)
                sender = sender or self.connect(router).sender("q")
                sent = sender.send(body="x")
                peer.accepted_links[0].receive()
                peer.kill()
                self.assertEqual(sent.outcome().state, "modified")


if __name__ == "__main__":
    main()
