"""A broker's queues behind link routes, through one router and through three."""

import re

from sites import *

LOST = ("qd:routed-link-lost", "Connectivity to the peer container was lost")


def routes(**attributes):
    return "".join(section("linkRoute", prefix="amq", direction=direction, **attributes)
                   for direction in ("in", "out"))


class LinkRoutes(Site):
    @classmethod
    def behind(cls):
        return routes(addExternalPrefix="/", connection="first")

    @classmethod
    def beyond(cls):
        # While no broker is there, its clients are refused (RS-460).
        return routes()

    def setUp(self):
        super().setUp()
        self.node = "amq/queue/" + self.queue_of(self._testMethodName)
        self.probe(self.client())

    @classmethod
    def prepare(cls):
        cls.broker.declare(*(cls.queue_of(name) for name in dir(cls) if name.startswith("test")))

    @classmethod
    def queue_of(cls, name):
        """A queue of the test's own."""
        return "%s.%s" % (cls.__name__, name)

    def probe(self, client):
        """Attaches a link, as soon as the broker can be reached."""
        end = time.monotonic() + 60 * PATIENCE
        while True:
            try:
                return client.sender(self.node)
            except Refused as refused:
                self.assertEqual(
                    (refused.name, refused.description),
                    ("qd:no-route-to-dest", "No route to the destination node"))
                self.assertLess(time.monotonic(), end)
                pump.turn(0.02)

    def test_messages_go_to_the_broker_and_come_from_it(self):
        """RS-250, RS-259, RS-267: whole and in order, both ways."""
        sender, receiver = self.client().sender(self.node), self.client().receiver(self.node)
        self.assertEqual(sender.remote_address, self.node)
        sender.wait_credit(100, 30)
        sent = [
            sender.send(
                Message(durable=True, body="n%d" % number, subject="s", id="id%d" % number,
                        properties={"number": number}, annotations={symbol("x-opt-a"): "b"}),
                wait=False)
            for number in range(100)]
        for each in sent:
            self.assertEqual(each.outcome(30).state, "accepted")
        receiver.flow(100)
        for number in range(100):
            message = receiver.receive(30).accept().message
            self.assertEqual(
                (message.body, message.subject, message.id, message.properties["number"],
                 message.annotations[symbol("x-opt-a")], message.durable),
                ("n%d" % number, "s", "id%d" % number, number, "b", True))

    def test_large_messages_pass_both_ways(self):
        """RS-269"""
        body = os.urandom(1 << 20) * 5
        sender = self.client().sender(self.node).wait_credit(1, 30)
        sent = [sender.send(Message(durable=True, body=body), wait=False) for _ in range(2)]
        for each in sent:
            self.assertEqual(each.outcome(60).state, "accepted")
        receiver = self.client().receiver(self.node, credit=2)
        for _ in range(2):
            self.assertTrue(receiver.receive(60).accept().body == body)

    def test_an_attach_is_answered_as_by_the_broker_itself(self):
        """RS-256, RS-259: termini, filters and modes whole."""
        selector = Described(symbol("apache.org:selector-filter:string"), "colour = 'red'")
        wishes = [
            ("sender", {}),
            ("sender", dict(capabilities=[symbol("queue")], properties={symbol("p"): 1},
                            max_message_size=1 << 30)),
            ("receiver", dict(filters={symbol("apache.org:selector-filter:string"): selector})),
            ("receiver", dict(durability=2, expiry=Terminus.EXPIRE_NEVER, timeout=7,
                              distribution_mode=Terminus.DIST_MODE_COPY,
                              capabilities=[symbol("queue"), symbol("x")], other="mine")),
            ("receiver", dict(snd_settle_mode=Link.SND_SETTLED)),
        ]
        for kind, how in wishes:
            with self.subTest(kind=kind, how=how):
                self.assertEqual(
                    self.answer(self.client(), kind, self.node, how),
                    self.answer(self.direct(), kind, "/" + self.node, how))

    def answer(self, client, kind, node, how):
        """The text of the other side's attach but for the node's leading slash. What it says of
        deliveries to come has defaults."""
        getattr(client, kind)(node, name="wish", **how)
        text = client.frames_like("<- @attach")[0].replace('"/amq', '"amq')
        for default in (", initial-delivery-count=0x0", ", max-message-size=0x0"):
            text = text.replace(default, "")
        return re.sub(r"^.*?\[", "[", text.strip())

    def test_consumers_compete_and_give_back(self):
        """RS-266: what one releases, or has when it goes, comes again."""
        sender = self.client().sender(self.node)
        receivers = [self.client().receiver(self.node, credit=50) for _ in range(4)]
        for number in range(100):
            sender.wait_credit(1, 30)
            sender.send(Message(durable=True, body=number))
        wait_for(lambda: sum(each.complete_count for each in receivers) == 100, 60)
        self.assertTrue(all(each.complete_count for each in receivers))
        had = sorted(each.body for receiver in receivers for each in receiver.deliveries)
        self.assertEqual(had, list(range(100)))
        last = self.client().receiver(self.node, credit=1000)
        for each in receivers[0].deliveries:
            each.release()
        receivers[0].client.sync()
        for receiver in receivers:
            receiver.client.kill()
        self.assertEqual(sorted(take_all(last, 100)), list(range(100)))

    def test_a_refusal_is_the_clients_own(self):
        """RS-463: the broker ends a session, and other clients' links go on."""
        other = self.client()
        sender = other.sender(self.node).wait_credit(1, 30)
        receiver = other.receiver(self.node, credit=10)
        for node in ("amq/queue/missing", "amq/nonsense"):
            for kind in ("receiver", "sender"):
                client, direct = self.client(), self.direct()
                link = getattr(client, kind)(node, wait=False)
                wait_for(lambda: link.is_attached or link.is_closed, 30)
                told = getattr(direct, kind)("/" + node, wait=False)
                ended = told.link.session
                wait_for(lambda: told.is_attached or ended.state & Endpoint.REMOTE_CLOSED, 30)
                if told.is_attached:
                    self.assertTrue(link.remote_address)
                    continue
                self.assert_condition(
                    link.wait_closed(30), ended.remote_condition.name,
                    ended.remote_condition.description)
        sender.send(Message(durable=True, body="on"))
        self.assertEqual(receiver.receive(30).accept().body, "on")

    def test_no_message_is_lost_when_the_broker_is_killed(self):
        """RS-252, RS-264, RS-265: clients are told, and attach again."""
        client, load = self.client(), Load()
        for death in range(DEATHS + 1):
            links = self.probe(client), consumer(client, self.node)
            enough = len(load.accepted) + 200
            load.run(links[0], lambda: len(load.accepted) >= enough)
            if death == DEATHS:
                break
            self.broker.kill()
            for link in links:
                self.assert_condition(link.wait_closed(30), *LOST)
            wait_for(lambda: load.sort() or not load.waiting, 30)
            load.take(links[1])
            self.broker.launch()
        load.wait_taken(links[1])


class AcrossThreeRouters(LinkRoutes):
    LENGTH = 3


if __name__ == "__main__":
    main()
