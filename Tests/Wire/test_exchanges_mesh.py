"""Exchanges of several routers (RS 9)."""

from harness import *
from network import NetworkTest


class AcrossTheMesh(NetworkTest):
    SECTIONS = ""

    def test_other_routers_know_one_of_the_file(self):
        """RS-480"""
        far = self.start(
            section("router", mode="interior", id="F")
            + section("listener", name="clients", host="127.0.0.1", port=0)
            + section("listener", name="trunks", host="127.0.0.1", port=0, role="inter-router")
            + section("exchange", name="x", address="of.file")
            + section("binding", exchangeName="x", bindingKey="a", nextHopAddress="hop"))
        near = self.start(
            section("router", mode="interior", id="N")
            + section("listener", name="clients", host="127.0.0.1", port=0)
            + section("connector", host="127.0.0.1", port=far.ports["trunks"],
                      role="inter-router"))
        receiver = self.connect(near).receiver("hop", credit=1)
        agent = self.management(far)
        wait_for(lambda: (agent.address("M0hop") or {}).get("remoteCount"), what="the receiver")
        sender = self.connect(near).sender("of.file").wait_credit(1, 30)
        sender.send(subject="a", body="x")
        self.assertEqual(receiver.receive(30).body, "x")

    def test_other_routers_know_it_and_its_copies_begin_anew(self):
        """RS-480, RS-483: so that a copy may come back."""
        address, hop = self.unique("x"), self.unique("hop")
        agent = self.management(self.network["B"])
        agent.create("router.config.exchange", name=address, address=address)
        agent.create(
            "router.config.binding", exchangeName=address, bindingKey="a", nextHopAddress=hop)
        receiver = self.at("A").receiver(hop, credit=10)
        near = self.management(self.network["A"])
        wait_for(lambda: (near.address("M0" + address) or {}).get("remoteCount"), what="it at A")
        wait_for(lambda: (agent.address("M0" + hop) or {}).get("remoteCount"), what="the receiver")
        sender = self.at("A").sender(address)
        for presettled in (False, True, False):
            sent = sender.send(subject="a", body="x", presettled=presettled)
            self.assertEqual(receiver.receive().body, "x")
            if not presettled:
                self.assertEqual(sent.outcome().state, "accepted")
        agent.delete("router.config.exchange", name=address)
        wait_for(
            lambda: (near.address("M0" + address) or dict(remoteCount=0))["remoteCount"] == 0,
            what="its end at A")

    def test_exchanges_of_several_routers_lead_in_no_endless_circle(self):
        """RS-483: a copy begins a new journey at each, eight times at most."""
        names = {name: self.unique(name) for name in "AB"}
        tap = self.unique("tap")
        agents = {name: self.management(self.network[name]) for name in "AB"}
        for name, other in ("AB", "BA"):
            agents[name].create(
                "router.config.exchange", name=names[name], address=names[name])
            for hop in (names[other], tap) if name == "A" else (names[other],):
                agents[name].create(
                    "router.config.binding", exchangeName=names[name], bindingKey="#",
                    nextHopAddress=hop)
        for name, other in ("AB", "BA"):
            wait_for(lambda: (agents[name].address("M0" + names[other]) or {}).get("remoteCount"))
        receiver = self.at("A").receiver(tap, credit=100)
        self.at("A").sender(names["A"]).send(subject="s", body="x")

        def counts(name):
            row = agents[name].read("router.config.exchange", name=names[name])
            return [row[key + "Count"] for key in ("received", "forwarded", "dropped")]
        wait_for(lambda: counts("A") == [5, 4, 1], what=lambda: str(counts("A")))
        self.assertEqual(counts("B"), [4, 4, 0])
        self.assertEqual([each.body for each in receiver.wait_count(4)], ["x"] * 4)
        self.network["A"].wait_for_text("their bindings lead in a circle")
        for name in "AB":
            agents[name].delete("router.config.exchange", name=names[name])


if __name__ == "__main__":
    main()
