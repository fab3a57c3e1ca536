"""Several routers in processes of their own, joined by inter-router connections."""

import time

from harness import *


def line(count):
    """Names and links of a line: every router dials the one before it."""
    names = "ABCDEFGHIJ"[:count]
    return names, [(names[i], names[i - 1]) for i in range(1, count)]


class Network:
    """Interior routers and the trunks between them.

    `links` are pairs (who dials, who listens), optionally with a cost and, fourth, the port to dial
    instead (of a proxy). A listening router keeps its ports over `restart`.
    """

    def __init__(self, names, links, sections="", workers=1, program=None, costs=(),
                 attributes=None):
        self.names = list(names)
        self.links = [tuple(link) for link in links]
        self.sections = sections
        self.workers = workers
        self.program = program
        #: Further attributes of a router's `router` section, by its name.
        self.attributes = attributes or {}
        #: Further attributes of the listeners for routers.
        self.trunk_attributes = {}
        self.routers = {}
        self.ports = {}
        self.trunk_ports = {}
        for name in self.names:
            self.start(name)

    def configuration(self, name):
        text = section("router", mode="interior", id=name, workerThreads=self.workers,
                       **self.attributes.get(name, {}))
        text += section(
            "listener", name="clients", host="127.0.0.1", port=self.ports.get(name, 0))
        text += section(
            "listener", name="trunks", host="127.0.0.1", role="inter-router",
            port=self.trunk_ports.get(name, 0), saslMechanisms="ANONYMOUS",
            **self.trunk_attributes)
        for number, link in enumerate(self.links):
            if link[0] != name:
                continue
            port = link[3] if len(link) > 3 else self.trunk_ports[link[1]]
            text += section(
                "connector", name="to%s.%d" % (link[1], number), host="127.0.0.1", role="inter-router",
                port=port, saslMechanisms="ANONYMOUS", cost=link[2] if len(link) > 2 else 1)
        return text + self.sections

    def start(self, name):
        router = Router(self.configuration(name), id=name, program=self.program)
        self.routers[name] = router
        if name not in self.ports:
            self.ports[name] = router.ports["clients"]
            self.trunk_ports[name] = router.ports["trunks"]
        return router

    def restart(self, name, kill=True):
        """Ends a router, by default without warning, and starts it anew on the same ports."""
        self.end(name, kill)
        return self.start(name)

    def end(self, name, kill=True):
        router = self.routers.pop(name)
        if kill:
            router.kill()
            router._remove()
        else:
            router.stop()

    def stop(self):
        """Stops all and checks that each had a good end."""
        for name in list(self.routers):
            self.routers.pop(name).stop()

    def __getitem__(self, name):
        return self.routers[name]

    def dump(self):
        for router in self.routers.values():
            router.dump()

    def wait_joined(self, names=None, deadline=15):
        """Waits until every router reaches every other one, both for messages and for answers."""
        names = list(names or self.routers)
        clients = {name: Client(self.routers[name]) for name in names}
        try:
            probes = {name: clients[name].receiver(dynamic=True, credit=1000) for name in names}
            for probe in probes.values():
                probe.answer = Incoming.accept
            senders = {name: clients[name].sender(None) for name in names}
            end = end_of_wait(deadline)
            left = [(a, b) for a in names for b in names if a != b]
            while left:
                sent = [
                    (pair, senders[pair[0]].send(
                        Message(address=probes[pair[1]].remote_address, body="probe")))
                    for pair in left]
                left = [pair for pair, each in sent if each.outcome().state != "accepted"]
                if left and time.monotonic() > end:
                    raise TimedOut("not joined: %s" % left)
                if left:
                    pump.turn(0.02)
        finally:
            for client in clients.values():
                client.kill()
        return self


class NetworkTest(WireTest):
    """A test case with a network that the class's tests share: `self.network["A"]`."""

    NAMES = "AB"
    LINKS = [("B", "A")]
    SECTIONS = section("address", prefix="multicast", distribution="multicast") + section(
        "address", prefix="closest", distribution="closest")
    network = None

    @classmethod
    def setUpClass(cls):
        cls.network = Network(cls.NAMES, cls.LINKS, cls.SECTIONS, workers=cls.WORKERS or 1)
        cls.network.wait_joined()

    @classmethod
    def tearDownClass(cls):
        if cls.network is not None:
            cls.network.stop()

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result is not None else 0
        outcome = super().run(result)
        if result is not None and len(result.failures) + len(result.errors) > before:
            if self.network is not None:
                self.network.dump()
        return outcome

    def at(self, name, **how):
        """A client of the router of that name, closed after the test."""
        return self.connect(self.network[name], **how)

    def build(self, names, links, sections=None, **how):
        """A network of its own for one test."""
        network = Network(names, links, self.SECTIONS if sections is None else sections, **how)
        self.addCleanup(network.stop)
        return network

    def count(self, receiver, what):
        """How many complete deliveries have that body."""
        return sum(1 for each in receiver.deliveries if each.is_complete and each.body == what)
