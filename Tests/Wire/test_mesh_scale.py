"""Routers with many addresses and many neighbours: of the release build, as they are meant to run."""

import os
import unittest

from neighbour import *
from test_allocations import RELEASE


@unittest.skipUnless(os.path.exists(RELEASE), "make release makes what this tests")
class Scale(NetworkTest):
    SECTIONS = ""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def beside(self, peers, others=""):
        """A, which has dialled a neighbour that is no Martlet, and further Martlets in a line."""
        b = Neighbour(self, "N", dict({"A": 1}, **peers))
        network = self.build("", [], program=RELEASE)
        names = "A" + others
        network.links = [("A", "N", 1, b.port)] + [
            (names[place], names[place - 1]) for place in range(1, len(names))]
        for name in names:
            network.start(name)
        b.meet()
        self.addCleanup(b.client.kill)
        network["A"].wait_for_log("Neighbour N is up")
        return network, b

    def knows(self, network, name, count):
        agent = self.management(network[name])
        end = time.monotonic() + 60 * PATIENCE
        while agent.query("router", "addrCount")[0]["addrCount"] < count:
            self.assertLess(time.monotonic(), end, name)
            # Each answer costs a router with so many addresses a copy of them.
            pump_for(0.5)

    def test_a_router_is_joined_that_knows_a_hundred_thousand_addresses(self):
        """IR 3.9: though no message could hold them."""
        network, n = self.beside({}, "BC")
        count = 100000
        for part in range(10):
            n.announce(*(
                "an/address/of/some/length/%d" % number for number in range(part, count, 10)))
        for name in "ABC":
            self.knows(network, name, count)
        for name in "BC":
            network.restart(name)
            self.knows(network, name, count)
        self.assertNotIn("is lost", network["A"].log_text().split("is up on connection")[1])

    def test_a_control_message_that_is_too_long_is_named(self):
        """IR 1.4"""
        router = self.build("A", [], program=RELEASE)["A"]
        peer = RawPeer(port=router.ports["trunks"])
        peer.handshake()
        peer.send("open", container_id="B", max_frame_size=65536)
        peer.send("begin", next_outgoing_id=0, incoming_window=1000, outgoing_window=1000)
        for handle, role in enumerate((True, False)):
            ends = {each: composite(each, capabilities=symbol("qd.router"))
                    for each in ("source", "target")}
            peer.send("attach", name="c%d" % handle, handle=handle, role=role,
                      initial_delivery_count=None if role else 0, **ends)
        peer.expect("flow", skip=("", "open", "begin", "attach"))
        for number in range(1100):
            peer.send("transfer", handle=1, delivery_id=0, delivery_tag=b"0", settled=True,
                      more=number < 1099, payload=b"\x00" * 16000)
        self.assertTrue(router.wait_for_log("A control message of the neighbour is longer than"))
        self.connect(router).fence()

    def test_many_neighbours_of_a_neighbour_take_time_in_proportion(self):
        network, n = self.beside({"P%d" % number: 1 for number in range(25000)})
        router = network["A"]
        self.assertTrue(router.wait_for_log("Router N has more neighbours than are kept"))
        self.connect(router).receiver("a")
        self.assertLess(router.processor_seconds(), 3)


if __name__ == "__main__":
    main()
