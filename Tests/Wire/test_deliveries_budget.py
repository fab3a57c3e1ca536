"""What waiting and unsettled messages may cost the router's memory (RS-209)."""

from harness import *
from network import NetworkTest
from placement import DeliveryTest, placements

MEGABYTE = 1 << 20


@placements
class Unsettled(DeliveryTest):
    def test_a_message_that_waits_for_its_settlement_only_costs_no_more_than_a_record(self):
        """RS-192: its octets are not needed any more, and are given back once they are many."""
        links, each, size = 8, 250, 20_000
        there, here = self.far(trace=False), self.near(trace=False)
        receivers, senders = [], []
        for _ in range(links):
            address = self.unique()
            receivers.append(there.receiver(address, credit=each))
            receivers[-1].keeps = False
            senders.append(here.sender(address))
        for sender in senders:
            sender.wait_credit(each)
        here.fence()
        before = self.router.resident()
        body = Message(body=b"x" * size).encode()
        for _ in range(each):
            for sender in senders:
                sender.send(body, wait=False)
            here.flush()
            pump.turn(0)
        for receiver in receivers:
            receiver.wait_count(each)
        wait_for(lambda: self.router.resident() - before < links * each * 1_000 + 16 * MEGABYTE,
                 what=lambda: "memory; %d octets are used" % (self.router.resident() - before))


class Budget(NetworkTest):
    """A router whose budget its clients fill, and what goes on beside them."""

    @classmethod
    def setUpClass(cls):
        pass

    def test_what_waits_is_bounded_and_who_has_little_goes_on(self):
        """RS-209: those with most are paused first, and never what routers say to each other."""
        network = self.build("AB", [("B", "A")], attributes={"A": dict(memoryBudget=8 * MEGABYTE)})
        network.wait_joined()
        full, count = network["A"], 100
        body = Message(body=b"x" * 60_000).encode()
        idle = self.connect(full, trace=False)
        filling = []
        for _ in range(20):
            address = self.unique("full")
            idle.receiver(address)
            filling.append(self.connect(full, trace=False).sender(address).wait_credit(count))
        little = self.connect(full, trace=False)
        receiver = little.receiver("little", credit=1_000)
        receiver.answer = Incoming.accept
        sender = little.sender("little").wait_credit()
        before = most = full.resident()
        for each in filling:
            for _ in range(count):
                each.send(body, wait=False)
        for _ in range(200):
            self.assertEqual(sender.send(body="little").outcome().state, "accepted")
            most = max(most, full.resident())
        self.assertLess(most - before, 60 * MEGABYTE)
        self.assertGreater(sum(each.sent[-1].delivery.pending > 0 for each in filling), 10)
        far = self.connect(network["B"]).receiver("far", credit=1)
        sent = self.connect(full).sender("far").send(body="far")
        far.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_what_is_held_is_bounded_however_small_its_pieces(self):
        """RS-209, RS-212: though another link of the session goes on."""
        router = self.start([
            ("router", dict(mode="standalone", id="R", memoryBudget=4 * MEGABYTE)),
            ("listener", dict(host="127.0.0.1", port=0, idleTimeoutSeconds=0))])
        client = self.connect(router)
        for address in ("stopped", "eager"):
            client.receiver(address)
        peer = self.raw(router)
        peer.handshake()
        peer.begin()
        for handle, address in enumerate(("stopped", "eager")):
            peer.attach_sender(address, name=address, handle=handle)
            peer.expect("flow")

        def window():
            peer.send("flow", next_incoming_id=0, incoming_window=100, next_outgoing_id=sent,
                      outgoing_window=100, echo=True)
            while True:
                flow = peer.expect("flow")
                if flow["next-incoming-id"] == sent:
                    return flow["incoming-window"]

        sent = 0
        peer.send("transfer", handle=0, delivery_id=0, delivery_tag=b"t", more=True,
                  payload=b"\x00\x53\x75\xb0\x10\x00\x00\x00")
        sent += 1
        for _ in range(12):
            peer.send("transfer", handle=0, more=True, payload=bytes(16_000))
            sent += 1
        piece = frame("transfer", handle=0, more=True, payload=b"x")
        while sent < 60_000:
            count = window()
            if count == 0:
                break
            peer.send_bytes(piece * count)
            sent += count
        self.assertLess(sent, 20_000)


del NetworkTest
if __name__ == "__main__":
    main()
