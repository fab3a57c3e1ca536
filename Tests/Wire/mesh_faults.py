"""What tests of a mesh with faults are written with."""

from impairment import Impairment
from network import *


class FaultTest(NetworkTest):
    """Each test has a network of its own."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    network = None

    def build(self, names, links, sections=None, **how):
        self.network = super().build(names, links, sections, **how)
        return self.network

    def proxied_pair(self, deadline=15, **impairment):
        """B, connected to A through a proxy. Gives proxy and network."""
        proxy = self.proxy(**impairment)
        network = self.build("AB", [])
        proxy.target = network.trunk_ports["A"]
        network.links = [("B", "A", 1, proxy.port)]
        network.restart("B")
        network.wait_joined(deadline=deadline)
        return proxy, network

    def proxy(self, target=0, **settings):
        proxy = Impairment(target, **settings)
        self.addCleanup(proxy.stop)
        return proxy

    def known_to(self, client, address):
        """Waits until messages for `address` from this client are accepted."""
        sender = client.sender(None)
        wait_for(lambda: sender.send(Message(
            address=address, body="known?")).outcome().state == "accepted", what=address)
        return sender
