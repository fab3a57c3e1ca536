"""A container's and a client's end of links that go on (RS 8)."""

from harness import *
from placement import DeliveryTest


def container_sections(**how):
    return [
        ("listener", dict(name="containers", host="127.0.0.1", port=0, role="route-container")),
        ("linkRoute", dict(prefix="lr", direction="in", containerId="broker")),
        ("linkRoute", dict(prefix="lr", direction="out", containerId="broker")),
        ("linkRoute", dict(pattern="*.pat.#", direction="in", connection="containers")),
        ("linkRoute", dict(pattern="*.pat.#", direction="out", connection="containers")),
        ("linkRoute", dict(prefix="ext", direction="in", containerId="broker",
                           addExternalPrefix="in/", delExternalPrefix="ext/")),
        ("linkRoute", dict(prefix="$coordinator", direction="in", containerId="broker")),
        ("linkRoute", dict(prefix="absent", direction="in", containerId="nobody")),
    ]


class Routed(DeliveryTest):
    CONFIGURATION = [
        ("router", dict(mode="standalone", id="R")),
        ("listener", dict(host="127.0.0.1", port=0))] + container_sections() + [
        ("listener", dict(name="tenants", host="127.0.0.1", port=0, multiTenant=True))]

    def setUp(self):
        super().setUp()
        self.brokers = []

    def tearDown(self):
        # Its links end with the container, and so lack no credit.
        for broker in self.brokers:
            broker.kill()
        for client in self.clients:
            wait_for(lambda: client.is_closed or all(
                not link.is_attached or link.is_closed or not link.address
                or not str(link.address).startswith("lr") for link in client.links),
                what="the links' end")
        super().tearDown()

    def broker(self, container="broker", **how):
        self.brokers.append(
            self.far(port=self.router.ports["containers"], container=container, **how))
        # Those of earlier tests are gone.
        agent = self.management()
        wait_for(lambda: len(self.brokers) == sum(
            row["role"] == "route-container" for row in agent.query("connection")))
        agent.client.kill()
        return self.brokers[-1]

    def pair(self, kind, address="lr/q", how=None, **broker_how):
        """A client's link and the container's end of it."""
        broker = self.broker(**broker_how)
        client = self.near()
        link = getattr(client, kind)(address, wait=False, **(how or {}))
        wait_for(lambda: broker.accepted_links, what="the attach to go on")
        return client, link, broker, broker.accepted_links[0]

    def attached(self, kind, *what, **how):
        client, link, broker, far = self.pair(kind, *what, **how)
        client.wait_for(lambda: link.is_attached, what="the answer")
        return client, link, broker, far

    def assert_at_rest(self):
        pass
