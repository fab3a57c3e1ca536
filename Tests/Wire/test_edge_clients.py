"""What clients of edge routers see of the network (RS section 10)."""

import subprocess

from command_line import MARTLET
from edges import *


class Clients(EdgesTest):
    EVERYWHERE = "ABEFG"

    def pairs(self):
        return [(a, b) for a in self.EVERYWHERE for b in self.EVERYWHERE]

    def test_every_client_reaches_every_other(self):
        """RS-293: with credit when there is a consumer, and none before."""
        clients = {name: self.at(name) for name in self.EVERYWHERE}
        for a, b in self.pairs():
            with self.subTest(sender=a, receiver=b):
                address = self.unique()
                sender = clients[a].sender(address)
                clients[a].fence()
                self.assertEqual(sender.credit, 0)
                receiver = clients[b].receiver(address, credit=10)
                sender.wait_credit(250)
                sent = sender.send(body="hello")
                receiver.receive().accept()
                self.assertEqual(sent.outcome().state, "accepted")

    def test_anonymous_senders_reach_every_receiver(self):
        """RS-293: and hear that nobody is there."""
        clients = {name: self.at(name) for name in self.EVERYWHERE}
        for a, b in self.pairs():
            with self.subTest(sender=a, receiver=b):
                address = self.unique()
                sender = clients[a].sender(None)
                self.assertEqual(
                    sender.send(Message(address=address)).outcome().state, "released")
                receiver = clients[b].receiver(address, credit=10)
                receiver.answer = Incoming.accept
                wait_for(lambda: sender.send(
                    Message(address=address)).outcome().state == "accepted")

    def test_requests_are_answered_whoever_asks_whom(self):
        """RS-45"""
        clients = {name: self.at(name) for name in self.EVERYWHERE}
        for a, b in self.pairs():
            with self.subTest(client=a, service=b):
                address = self.unique("service")
                service = clients[b].receiver(address, credit=10)
                replies = clients[a].receiver(dynamic=True, credit=10)
                asker = clients[a].sender(address).wait_credit()
                asker.send(Message(reply_to=replies.remote_address, body="question"))
                request = service.receive()
                request.accept()
                answer = clients[b].sender(None).send(
                    Message(address=request.message.reply_to, body="answer"))
                self.assertEqual(replies.receive().accept().receiver.deliveries[-1].body, "answer")
                self.assertEqual(answer.outcome().state, "accepted")

    def test_multicast_reaches_everyone_once(self):
        """RS-298, RS-407: of senders with and without a target, whether or not the other kind is there."""
        address = self.unique("multicast")
        receivers = {
            name: [self.at(name).receiver(address, credit=1000) for _ in range(2)]
            for name in self.EVERYWHERE}
        everyone = [each for two in receivers.values() for each in two]
        for each in everyone:
            each.answer = Incoming.accept
        for name in self.EVERYWHERE:
            with self.subTest(name):
                client = self.at(name)
                anonymous = client.sender(None)
                self.until_all_have(anonymous, address, everyone)
                targeted = client.sender(address)
                self.until_all_have(targeted, address, everyone)
                self.assertEqual(
                    anonymous.send(Message(address=address, body=name + "both")).outcome().state,
                    "accepted")
                self.assertEqual(
                    targeted.send(body=name + "targeted").outcome().state, "accepted")
                for each in everyone:
                    wait_for(lambda: self.count(each, name + "targeted") == 1)
                    self.assertEqual(self.count(each, name + "both"), 1)
                targeted.detach()
        for each in everyone:
            bodies = [delivery.body for delivery in each.deliveries]
            self.assertEqual(len(bodies), len(set(bodies)))

    def until_all_have(self, sender, address, receivers):
        """Sends until one message reaches all: what is known of consumers takes its way."""
        def is_complete():
            body = self.unique()
            if sender.send(Message(address=address, body=body)).outcome().state != "accepted":
                return False
            return all(self.count(each, body) == 1 for each in receivers)
        wait_for(is_complete)

    def test_outcomes_come_back_with_their_data(self):
        """RS-290"""
        address = self.unique()
        receiver = self.at("G").receiver(address, credit=10)
        sender = self.at("E").sender(address).wait_credit()
        sent = sender.send(body=1)
        receiver.receive().reject("test:no", "because", {symbol("k"): 1})
        outcome = sent.outcome()
        self.assertEqual(
            (outcome.state, outcome.condition, outcome.description, outcome.info),
            ("rejected", "test:no", "because", {symbol("k"): 1}))
        sent = sender.send(body=2)
        receiver.receive().modify(failed=True, undeliverable=True, annotations={symbol("a"): 2})
        outcome = sent.outcome()
        self.assertEqual(
            (outcome.state, outcome.failed, outcome.undeliverable, outcome.annotations),
            ("modified", True, True, {symbol("a"): 2}))
        sent = sender.send(body=3)
        receiver.receive().release()
        self.assertEqual(sent.outcome().state, "released")

    def test_settlement_waits_for_the_receiver(self):
        """RS-290: and a sender's own reaches it."""
        address = self.unique()
        receiver = self.at("G").receiver(address, credit=10)
        sender = self.at("E", settles=False).sender(address).wait_credit()
        sent = sender.send(body=1)
        got = receiver.receive()
        got.update(Delivery.ACCEPTED)
        self.assertEqual(sent.outcome(settled=False).state, "accepted")
        self.assertFalse(sent.is_settled)
        sent.settle()
        got.wait_settled()

    def test_presettled_bursts_wait_at_their_sender(self):
        """RS-168: nothing is lost on the way to a slow receiver."""
        address = self.unique()
        receiver = self.at("G").receiver(address, credit=20)
        receiver.refills = True
        sender = self.at("E").sender(address).wait_credit()
        for number in range(2000):
            sender.send(body=number, presettled=True)
        receiver.wait_count(2000, 30)
        self.assertEqual([each.body for each in receiver.deliveries], list(range(2000)))

    def test_large_messages_pass_whole_and_in_order(self):
        """RS-494"""
        address = self.unique()
        receiver = self.at("G").receiver(address, credit=100)
        receiver.answer = Incoming.accept
        sender = self.at("E").sender(address).wait_credit()
        sizes = [1, 70_000, 10, 3_000_000, 200_000, 5, 16_384, 100_000] * 3
        sent = [sender.send(body=bytes([number]) * size) for number, size in enumerate(sizes)]
        receiver.wait_count(len(sizes), 60)
        self.assertEqual(
            [(each.body[0], len(each.body)) for each in receiver.deliveries],
            list(enumerate(sizes)))
        for each in sent:
            self.assertEqual(each.outcome().state, "accepted")

    def test_an_aborted_message_is_aborted_everywhere(self):
        """RS-194"""
        address = self.unique()
        receiver = self.at("G").receiver(address, credit=10)
        sender = self.at("E").sender(address).wait_credit()
        begun = sender.begin().write(
            b"\x00\x53\x75\xb0" + (400_000).to_bytes(4, "big") + bytes(200_000)).drained()
        got = receiver.receive(complete=False)
        got.wait_size(50_000)
        begun.abort()
        receiver.client.wait_for(lambda: got.is_aborted)
        sender.send(body="next")
        self.assertEqual(receiver.receive().body, "next")

    def test_load_is_shared_between_sites(self):
        """RS-294"""
        address = self.unique()
        receivers = {name: self.at(name).receiver(address, credit=500) for name in "EFG"}
        sender = self.at("E").sender(address)
        def is_shared():
            sender.send(body="x")
            return all(each.complete_count > 0 for each in receivers.values())
        wait_for(is_shared)

    def test_a_closest_consumer_at_the_site_is_preferred(self):
        """RS-415: to those beyond; they get all when it has gone."""
        address = self.unique("closest")
        client = self.at("E")
        near = client.receiver(address, credit=1000)
        far = self.at("A").receiver(address, credit=1000)
        for each in (near, far):
            each.answer = Incoming.accept
        sender = client.sender(address).wait_credit()
        for _ in range(20):
            self.assertEqual(sender.send(body="near").outcome().state, "accepted")
        self.assertEqual((len(near.deliveries), len(far.deliveries)), (20, 0))
        near.detach()
        wait_for(lambda: sender.send(body="far", wait=False).outcome().state == "accepted")
        self.assertGreaterEqual(len(far.deliveries), 1)

    def test_an_unavailable_address_is_so_at_the_edge(self):
        """RS-296"""
        network = self.build(
            "A", [], [("E", "A")], section("address", prefix="no", distribution="unavailable"))
        client = self.connect(network["E"])
        self.assert_refused(client.refusal("sender", "no/x"), "amqp:not-found", "Node not found")
        outcome = client.sender(None).send(Message(address="no/x")).outcome()
        self.assertEqual(outcome.condition, "amqp:not-found")

    def test_a_fallback_at_the_edge_serves_its_anonymous_senders(self):
        """RS-442: unless the address has a consumer anywhere, and again when that has gone."""
        fallback = symbol("qd.fallback")
        for distribution in ("balanced", "closest", "multicast"):
            with self.subTest(distribution):
                network = self.build("A", [], [("E", "A")], section(
                    "address", prefix="f", enableFallback=True, distribution=distribution))
                local = self.connect(network["E"])
                last = local.receiver("f/x", credit=1000, capabilities=fallback)
                last.answer = Incoming.accept
                sender = local.sender(None)
                def arrives_at(receiver):
                    body = self.unique()
                    sent = sender.send(Message(address="f/x", body=body))
                    return sent.outcome().state == "accepted" and self.count(receiver, body) == 1
                self.assertTrue(arrives_at(last))
                far = self.connect(network["A"]).receiver("f/x", credit=1000)
                far.answer = Incoming.accept
                wait_for(lambda: arrives_at(far))
                far.detach()
                wait_for(lambda: arrives_at(last))
                # Nobody is left here: those of the interior get it, too.
                last.detach()
                above = self.connect(network["A"]).receiver(
                    "f/x", credit=1000, capabilities=fallback)
                above.answer = Incoming.accept
                wait_for(lambda: arrives_at(above))

    # Management

    def test_every_agent_is_asked_from_everywhere(self):
        """MG-67"""
        for at in self.EVERYWHERE:
            for router in "EFG":
                with self.subTest(at=at, router=router):
                    agent = Management(self.at(at), "_edge/%s/$management" % router)
                    self.assertEqual(
                        agent.query("router", "id", "mode"), [{"id": router, "mode": "edge"}])
            for router in "AB":
                with self.subTest(at=at, router=router):
                    agent = Management(self.at(at), "_topo/0/%s/$management" % router)
                    self.assertEqual(agent.query("router", "id"), [{"id": router}])

    def test_an_edge_answers_without_the_mesh(self):
        """MG-299: its own connections and links are shown as what they are."""
        agent = self.management(self.network["E"])
        rows = [row for row in agent.query("connection") if row["role"] == "edge"]
        self.assertEqual(
            [(row["dir"], row["container"], row["active"]) for row in rows], [("out", "A", True)])
        rows = [row for row in self.management(self.network["A"]).query("connection")
                if row["role"] == "edge"]
        self.assertEqual(
            sorted((row["dir"], row["container"], row["active"]) for row in rows),
            [("in", "E", True), ("in", "F", True)])
        self.assertEqual(agent.query("router.node"), [])


    def test_the_view_of_edges_has_those_that_are_connected(self):
        """MG-260"""
        done = subprocess.run(
            [MARTLET, "edges", "-b", "127.0.0.1:%d" % self.network.ports["A"]],
            stdout=subprocess.PIPE, timeout=60, check=True, text=True)
        lines = [line.split() for line in done.stdout.splitlines() if line.strip()]
        heads = next(line for line in lines if line[0] == "id")
        self.assertEqual(heads, "id host container role dir security authentication tenant "
                         "active".split())
        rows = [line for line in lines if line[0].isdigit() and "edge" in line]
        self.assertEqual(sorted(line[2] for line in rows), ["E", "F"])
        self.assertEqual({(line[3], line[4], line[-1]) for line in rows}, {("edge", "in", "yes")})


class Workers(Clients):
    """The same over several workers."""

    WORKERS = 3


class Loss(EdgesTest):
    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def test_a_site_changes_its_uplink(self):
        """IR-91, IR-92: all goes on by the other interior router."""
        network = self.build("AB", [("B", "A")], [("E", "AB")])
        network["E"].wait_for_log("to interior established")
        agent = self.management(network["E"])
        wait_for(lambda: len([
            row for row in agent.query("connection") if row["role"] == "edge"]) == 2)
        active = [row["container"] for row in agent.query("connection") if row.get("role") == "edge"
                  and row["active"]][0]
        other = "AB".replace(active, "")
        down, up = self.unique("down"), self.unique("up")
        local = self.connect(network["E"])
        receiver = local.receiver(down, credit=1000)
        receiver.answer = Incoming.accept
        far = self.connect(network[other])
        far_receiver = far.receiver(up, credit=1000)
        far_receiver.answer = Incoming.accept
        sender, far_sender = local.sender(up), far.sender(down)
        for each in (sender, far_sender):
            self.assertEqual(each.send(body=1).outcome().state, "accepted")
        network.end(active)
        for each in (sender, far_sender):
            wait_for(lambda: each.send(body=2).outcome().state == "accepted", 20)

    def test_an_interior_router_that_restarts_knows_all_again(self):
        """RS-299: within a second of the connection's return."""
        network = self.build("A", [], [("E", "A"), ("F", "A")])
        addresses = [self.unique() for _ in range(200)]
        local = self.connect(network["E"])
        receivers = [local.receiver(each, credit=10) for each in addresses]
        for each in receivers:
            each.answer = Incoming.accept
        senders = [self.connect(network["F"]).sender(each) for each in addresses[:20]]
        near = local.sender(addresses[0])
        for each in senders:
            self.assertEqual(each.send(body=1).outcome().state, "accepted")
        network.end("A")
        self.assertEqual(near.send(body="alone").outcome().state, "accepted")
        for each in senders:
            wait_for(lambda: each.send(body=2).outcome().state == "released")
        network.start("A")
        for each in senders:
            wait_for(lambda: each.send(body=3).outcome().state == "accepted", 30)
        self.assertEqual(near.send(body="both").outcome().state, "accepted")


if __name__ == "__main__":
    main()
