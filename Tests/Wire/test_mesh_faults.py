"""What a mesh does when its connections are bad, wrong, or gone."""

import collections

from mesh_faults import *


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

    def test_the_routing_protocol_overtakes_the_most_urgent_messages(self):
        """IR 1.4: nothing that clients send keeps it from a trunk."""
        proxy, _ = self.proxied_pair()
        bulk, news = self.unique("bulk"), self.unique("news")
        slow = self.at("B").receiver(bulk, credit=1000)
        near = self.at("A")
        senders = [near.sender(bulk).wait_credit(250) for _ in range(2)]
        waiting = self.at("B").sender(news)
        proxy.rate = 2_000_000
        for number in range(200):
            for sender in senders:
                sender.send(Message(body=b"x" * 20_000, priority=9))
        slow.receive()
        self.at("A").receiver(news, credit=10)
        waiting.wait_credit()
        self.assertLess(slow.complete_count, 200)
        proxy.rate = None
        slow.wait_count(400)

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


if __name__ == "__main__":
    main()
