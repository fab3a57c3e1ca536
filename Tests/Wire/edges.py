"""Edge routers in processes of their own, below the interior routers of a network."""

from network import *


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
                port=port, saslMechanisms="ANONYMOUS")
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
