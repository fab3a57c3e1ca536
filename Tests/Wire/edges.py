"""Edge routers in processes of their own, below the interior routers of a network."""

from network import *

TRACKING = "_$qd.edge_addr_tracking"
LOOKUP = "_$qd.addr_lookup"
HEARTBEAT = "_$qd.edge_heartbeat"


class Edges(Network):
    """A network whose interior routers have a listener for edges, and the edges below.

    `edges` are pairs of an edge's name and a text of the interior routers that it dials, in that
    order: `("E", "AB")`.
    """

    def __init__(self, names, links, edges, sections="", workers=1, **how):
        self.edges = dict(edges)
        self.edge_ports = {}
        self.sections_of_edges = sections
        self.edge_workers = workers
        #: Further attributes of the edges' connectors, by their order.
        self.uplink_attributes = {}
        super().__init__(names, links, sections, workers=workers, **how)
        for name in self.edges:
            self.start(name)

    def configuration(self, name):
        if name not in self.edges:
            return super().configuration(name) + section(
                "listener", name="edges", host="127.0.0.1", role="edge",
                port=self.edge_ports.get(name, 0), saslMechanisms="ANONYMOUS")
        text = section("router", mode="edge", id=name, workerThreads=self.edge_workers,
                       **self.attributes.get(name, {}))
        text += section(
            "listener", name="clients", host="127.0.0.1", port=self.ports.get(name, 0))
        for number, interior in enumerate(self.edges[name]):
            port = interior if isinstance(interior, int) else self.edge_ports[interior]
            text += section(
                "connector", name="to%s.%d" % (interior, number), host="127.0.0.1", role="edge",
                port=port, saslMechanisms="ANONYMOUS", **self.uplink_attributes.get(number, {}))
        return text + self.sections_of_edges

    def start(self, name):
        if name not in self.edges:
            router = super().start(name)
            self.edge_ports.setdefault(name, router.ports.get("edges"))
            return router
        router = Router(self.configuration(name), id=name, program=self.program)
        self.routers[name] = router
        self.ports[name] = router.ports["clients"]
        return router


class EdgesTest(NetworkTest):
    """Two interior routers, two edges below the one and one below the other."""

    NAMES = "AB"
    LINKS = [("B", "A")]
    EDGES = [("E", "A"), ("F", "A"), ("G", "B")]

    @classmethod
    def setUpClass(cls):
        cls.network = Edges(
            cls.NAMES, cls.LINKS, cls.EDGES, cls.SECTIONS, workers=cls.WORKERS or 1)
        cls.network.wait_joined()

    def build(self, names, links, edges, sections=None, **how):
        """A network of its own for one test."""
        network = Edges(
            names, links, edges, self.SECTIONS if sections is None else sections, **how)
        self.addCleanup(network.stop)
        return network


class Played:
    """An interior router that an edge dials. Unless `answers=False`, it answers lookups: not found."""

    def __init__(self, test, name="A", answers=True, **how):
        self.acceptor = Acceptor(container=name, **how)
        self.port = self.acceptor.port
        test.addCleanup(self.acceptor.close)
        self.test = test
        self.answers = answers

    def meet(self):
        self.client = self.acceptor.accept()
        self.test.addCleanup(self.client.kill)
        return self

    def use(self):
        """Waits for the uplink's own links, and answers on them."""
        self.wait_link(Receiver, "_$qd.edge_heartbeat")
        lookups = self.wait_link(Receiver, LOOKUP)
        lookups.refills = True
        if self.answers:
            lookups.answer = self.answer
        lookups.flow(32)
        return self

    def answer(self, incoming, status=3, body=(False, False)):
        question = incoming.message
        replies = [each for each in self.client.accepted_links
                   if isinstance(each, Sender) and each.link.source.address == question.reply_to]
        replies[0].send(Message(
            correlation_id=question.correlation_id, body=list(body),
            properties=dict(version=uint(1), opcode=uint(1), status=uint(status))),
            presettled=True, wait=False)

    def link(self, kind, address=None, capability=None):
        """The open link of that kind whose end here has that address."""
        for each in self.client.accepted_links:
            if not isinstance(each, kind) or each.is_closed:
                continue
            end = each.link.remote_target if kind is Receiver else each.link.remote_source
            if (end.address or None) == address:
                return each

    def wait_link(self, kind, address=None):
        return self.client.wait_for(
            lambda: self.link(kind, address), what="a link for %s" % address)

    def track(self, key, is_reachable):
        self.wait_link(Sender, TRACKING).send(body=[key, is_reachable], presettled=True)
