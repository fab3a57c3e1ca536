"""Routers with real brokers beside them, for the tests of this directory."""

import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Wire"))

from harness import *
from rabbitmq import RabbitMQ

#: Deaths of a broker under load.
DEATHS = int(os.environ.get("MARTLET_DEATHS", "10"))

_brokers = []


def brokers(count):
    """So many nodes, which all tests of this process share: to start one takes long."""
    new = [RabbitMQ() for _ in range(count - len(_brokers))]
    _brokers.extend(new)
    for broker in _brokers[:count]:
        if broker.process is None:
            broker.launch()
    for broker in _brokers[:count]:
        broker.wait_listening()
    return _brokers[:count]


class Site(WireTest):
    """A line of routers, brokers beside the last, clients beside the first."""

    LENGTH = 1
    BROKERS = 1
    #: Sections of every router.
    EVERYWHERE = ""

    @classmethod
    def setUpClass(cls):
        cls.routers = []
        cls.brokers = brokers(cls.BROKERS)
        cls.broker = cls.brokers[0]
        cls.prepare()
        for number in range(cls.LENGTH):
            mode = "standalone" if cls.LENGTH == 1 else "interior"
            text = section("router", mode=mode, id="ABC"[number]) + cls.EVERYWHERE
            text += section("listener", name="clients", host="127.0.0.1", port=0)
            if cls.LENGTH > 1:
                text += section(
                    "listener", name="trunks", host="127.0.0.1", port=0, role="inter-router")
            if number:
                text += section(
                    "connector", host="127.0.0.1", role="inter-router",
                    port=cls.way_to(cls.routers[-1].ports["trunks"]))
            if number == cls.LENGTH - 1:
                text += "".join(
                    connector(name, broker) for name, broker in zip(NAMES, cls.brokers))
                text += cls.behind()
            else:
                text += cls.beyond()
            cls.routers.append(Router(text))

    @classmethod
    def prepare(cls):
        """Makes what the brokers must have before the routers start."""

    @classmethod
    def behind(cls):
        """Sections of the brokers' router; they call the brokers by `NAMES`."""
        return ""

    @classmethod
    def beyond(cls):
        """Sections of the other routers."""
        return ""

    @classmethod
    def way_to(cls, port):
        """The port that the next router dials to come to this one."""
        return port

    @classmethod
    def tearDownClass(cls):
        for router in cls.routers:
            router.stop()

    @property
    def far(self):
        """The brokers' router."""
        return self.routers[-1]

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result is not None else 0
        outcome = super().run(result)
        if result is not None and len(result.failures) + len(result.errors) > before:
            for router in self.routers:
                router.dump()
        return outcome

    def client(self):
        return self.connect(self.routers[0])

    def direct(self, broker=None):
        """A client of a broker's own."""
        return self.connect(
            port=(broker or self.broker).port, sasl="PLAIN", user="guest", password="guest")

    def wait_active(self, agent, names=None, deadline=60):
        """Waits until the auto links of these names are up, or all."""
        def lacking():
            return [row["name"] for row in agent.query("router.config.autoLink")
                    if row["operStatus"] != "active" and (names is None or row["name"] in names)]
        wait_for(lambda: not lacking(), deadline,
                 lambda: str(agent.query("router.config.autoLink")))


NAMES = ("first", "second")


def connector(name, broker):
    return section(
        "connector", name=name, role="route-container", host="127.0.0.1", port=broker.port,
        saslMechanisms="PLAIN", saslUsername="guest", saslPassword="guest")


def queue_behind(address, queue, broker="first", **attributes):
    """The auto links of a queue, `address.in` and `address.out`."""
    return "".join(
        section("autoLink", name="%s.%s.%s" % (address, broker, direction), address=address,
                externalAddress="/amq/queue/" + queue, direction=direction, connection=broker,
                **attributes)
        for direction in ("in", "out"))


class Load:
    """Numbered durable messages, at most 100 of them unanswered."""

    def __init__(self):
        self.number = 0
        self.waiting = []
        self.accepted = set()
        self.had = set()

    def run(self, sender, until, deadline=60):
        """Sends until a condition holds."""
        end = time.monotonic() + deadline * PATIENCE
        while not until():
            if time.monotonic() > end:
                raise TimedOut("not in time; %d accepted, %d waiting" % (
                    len(self.accepted), len(self.waiting)))
            while sender.credit > 0 and len(self.waiting) < 100:
                self.waiting.append((self.number, sender.send(
                    Message(durable=True, body=self.number), wait=False)))
                self.number += 1
            pump.turn(0.001)
            self.sort()

    def sort(self):
        """Takes in what has become of messages."""
        for pair in [pair for pair in self.waiting if pair[1].state]:
            self.waiting.remove(pair)
            if pair[1].state == "accepted":
                self.accepted.add(pair[0])

    def wait_taken(self, *receivers):
        """Waits until all that was accepted has come to these receivers, or had come before."""
        def lacking():
            for receiver in receivers:
                self.take(receiver)
            return self.accepted - self.had
        wait_for(lambda: not lacking(), 120, lambda: "%d messages" % len(lacking()))

    def take(self, receiver):
        """Takes note of what has come, and forgets it."""
        count = receiver.complete_count
        self.had.update(each.body for each in receiver.deliveries[:count])
        del receiver.deliveries[:count]
        receiver.taken = receiver._complete = 0


def consumer(client, address):
    """A receiver that accepts whatever comes."""
    receiver = client.receiver(address, credit=500)
    receiver.answer = Incoming.accept
    receiver.refills = True
    return receiver


def take_all(receiver, count, deadline=60):
    """Accepts so many messages; gives their bodies."""
    return [receiver.receive(deadline).accept().body for _ in range(count)]
