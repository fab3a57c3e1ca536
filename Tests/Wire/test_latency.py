"""What one client makes the router do, and others' messages beside it.

Not the time is measured that a message takes, which is a busy machine's as well, but the processor time
that its worker uses until it has passed.
"""

import struct

from harness import *


class Latency(WireTest):
    CONFIGURATION = [("listener", dict(host="127.0.0.1", port=0, idleTimeoutSeconds=0))]
    WORKERS = 1

    def setUp(self):
        address = self.unique()
        client = self.connect(trace=False)
        self.receiver = client.receiver(address, credit=10_000)
        self.receiver.answer = Incoming.accept
        self.sender = client.sender(address)

    def spent(self):
        """Seconds of processor time that the worker has used."""
        with open("/proc/%d/task/%d/schedstat" % (
                self.router.pid, self.router.threads()["martlet-0"])) as file:
            return int(file.read().split()[0]) / 1e9

    def passage(self):
        """Sends a message; what the worker has spent until its outcome has come."""
        before = self.spent()
        self.sender.send(body="between").outcome()
        return self.spent() - before

    def begun(self, **how):
        peer = self.raw()
        peer.handshake(**how)
        peer.begin(incoming_window=(1 << 31) - 1)
        return peer

    def test_a_message_of_one_octet_frames_holds_nobody_up(self):
        """Pieces are joined, and work for one connection is bounded in a turn."""
        address, count = self.unique(), 20_000
        receiver, sender = self.begun(), self.begun()
        receiver.attach_receiver(address)
        sender.attach_sender(address)
        flow = sender.expect("flow")
        sender.send("transfer", handle=0, delivery_id=0, delivery_tag=b"t", more=True,
                    payload=b"\x00\x53\x75\xb0" + struct.pack("!I", count))
        self.passage()
        piece = frame("transfer", handle=0, more=True, payload=b"x")
        last = frame("transfer", handle=0, payload=b"x")
        for sent in range(1, count + 1):
            while sent >= (flow["next-incoming-id"] or 0) + flow["incoming-window"]:
                flow = sender.expect("flow")
            sender.send_bytes(piece if sent < count else last)
        self.passage()
        receiver.send("flow", handle=0, next_incoming_id=0, incoming_window=1 << 20,
                      next_outgoing_id=0, outgoing_window=2048, delivery_count=0, link_credit=1)
        self.assertLess(max(self.passage() for _ in range(20)), 0.5)
        got, frames = b"", 0
        while len(got) < 8 + count:
            got += receiver.expect("transfer").payload
            frames += 1
        self.assertEqual(got[8:], b"x" * count)
        self.assertLess(frames, 1_000)

    def attach(self, peer, count, channel, receives, address):
        """Attaches so many links."""
        for first in range(0, count, 500):
            numbers = range(first, min(count, first + 500))
            peer.send_bytes(b"".join(
                frame("attach", channel=channel, name="%d-%d" % (channel, number), handle=number,
                      role=receives, initial_delivery_count=None if receives else 0,
                      source=composite("source", address=address(number) if receives else None),
                      target=composite("target", address=None if receives else address(number)))
                for number in numbers))
            attached = 0
            while attached < len(numbers):
                size = struct.unpack("!I", peer.read(4))[0]
                attached += peer.read(size - 4)[6] == 0x12

    def test_a_connection_of_many_links_holds_nobody_up_when_it_goes(self):
        """Links of one address and of many, receivers and senders."""
        peer = self.begun(channel_max=10)
        for channel in range(1, 3):
            peer.begin(channel)
        agent = self.management()
        before = agent.read("router", identity="1")["linkCount"]
        shared = self.unique("shared")
        self.attach(peer, 2_500, 0, True, lambda number: shared)
        self.attach(peer, 2_500, 1, True, lambda number: "own/%d" % number)
        self.attach(peer, 2_500, 2, False, lambda number: shared)
        self.assertEqual(agent.read("router", identity="1")["linkCount"] - before, 7_500)
        peer.close()
        passages = [self.passage()]
        while agent.read("router", identity="1")["linkCount"] > before:
            passages.append(self.passage())
        self.assertLess(max(passages), 0.5)


if __name__ == "__main__":
    main()
