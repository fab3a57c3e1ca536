"""Link routes of interior routers, as clients of edges see them (RS-295, IR 8.5)."""

import re

from edges import *

CONTAINERS = section(
    "listener", name="containers", host="127.0.0.1", port=0, role="route-container")
ROUTES = "".join(
    section("linkRoute", prefix=prefix, direction=direction, containerId=container)
    for prefix, container in (("lr", "broker"), ("absent", "nobody")) for direction in ("in", "out"))


class Routes(EdgesTest):
    EDGES = [("E", "A")]

    @classmethod
    def setUpClass(cls):
        cls.network = Edges(cls.NAMES, cls.LINKS, [], ROUTES)
        cls.network.sections_of_edges = ""
        cls.network.end("B")
        cls.network.sections = CONTAINERS + ROUTES
        cls.network.start("B")
        cls.network.edges = dict(cls.EDGES)
        cls.network.start("E")
        cls.network.wait_joined()

    def setUp(self):
        self.broker = self.connect(
            port=self.network["B"].ports["containers"], container="broker")
        self.client = self.at("E")
        wait_for(self.is_known, 20)

    def is_known(self):
        """A knows that B has the container."""
        probe = Client(self.network["A"])
        try:
            link = Sender.attach(probe, "lr/probe", False)
            probe.wait_for(lambda: link.is_closed or link.is_attached, what="an answer")
            return not link.is_closed and any(
                each.link.remote_target.address == "lr/probe"
                for each in self.broker.accepted_links)
        finally:
            probe.kill()

    def far(self, kind, address):
        return self.broker.wait_for(lambda: [
            each for each in self.broker.accepted_links
            if isinstance(each, kind) and not each.is_closed and address in (
                each.link.remote_source.address, each.link.remote_target.address)],
            what="a link for %s" % address)

    def test_links_of_an_edges_clients_go_on_to_a_container(self):
        """RS-295: with credit, messages and outcomes from end to end."""
        sender = self.client.sender("lr/q")
        self.client.fence()
        self.assertEqual(sender.credit, 0)
        end, = self.far(Receiver, "lr/q")
        end.flow(7)
        sender.wait_credit(7)
        self.assertEqual(sender.credit, 7)
        sent = sender.send(body="up", tag="own tag")
        got = end.receive()
        self.assertEqual((got.body, got.tag), ("up", "own tag"))
        got.reject("test:no", "because")
        self.assertEqual(sent.outcome().condition, "test:no")
        receiver = self.client.receiver("lr/p", credit=3)
        end, = self.far(Sender, "lr/p")
        end.wait_credit(3)
        end.send(body="down")
        self.assertEqual(receiver.receive().body, "down")
        receiver.detach(wait=False)
        self.broker.wait_for(lambda: end.is_closed)

    def test_links_of_one_name_are_two_links(self):
        """RS-414: of clients that call themselves the same."""
        clients = [self.at("E", container="same") for _ in range(2)]
        senders = [each.sender("lr/n", name="name") for each in clients]
        self.broker.wait_for(lambda: len(self.far(Receiver, "lr/n")) == 2)
        for number, (end, sender) in enumerate(zip(self.far(Receiver, "lr/n"), senders)):
            end.flow(1)
        for sender in senders:
            sender.wait_credit()
            sender.send(body="x")
        for end in self.far(Receiver, "lr/n"):
            self.assertEqual(end.receive().body, "x")

    def test_a_route_without_a_container_refuses(self):
        """RS-295, RS-252"""
        for kind in ("sender", "receiver"):
            self.assert_refused(
                self.client.refusal(kind, "absent/q"), "qd:no-route-to-dest",
                "No route to the destination node")

    def test_other_addresses_are_as_ever(self):
        address = self.unique()
        sender = self.client.sender(address)
        receiver = self.at("A").receiver(address, credit=1)
        sender.wait_credit(250).send(body="x")
        receiver.receive()


class Lookups(EdgesTest):
    """The interior is played."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def below(self, **how):
        interior = Played(self, **how)
        network = self.build("", [], [("E", [interior.port])])
        return network["E"], interior.meet().use()

    def questions(self, interior):
        return [each.message for each in interior.link(Receiver, LOOKUP).deliveries]

    def test_the_interior_is_asked_for_each_address(self):
        """IR-96: with version, opcode, and whether the client sends."""
        edge, interior = self.below()
        client = self.connect(edge)
        client.sender("a/b")
        client.receiver("c")
        client.receiver(dynamic=True)
        client.sender(None)
        client.sender("$management")
        self.assertEqual(
            [each.body for each in self.questions(interior)], [["a/b", True], ["c", False]])
        for each in self.questions(interior):
            self.assertEqual(each.properties, dict(version=uint(1), opcode=uint(1)))

    def test_an_interior_that_does_not_answer_is_waited_for_three_seconds(self):
        """RS-295, RS-364"""
        edge, interior = self.below(answers=False)
        client = self.connect(edge)
        began = time.monotonic()
        client.receiver("a")
        self.assertGreater(time.monotonic() - began, 2.9)
        self.assertEqual(len(self.questions(interior)), 1)

    def test_without_the_interior_the_edge_decides_at_once(self):
        """RS-493, RS-416: also what was waiting."""
        edge, interior = self.below(answers=False)
        client = self.connect(edge)
        link = Receiver.attach(client, "a", False)
        interior.client.wait_for(lambda: self.questions(interior), what="a question")
        interior.client.kill()
        client.wait_for(lambda: link.is_attached, what="an answer")
        client.receiver("b")
        # By the router's own clock, however slow the test is.
        lost, first, second = (
            self.seconds(edge, line) for line in (
                "to interior lost", r"Link attached: .*source=\{a ", r"Link attached: .*source=\{b "))
        self.assertLess(first - lost, 1)
        self.assertGreaterEqual(second, first)

    def seconds(self, router, pattern):
        """When the line was written, in seconds of its day."""
        self.assertTrue(router.wait_for_log(pattern))
        line = [each for each in router.log_text().splitlines() if re.search(pattern, each)][0]
        hours, minutes, seconds = line.split()[1].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)

    def test_a_link_that_is_gone_before_the_answer_leaves_nothing(self):
        edge, interior = self.below(answers=False)
        client = self.connect(edge)
        Receiver.attach(client, "gone", False).detach()
        other = self.connect(edge)
        Receiver.attach(other, "gone", False)
        interior.client.wait_for(lambda: len(self.questions(interior)) == 2)
        other.kill()
        client.receiver("later")
        self.assertIsNone(self.management(edge).address("M0gone"))

    def test_strange_answers_harm_nobody(self):
        """IR 8.5"""
        edge, interior = self.below(answers=False)
        client = self.connect(edge)
        link = Receiver.attach(client, "a", False)
        interior.client.wait_for(lambda: self.questions(interior), what="a question")
        reply = [each for each in interior.client.accepted_links
                 if isinstance(each, Sender) and str(each.link.source.address).startswith("temp-")]
        for message in (
                Message(body="x"), Message(correlation_id="99", body=[True, True]),
                Message(correlation_id=ulong(1), body=[True, True]),
                Message(correlation_id="1", properties=dict(status=uint(0)), body=[True])):
            reply[0].send(message, presettled=True)
        client.wait_for(lambda: link.is_attached, what="an answer")
        client.fence()


if __name__ == "__main__":
    main()
