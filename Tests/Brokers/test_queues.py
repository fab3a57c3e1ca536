"""A broker's queues behind auto links, through one router and through three."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Wire"))

from harness import *
from rabbitmq import RabbitMQ

#: Messages that are stored while nobody takes them, and deaths of the broker under load.
STORED = int(os.environ.get("MARTLET_STORED", "100000"))
DEATHS = int(os.environ.get("MARTLET_DEATHS", "10"))

QUEUES = section("address", prefix="queue", waypoint=True)


def behind(broker):
    """Sections of the router that the broker is connected to."""
    parts = section(
        "connector", name="broker", role="route-container", host="127.0.0.1", port=broker.port,
        saslMechanisms="PLAIN", saslUsername="guest", saslPassword="guest")
    for queue in ("stored", "killed", "shared"):
        for direction in ("in", "out"):
            parts += section(
                "autoLink", name="%s.%s" % (queue, direction), address="queue." + queue,
                externalAddress="/amq/queue/" + queue, direction=direction, connection="broker")
    return parts


def listener(name, **attributes):
    return section("listener", name=name, host="127.0.0.1", port=0, **attributes)


class Queues(WireTest):
    """One router, and a broker beside it. Producers and consumers are its clients."""

    @classmethod
    def setUpClass(cls):
        cls.broker = RabbitMQ(queues=("stored", "killed", "shared"))
        cls.start_routers()

    @classmethod
    def start_routers(cls):
        cls.routers = [Router(
            section("router", mode="standalone", id="R") + listener("clients") + QUEUES
            + behind(cls.broker))]

    @classmethod
    def tearDownClass(cls):
        for router in cls.routers:
            router.stop()
        cls.broker.stop()

    @property
    def near(self):
        """The router of the clients."""
        return self.routers[0]

    @property
    def far(self):
        """The router of the broker."""
        return self.routers[-1]

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result is not None else 0
        outcome = super().run(result)
        if result is not None and len(result.failures) + len(result.errors) > before:
            for router in self.routers:
                router.dump()
        return outcome

    def client(self):
        return self.connect(self.near)

    def active(self, agent):
        """How many auto links are up."""
        return sum(each["operStatus"] == "active"
                   for each in agent.query("router.config.autoLink"))

    def wait_active(self, agent, deadline=60):
        wait_for(lambda: self.active(agent) == 6, deadline,
                 lambda: str(agent.query("router.config.autoLink")))

    def test_messages_wait_in_the_broker_and_come_in_order(self):
        """RS-232, RS-233: stored while no consumer is there, drained by one."""
        self.wait_active(self.management(self.far))
        sender = self.client().sender("queue.stored")
        sender.wait_credit(1, 30)
        sent = []
        for number in range(STORED):
            if sender.credit == 0:
                sender.wait_credit(1, 60)
            sent.append(sender.send(Message(durable=True, body=number), wait=False))
            while len(sent) > 1000:
                self.assertEqual(sent.pop(0).outcome(60).state, "accepted")
        for each in sent:
            self.assertEqual(each.outcome(60).state, "accepted")
        self.assertEqual(self.broker.depth("stored"), STORED)
        receiver = self.client().receiver("queue.stored", credit=1000)
        for number in range(STORED):
            got = receiver.receive(60)
            self.assertEqual(got.body, number)
            got.accept()
            if number % 500 == 499:
                receiver.flow(500)
                del receiver.deliveries[:receiver.taken]
                receiver.taken = receiver._complete = 0

    def test_a_queue_behind_the_mesh_is_a_queue(self):
        """RS-233, RS-239: what a consumer releases, or has when it goes, comes again."""
        self.wait_active(self.management(self.far))
        sender = self.client().sender("queue.shared").wait_credit(1, 30)
        client = self.client()
        receiver = client.receiver("queue.shared", credit=2)
        for number in range(2):
            sender.send(Message(durable=True, body=number))
        first, second = receiver.receive(30), receiver.receive(30)
        first.release()
        receiver.flow(1)
        again = receiver.receive(30)
        self.assertEqual(again.body, first.body)
        client.kill()
        receiver = self.client().receiver("queue.shared", credit=2)
        self.assertEqual(
            sorted(receiver.receive(30).accept().body for _ in range(2)),
            sorted([first.body, second.body]))

    def test_consumers_compete(self):
        """RS-152: each message goes to one."""
        self.wait_active(self.management(self.far))
        receivers = [self.client().receiver("queue.shared", credit=200) for _ in range(4)]
        for receiver in receivers:
            receiver.answer = Incoming.accept
        sender = self.client().sender("queue.shared").wait_credit(1, 30)
        for number in range(400):
            sender.wait_credit(1, 30)
            sender.send(Message(durable=True, body=number))
        wait_for(lambda: sum(each.complete_count for each in receivers) >= 400, 60,
                 lambda: str([each.complete_count for each in receivers]))
        bodies = sorted(each.body for receiver in receivers for each in receiver.deliveries)
        self.assertEqual(bodies, list(range(400)))
        self.assertTrue(all(each.complete_count for each in receivers))

    def test_nothing_acknowledged_is_lost_when_the_broker_is_killed(self):
        """RS-236, RS-239, RS-345: and every auto link is back within two seconds of its listening."""
        agent = self.management(self.far)
        self.wait_active(agent)
        sender = self.client().sender("queue.killed")
        receiver = self.client().receiver("queue.killed", credit=500)
        receiver.answer = Incoming.accept
        receiver.refills = True
        accepted, waiting, number = set(), [], 0

        def load(until, deadline):
            nonlocal number
            end = time.monotonic() + deadline * PATIENCE
            while not until():
                self.assertLess(time.monotonic(), end, "not in time")
                if sender.credit > 0 and len(waiting) < 100:
                    waiting.append((number, sender.send(
                        Message(durable=True, body=number), wait=False)))
                    number += 1
                pump.turn(0.001)
                for pair in list(waiting):
                    if pair[1].state:
                        waiting.remove(pair)
                        if pair[1].state == "accepted":
                            accepted.add(pair[0])

        for death in range(DEATHS):
            enough = len(accepted) + 200
            load(lambda: len(accepted) >= enough, 60)
            self.broker.kill()
            self.broker.launch()
            load(self.broker._listens, 180)
            listening = time.monotonic()
            self.wait_active(agent, 30)
            back = time.monotonic() - listening
            self.assertLess(back, 2 * PATIENCE, "after death %d" % death)
        load(lambda: not waiting, 60)
        sender.detach()
        wait_for(
            lambda: accepted <= {each.body for each in receiver.deliveries if each.is_complete},
            60, lambda: "%d messages" % len(
                accepted - {each.body for each in receiver.deliveries if each.is_complete}))


class AcrossThreeRouters(Queues):
    """Clients at one end of a line of three routers, the broker at the other."""

    @classmethod
    def start_routers(cls):
        cls.routers = []
        for number, id in enumerate("ABC"):
            text = section("router", mode="interior", id=id) + listener("clients") + QUEUES
            text += listener("trunks", role="inter-router")
            if number:
                text += section(
                    "connector", host="127.0.0.1", role="inter-router",
                    port=cls.routers[-1].ports["trunks"])
            if id == "C":
                text += behind(cls.broker)
            cls.routers.append(Router(text))


if __name__ == "__main__":
    main()
