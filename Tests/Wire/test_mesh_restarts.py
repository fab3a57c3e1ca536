"""What a mesh does when a router of it starts again, or falls behind."""

import collections

from mesh_faults import *


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
