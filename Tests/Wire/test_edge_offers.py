"""Link routes with a container at an edge, as the rest of the network sees them (RS-492, IR 8.7)."""

from edges import *

SECTIONS = section(
    "listener", name="containers", host="127.0.0.1", port=0, role="route-container") + "".join(
    section("linkRoute", prefix="lr", direction=direction, containerId="broker")
    for direction in ("in", "out"))
KIND = "router.connection.linkRoute"
LIMIT = 20


class Offered(EdgesTest):
    """Only E has link routes, and a container. B and its edge G are beyond E's interior router."""

    @classmethod
    def setUpClass(cls):
        cls.network = Edges(cls.NAMES, cls.LINKS, [])
        cls.network.sections_of_edges = SECTIONS
        cls.network.edges = dict(cls.EDGES)
        cls.network.start("E")
        cls.network.sections_of_edges = ""
        for name in "FG":
            cls.network.start(name)
        cls.network.wait_joined()

    def setUp(self):
        super().setUp()
        # Those of earlier tests are gone.
        for router in "EAB":
            self.wait_offered(router, "Clr", 0)

    def container(self, name="broker"):
        return self.connect(port=self.network["E"].ports["containers"], container=name)

    def far(self, container, kind, address):
        return container.wait_for(lambda: [
            each for each in container.accepted_links
            if isinstance(each, kind) and not each.is_closed and address in (
                each.link.remote_source.address, each.link.remote_target.address)],
            what="a link for %s" % address)

    def wait_offered(self, router, key, count):
        """The router has so many containers of the route, or knows of as many routers with one."""
        agent = self.management(self.network[router])
        wait_for(lambda: sum(
            row["containerCount"] + row["remoteCount"]
            for row in agent.query("router.address", "name", "containerCount", "remoteCount")
            if row["name"] == key) == count, LIMIT, what="%s at %s" % (key, router))
        agent.client.kill()

    def test_links_from_everywhere_reach_the_container(self):
        """RS-492, RS-462, RS-257: with messages, outcomes and names as on any link route."""
        container = self.container()
        for key in ("Clr", "Dlr"):
            for router in "AB":
                self.wait_offered(router, key, 1)
        for at in "ABEFG":
            with self.subTest(at=at):
                client = self.at(at, container="client-" + at)
                address = self.unique("lr/q")
                sender = client.sender(address, name="name")
                end, = self.far(container, Receiver, address)
                self.assertTrue(end.name.startswith("name@"), end.name)
                end.flow(7)
                sender.wait_credit(7)
                sent = sender.send(body="in" * 100_000, tag="own tag")
                got = end.receive()
                self.assertEqual((len(got.body), got.tag), (200_000, "own tag"))
                got.reject("test:no", "because")
                self.assertEqual(sent.outcome().condition, "test:no")
                receiver = client.receiver(address, credit=3)
                out = self.far(container, Sender, address)[-1]
                out.wait_credit(3)
                out.send(body="out")
                self.assertEqual(receiver.receive().body, "out")
                receiver.detach(wait=False)
                container.wait_for(lambda: out.is_closed, what="the detach")
        container.kill()
        for router in "AB":
            self.wait_offered(router, "Clr", 0)

    def test_links_of_one_name_are_two_links(self):
        """RS-414: of clients of other routers that call themselves the same."""
        container = self.container()
        self.wait_offered("B", "Clr", 1)
        address = self.unique("lr/n")
        senders = [self.at(at, container="same").sender(address, name="name") for at in "AB"]
        container.wait_for(
            lambda: len(self.far(container, Receiver, address)) == 2, LIMIT, "two links")
        for end in self.far(container, Receiver, address):
            end.flow(1)
        for each in senders:
            each.send(body="x")
        for end in self.far(container, Receiver, address):
            self.assertEqual(end.receive().body, "x")

    def test_a_route_ends_with_its_last_container(self):
        """RS-492, RS-264: links are told, and what comes later is an ordinary link; with the container
        the route comes again."""
        for _ in range(2):
            first, second = self.container(), self.container()
            self.wait_offered("E", "Clr", 2)
            self.wait_offered("B", "Clr", 1)
            first.kill()
            self.wait_offered("E", "Clr", 1)
            client = self.at("B")
            address = self.unique("lr/end")
            sender = client.sender(address)
            self.far(second, Receiver, address)
            second.kill()
            self.assertEqual(sender.wait_closed(LIMIT).name, "qd:routed-link-lost")
            self.wait_offered("B", "Clr", 0)
            client.sender(self.unique("lr/plain"))

    def test_a_connections_own_route_is_offered(self):
        """RS-469, RS-271: until it is deleted, or its connection ends."""
        for end in ("delete", "kill"):
            with self.subTest(end=end):
                container = self.container(name="self-made")
                agent = Management(container)
                made = agent.create(KIND, "mine", pattern="own.*", direction="in")
                self.wait_offered("B", "Eown.*", 1)
                self.at("B").sender("own.x")
                self.far(container, Receiver, "own.x")
                if end == "delete":
                    agent.delete(KIND, identity=made["identity"])
                else:
                    container.kill()
                self.wait_offered("B", "Eown.*", 0)

    def test_a_route_from_beyond_is_not_made_at_an_edge(self):
        """It would lead back to where it came from."""
        agent = Management(self.at("A"), "_edge/E/$management")
        with self.assertRaises(Failed) as failed:
            agent.create(KIND, "mine", pattern="back.*", direction="in")
        self.assertEqual(failed.exception.status, 403)


class Uplinks(EdgesTest):
    """The interiors are played."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def below(self, count=1):
        interiors = [Played(self) for _ in range(count)]
        network = self.build("", [], [("E", [each.port for each in interiors])], SECTIONS)
        self.edge = network["E"]
        both = [each.meet() for each in interiors]
        wait_for(lambda: any(each.link(Receiver, HEARTBEAT) for each in both), LIMIT)
        both.sort(key=lambda each: each.link(Receiver, HEARTBEAT) is None)
        self.requests(both[0].use())
        self.broker = self.connect(port=self.edge.ports["containers"], container="broker")
        return both

    def requests(self, interior):
        """The interior's management, with credit for what the edge asks."""
        link = interior.wait_link(Receiver, "$management")
        if not link.credit:
            link.refills = True
            link.flow(50)
        return [each.message for each in link.deliveries if each.is_complete]

    def wait_requests(self, interior, count):
        interior.client.wait_for(
            lambda: len(self.requests(interior)) >= count, deadline=LIMIT,
            what="%d requests" % count)
        return self.requests(interior)

    def reply(self, interior, request, status, text="", **body):
        link = [each for each in interior.client.accepted_links
                if isinstance(each, Sender) and each.link.source.address == request.reply_to][0]
        link.send(Message(
            correlation_id=request.correlation_id, body=body,
            properties=dict(statusCode=int32(status), statusDescription=text)),
            presettled=True, wait=False)

    def shape(self, request):
        fields = request.properties
        return (fields["operation"], fields["name"], fields.get("identity"))

    def test_offers_are_requests_to_the_interiors_management(self):
        """IR 8.7, IR-102"""
        interior, = self.below()
        requests = self.wait_requests(interior, 2)
        self.assertEqual(sorted(map(self.shape, requests)), [
            ("CREATE", "E/proxyLinkRoute/Clr", None), ("CREATE", "E/proxyLinkRoute/Dlr", None)])
        for request in requests:
            direction = "in" if request.properties["name"].endswith("Clr") else "out"
            self.assertEqual(request.properties["type"], Management.long(KIND))
            self.assertEqual(request.body, dict(
                type=Management.long(KIND), pattern="lr/#", direction=direction,
                name=request.properties["name"]))
            self.reply(interior, request, 201, identity="id-" + direction)
        self.broker.kill()
        gone = self.wait_requests(interior, 4)[2:]
        self.assertEqual(sorted(map(self.shape, gone)), [
            ("DELETE", "E/proxyLinkRoute/Clr", "id-in"),
            ("DELETE", "E/proxyLinkRoute/Dlr", "id-out")])

    def test_offers_are_made_anew_over_the_next_uplink(self):
        """RS-492"""
        first, second = self.below(2)
        for request in self.wait_requests(first, 2):
            self.reply(first, request, 201, identity="1")
        first.client.kill()
        second.use()
        self.assertEqual(
            [each.properties["operation"] for each in self.wait_requests(second, 2)],
            ["CREATE"] * 2)

    def test_a_route_that_the_interior_does_not_take_is_named(self):
        """RS-272: and the site works on."""
        interior, = self.below()
        for request in self.wait_requests(interior, 2):
            self.reply(interior, request, 403, "Forbidden")
        self.assertTrue(self.edge.wait_for_log(
            "does not take the link route lr of this edge: 403 Forbidden"))
        self.connect(self.edge).sender("lr/q")

    def test_a_link_from_the_interior_for_no_route_is_refused(self):
        """RS-252: the route went while the link was on its way."""
        interior, = self.below()
        self.wait_requests(interior, 2)
        sender = Sender.attach(interior.client, "other/q", False)
        self.assert_condition(sender.wait_closed(LIMIT), "qd:no-route-to-dest")


if __name__ == "__main__":
    main()
