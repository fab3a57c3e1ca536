"""What a mesh does when its connections are bad, wrong, or gone."""

import collections

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


class LostPaths(FaultTest):
    def detour(self):
        """A triangle whose connection from C to A leads through a proxy, and a receiver at C that
        accepts. Gives proxy, network and address."""
        proxy = self.proxy()
        network = self.build("ABC", [("B", "A"), ("C", "B")])
        proxy.target = network.trunk_ports["A"]
        network.links.append(("C", "A", 1, proxy.port))
        network.restart("C")
        network.wait_joined()
        address = self.unique()
        receiver = self.at("C").receiver(address, credit=10_000)
        receiver.answer = Incoming.accept
        return proxy, network, address

    def test_unsettled_deliveries_on_a_lost_path_are_modified(self):
        """RS-292"""
        proxy, network = self.proxied_pair()
        address = self.unique()
        receiver = self.at("B").receiver(address, credit=3)
        sender = self.at("A").sender(address).wait_credit(20)
        sent = [sender.send(body=number) for number in range(8)]
        receiver.wait_count(3)
        proxy.reset()
        outcomes = [each.outcome() for each in sent]
        self.assertEqual([each.state for each in outcomes], ["modified"] * 8)
        self.assertTrue(all(each.failed for each in outcomes))
        again = sender.send(body="gone")
        self.assertEqual(again.outcome().state, "released")
        network.wait_joined()
        receiver.answer = Incoming.accept
        receiver.flow(100)
        self.known_to(self.at("A"), address)

    def test_traffic_goes_on_within_100_ms_when_another_path_exists(self):
        """RS-292, IR 3.4"""
        proxy, network, address = self.detour()
        client = self.at("A")
        self.known_to(client, address)
        sender = client.sender(address).wait_credit(10)
        took = []
        for _ in range(3):
            wait_for(lambda: proxy.carried, what="the direct connection")
            network.wait_joined()
            sender.send(body="before").outcome()
            proxy.reset()
            start = time.monotonic()
            while sender.send(body="after").outcome().state != "accepted":
                pass
            took.append(time.monotonic() - start)
        self.assertLess(sorted(took)[1], 0.1 * PATIENCE, took)

    def test_nothing_is_released_while_another_path_exists(self):
        """RS-292: what had left is modified, what had not waits for the other path."""
        proxy, network, address = self.detour()
        client = self.at("A")
        self.known_to(client, address)
        sender = client.sender(address).wait_credit(10)
        wait_for(lambda: proxy.carried, what="the direct connection")
        network.wait_joined()
        sender.send(body="before").outcome()
        proxy.reset()
        sent = []
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            sent.append(sender.send(body="after"))
            pump.turn(0.001)
        states = collections.Counter(each.outcome().state for each in sent)
        self.assertLessEqual(set(states), {"accepted", "modified"}, states)
        self.assertEqual(sent[-1].state, "accepted")

    def test_a_silent_peer_is_given_up_within_the_hello_timeout(self):
        """IR 3.4"""
        proxy, network, address = self.detour()
        self.known_to(self.at("A"), address)
        proxy.silence()
        start = time.monotonic()
        sender = self.at("A").sender(address)
        sent = []

        def is_through():
            sent.append(sender.send(body="x"))
            try:
                wait_for(lambda: sent[-1].is_settled, 0.1)
            except TimedOut:
                return False
            return sent[-1].state == "accepted"
        wait_for(is_through, 10, "the other path")
        self.assertLess(time.monotonic() - start, 5 * PATIENCE)


class BadConnections(FaultTest):
    def test_every_kind_of_fault_is_overcome(self):
        """IR 1.2, IR 3.4"""
        spokes = "BCDEFGH"
        network = self.build("A", [])
        proxies = {}
        for number, name in enumerate(spokes):
            proxies[name] = self.proxy(network.trunk_ports["A"], seed=number)
            network.links.append((name, "A", 1, proxies[name].port))
        network.names += list(spokes)
        for name in spokes:
            network.start(name)
        network.wait_joined()
        proxies["B"].reset()
        proxies["C"].half_close()
        proxies["D"].close()
        proxies["E"].corrupts_at = max(
            each.passed for each in proxies["E"].carried[0].directions) + 3
        proxies["F"].delay, proxies["F"].jitter = 0.2, 0.3
        proxies["G"].rate = 30_000
        proxies["H"].refuses = True
        proxies["H"].reset()
        wait_for(lambda: proxies["H"].accepted > 1, what="a refused connection")
        proxies["H"].refuses = False
        wait_for(
            lambda: proxies["E"].accepted > 1 and proxies["B"].accepted > 1
            and proxies["C"].accepted > 1 and proxies["D"].accepted > 1,
            20, lambda: "new connections: %s" % {n: p.accepted for n, p in proxies.items()})
        network.wait_joined(deadline=20)
        address = self.unique()
        receiver = self.at("A").receiver(address, credit=1000)
        receiver.answer = Incoming.accept
        for name in spokes:
            self.known_to(self.at(name), address)

    def test_an_urgent_message_overtakes_bulk_on_the_same_connection(self):
        """IR 1.5, RS-166"""
        proxy, _ = self.proxied_pair()
        bulk, urgent = self.unique("bulk"), self.unique("urgent")
        far = self.at("B")
        slow = far.receiver(bulk, credit=1000)
        fast = far.receiver(urgent, credit=10)
        near = self.at("A")
        sender = near.sender(bulk).wait_credit(250)
        other = near.sender(urgent).wait_credit(1)
        proxy.rate = 2_000_000
        for number in range(200):
            sender.send(Message(body=b"x" * 20_000, priority=1))
        slow.receive()
        sent = other.send(Message(body="now", priority=9))
        fast.receive().accept()
        self.assertLess(slow.complete_count, 100)
        proxy.rate = None
        self.assertEqual(sent.outcome().state, "accepted")
        slow.wait_count(200)

    def test_a_slow_and_stalling_network_holds(self):
        """IR 3.4"""
        proxy, network = self.proxied_pair(
            deadline=40, seed=5, delay=0.25, jitter=0.75, stall_chance=0.07, stall=0.5)
        address = self.unique()
        receiver = self.at("B").receiver(address, credit=1000)
        receiver.answer = Incoming.accept
        sender = self.at("A").sender(address).wait_credit(1, 10)
        lost = {name: len(network[name].log_lines("Neighbor Router Lost")) for name in "AB"}
        states = collections.Counter()
        end = time.monotonic() + 4
        while time.monotonic() < end:
            batch = [sender.send(body=number) for number in range(20)]
            states.update(each.outcome(20).state for each in batch)
        self.assertEqual(set(states), {"accepted"})
        self.assertEqual(
            lost, {name: len(network[name].log_lines("Neighbor Router Lost")) for name in "AB"})

    def test_a_reconnect_wins_over_a_connection_that_is_dead_unnoticed(self):
        """IR 3.4, IR 3.7"""
        proxy, network = self.proxied_pair()
        former = self.unique()
        self.at("B").receiver(former, credit=10)
        sender = self.at("A").sender(former).wait_credit()
        proxy.silence()
        sent = sender.send(body="into the void")
        network.restart("B")
        network.wait_joined(deadline=6)
        self.assertTrue(network["A"].wait_for_log("takes this one's place|has restarted"))
        # Long before the dead connection's idle timeout.
        self.assertEqual(sent.outcome(4).state, "modified")
        address = self.unique()
        receiver = self.at("A").receiver(address, credit=10)
        receiver.answer = Incoming.accept
        self.known_to(self.at("B"), address)

    def test_a_neighbour_that_answers_as_another_is_taken_as_that(self):
        """IR 3.4"""
        proxy = self.proxy()
        network = self.build("ABC", [])
        proxy.target = network.trunk_ports["A"]
        network.links = [("C", "A", 1, proxy.port)]
        network.restart("C")
        network.wait_joined("AC")
        proxy.target = network.trunk_ports["B"]
        proxy.reset()
        network.wait_joined("BC", deadline=20)
        sender = self.at("C").sender(None)
        probe = self.at("A").receiver(dynamic=True, credit=1)
        sent = sender.send(Message(address=probe.remote_address, body="x"))
        self.assertEqual(sent.outcome().state, "released")


class WrongConnections(FaultTest):
    def test_a_connection_to_itself_is_named(self):
        """IR 3.4"""
        network = self.build("A", [])
        network.links = [("A", "A", 1, network.trunk_ports["A"])]
        network.restart("A")
        self.assertTrue(network["A"].wait_for_log("leads back to this router"))

    def test_a_duplicate_id_is_named(self):
        """IR 3.4"""
        network = self.build("A", [])
        twin = self.build_twin(network)
        for router in (network["A"], twin):
            self.assertTrue(router.wait_for_log("Duplicate ID - A"))

    def build_twin(self, network):
        twin = Network("A", [])
        self.addCleanup(twin.stop)
        twin.links = [("A", "A", 1, network.trunk_ports["A"])]
        pump_for(1.1)  # another second, another instance
        return twin.restart("A")

    def test_a_second_connection_to_the_same_neighbour_is_named_and_one_is_used(self):
        """IR 1.3"""
        network = self.build("AB", [("B", "A"), ("B", "A", 1)])
        self.assertTrue(network["A"].wait_for_log("A newer connection"))
        network.wait_joined()
        address = self.unique("multicast")
        receiver = self.at("B").receiver(address, credit=100)
        receiver.answer = Incoming.accept
        sender = self.at("A").sender(address).wait_credit()
        for number in range(10):
            sender.send(body=number).outcome()
        self.assertEqual([each.body for each in receiver.deliveries], list(range(10)))

    def test_a_mismatched_role_is_named(self):
        """IR 1.1"""
        network = self.build("A", [])
        other = Router(
            section("router", mode="interior", id="B") + section(
                "listener", host="127.0.0.1", port=0) + section(
                "connector", host="127.0.0.1", port=network.ports["A"], role="inter-router"),
            id="B")
        self.addCleanup(other.stop)
        self.assertTrue(network["A"].wait_for_log("qd:forbidden"))
        self.assertTrue(other.wait_for_log("qd:forbidden"))

    def test_a_client_on_a_listener_for_routers_is_refused(self):
        """IR 1.1"""
        network = self.build("A", [])
        client = self.connect(port=network.trunk_ports["A"])
        self.assert_refused(
            client.refusal("receiver", "x"), "qd:connection-role",
            "Link attach forbidden on inter-router connection")


class Restarts(FaultTest):
    def test_every_message_is_accounted_for_while_routers_are_killed_in_a_loop(self):
        """RS-292"""
        network = self.build("ABCD", [("B", "A"), ("C", "A"), ("D", "B"), ("D", "C")])
        network.wait_joined()
        address = self.unique()
        received = collections.Counter()
        accepted_here = collections.Counter()

        def accept(incoming):
            received[incoming.body] += 1
            incoming.accept()
        receiver = self.at("D").receiver(address, credit=500)
        receiver.answer, receiver.refills = accept, True
        client = self.at("A")
        self.known_to(client, address)
        received.clear()
        sender = client.sender(address).wait_credit(100)
        sent, states = [], collections.Counter()

        def load(seconds):
            end = time.monotonic() + seconds * PATIENCE
            while time.monotonic() < end:
                while sender.credit > 50 and len(sent) < 200_000:
                    sent.append(sender.send(body=len(sent)))
                pump.turn(0.01)
        load(0.2)
        for victim in "BCBC":
            network.end(victim)
            load(0.3)
            network.start(victim)
            for neighbour in "AD":
                network[victim].wait_for_log("Neighbour %s is up" % neighbour)
            network.wait_joined()
            load(0.2)
        client.wait_for(lambda: all(each.is_settled for each in sent), 20, "all outcomes")
        states.update(each.state for each in sent)
        self.assertEqual(sum(states.values()), len(sent))
        self.assertLessEqual(set(states), {"accepted", "modified", "released"})
        for number, each in enumerate(sent):
            if each.state == "accepted":
                self.assertEqual(received[number], 1, number)
            if each.state == "released":
                self.assertEqual(received[number], 0, number)
            self.assertLessEqual(received[number], 1, number)
        self.assertGreater(states["accepted"], len(sent) * 0.7)

    def test_every_router_of_a_line_is_killed_in_turn_and_every_message_accounted_for(self):
        """RS-292"""
        network = self.build(*line(3))
        network.wait_joined()
        address = self.unique()
        received = collections.Counter()

        def accept(incoming):
            received[incoming.body] += 1
            incoming.accept()

        def receive():
            receiver = self.at("C", trace=False).receiver(address, credit=500)
            receiver.answer, receiver.refills = accept, True

        def send():
            client = self.at("A", trace=False)
            self.known_to(client, address)
            return client.sender(address).wait_credit(100)

        sent = []

        def load(sender, seconds):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                while sender.credit > 150 and not sender.client.is_broken:
                    sent.append(sender.send(body=len(sent), wait=False))
                pump.turn(0.01)

        receive()
        sender = send()
        for victim in "BCA":
            load(sender, 0.2)
            network.end(victim)
            load(sender, 0.2)
            network.start(victim)
            network.wait_joined()
            if victim == "C":
                receive()
            if victim == "A":
                sender = send()
        load(sender, 0.2)
        open_ones = [each for each in sent if not each.sender.client.is_broken]
        wait_for(lambda: all(each.is_settled for each in open_ones), 20, "all outcomes")
        states = collections.Counter(each.state for each in sent)
        # Only those of the router that its sender lost have no outcome.
        self.assertLessEqual(set(states), {"accepted", "modified", "released", None})
        self.assertLessEqual(states[None], 250)
        for number, each in enumerate(sent):
            self.assertLessEqual(received[number], 1, number)
            if each.state == "accepted":
                self.assertEqual(received[number], 1, number)
            if each.state == "released":
                self.assertEqual(received[number], 0, number)


class PresettledBursts(FaultTest):
    COUNT = 20_000

    def test_a_neighbour_that_is_no_martlet_has_credit_for_bursts(self):
        """IR 1.7"""
        with Acceptor(container="Q") as acceptor:
            network = self.build("A", [])
            network.links = [("A", "Q", 1, acceptor.port)]
            network.restart("A")
            peer = acceptor.accept()
            peer.wait_for(lambda: len(peer.accepted_links) == 22, what="all links")
            senders = [each for each in peer.accepted_links if isinstance(each, Sender)]
            self.assertEqual(len(senders), 11)
            for each in senders:
                each.wait_credit(1000)
            peer.kill()

    def burst(self, count):
        names, links = line(count)
        network = self.build(names, links)
        network.wait_joined()
        address = self.unique()
        receiver = self.at(names[-1]).receiver(address)
        sender = self.at(names[0]).sender(address).wait_credit(100)
        body = Message(body=b"x" * 100).encode()
        sent = 0
        # With no credit at the end, the sender comes to a halt.
        while sent < self.COUNT:
            if sender.credit == 0:
                try:
                    wait_for(lambda: sender.credit > 0, 0.3)
                except TimedOut:
                    break
            sender.send(body, presettled=True, wait=False)
            sent += 1
        self.assertLess(sent, 250 * (count + 1))
        receiver.keeps = False
        receiver.refills = True
        receiver.answer = Incoming.settle
        receiver.flow(1000)
        while sent < self.COUNT:
            while sender.credit > 0 and sent < self.COUNT:
                sender.send(body, presettled=True, wait=False)
                sent += 1
            pump.turn(0.01)
        receiver.wait_count(self.COUNT, 30)

    def test_none_is_lost_over_two_routers_and_the_sender_is_held_back(self):
        """RS-166, IR 2.5"""
        self.burst(2)

    def test_none_is_lost_over_six_routers_and_the_sender_is_held_back(self):
        """RS-166, IR 2.5"""
        self.burst(6)


if __name__ == "__main__":
    main()
