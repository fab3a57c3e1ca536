"""Queues, fallbacks and exchanges at other routers than their clients', edges included (RS-425, RS-444,
RS-480)."""

from container import Container
from edges import *

FALLBACK = symbol("qd.fallback")


class Sites(EdgesTest):
    """A container that is reached through any router's listener."""

    SECTIONS = "".join([
        section("address", prefix="queue", waypoint=True),
        section("address", prefix="pair", ingressPhase=0, egressPhase=2),
        section("address", prefix="f", enableFallback=True),
        section("listener", name="containers", role="route-container", host="127.0.0.1", port=0)])
    EVERYWHERE = "ABEFG"

    def links(self, router, *links):
        """Makes auto links of (direction, attributes) at a router, and a container there."""
        name = self.unique("broker")
        agent = self.management(self.network[router])
        for direction, attributes in links:
            agent.create(
                "router.config.autoLink", direction=direction, containerId=name, **attributes)
        container = Container(port=self.network[router].ports["containers"], container=name)
        self.addCleanup(container.kill)
        return container

    def passes(self, sender, *hops, receiver):
        """A message goes from `sender` to the first hop's receiver, from its sender on, and so to
        `receiver`."""
        sender.wait_credit(1, 30)
        sent = sender.send(body="x")
        for towards, away in hops:
            towards.flow(1)
            got = towards.receive(30).accept()
            self.assertEqual(sent.outcome(30).state, "accepted")
            away.wait_credit(1, 30)
            sent = away.send(got.bytes)
        self.assertEqual(receiver.receive(30).accept().body, "x")
        self.assertEqual(sent.outcome(30).state, "accepted")

    def test_a_queue_may_be_at_any_router(self):
        """RS-232, RS-425"""
        for place in self.EVERYWHERE:
            with self.subTest(place):
                address = self.unique("queue")
                broker = self.links(
                    place, ("out", dict(address=address)), ("in", dict(address=address)))
                self.passes(
                    self.at("E").sender(address),
                    (broker.receiver_of(address), broker.sender_of(address)),
                    receiver=self.at("G").receiver(address, credit=1))

    def test_queues_stand_in_a_row_at_different_routers(self):
        """RS-241"""
        address = self.unique("pair")
        first = self.links("F", ("out", dict(address=address, phase=0)),
                           ("in", dict(address=address, phase=1)))
        second = self.links("B", ("out", dict(address=address, phase=1)),
                            ("in", dict(address=address, phase=2)))
        self.passes(
            self.at("A").sender(address),
            (first.receiver_of(address), first.sender_of(address)),
            (second.receiver_of(address), second.sender_of(address)),
            receiver=self.at("E").receiver(address, credit=1))

    def test_a_fallback_may_be_at_any_router(self):
        """RS-444, RS-218, RS-443"""
        for place in self.EVERYWHERE:
            with self.subTest(place):
                address = self.unique("f")
                broker = self.links(place, ("out", dict(address=address, fallback=True)))
                sender = self.at("A").sender(address).wait_credit(1, 30)
                stored = broker.receiver_of(address, credit=10)
                sent = sender.send(body="x")
                stored.receive(30).accept()
                self.assertEqual(sent.outcome(30).state, "accepted")

    def test_an_exchange_may_be_at_any_router(self):
        """RS-480, RS-282: as may its next hops' consumers."""
        for place in self.EVERYWHERE:
            for taker in "BF":
                with self.subTest(place=place, taker=taker):
                    address, hop = self.unique("x"), self.unique("hop")
                    agent = self.management(self.network[place])
                    agent.create("router.config.exchange", name=address, address=address)
                    agent.create(
                        "router.config.binding", exchangeName=address, bindingKey="a",
                        nextHopAddress=hop)
                    receiver = self.at(taker).receiver(hop, credit=10)
                    sender = self.at("E").sender(address).wait_credit(1, 30)
                    wait_for(
                        lambda: sender.credit and sender.send(
                            subject="a", body="x").outcome().state == "accepted",
                        30, "an accepted message")
                    self.assertEqual(receiver.receive().body, "x")
                    agent.delete("router.config.exchange", name=address)


if __name__ == "__main__":
    main()
