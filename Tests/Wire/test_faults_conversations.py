"""Peers that know AMQP and say anything in it, in any order."""

import os
import random

from conversations import Conversation, RouterConversation
from harness import *

SEED = int(os.environ.get("MARTLET_SEED", random.randrange(1 << 32)))
#: Conversations of each kind; the environment asks for more.
COUNT = int(os.environ.get("MARTLET_CONVERSATIONS", 400))


class Conversations(WireTest):
    WORKERS = 2
    CONFIGURATION = [
        "router {\n mode: interior\n id: A\n workerThreads: 2\n}\n",
        ("address", dict(prefix="multicast", distribution="multicast")),
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(name="routers", host="127.0.0.1", port=0, role="inter-router"))]

    def converse(self, kind, seed, port):
        chance = random.Random(seed)
        data = AMQP_HEADER + b"".join(kind(chance).frames())
        size = chance.choice([len(data), 50, 1_000])
        peer = RawPeer(self.router, port=port)
        try:
            for at in range(0, len(data), size):
                peer.send_bytes(data[at:at + size])
            if chance.random() < 0.5:
                peer.close_output()
                peer.read_to_end(5)
        except OSError:
            pass  # the router may cut the stream at any moment
        finally:
            peer.close()

    def assert_lives(self, kind, port):
        descriptors = self.router.descriptors()
        for seed in range(SEED, SEED + COUNT):
            self.converse(kind, seed, port)
            self.assertIsNone(self.router.process.poll(), "the router ended at seed %d" % seed)
        wait_for(lambda: self.router.descriptors() <= descriptors, 20,
                 "connections to be gone; the first seed was %d" % SEED)
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address, credit=1)
        sent = client.sender(address).send(body="x")
        receiver.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_a_client_may_say_anything(self):
        """RS-4, RS-33b: frames of an ordinary client's kinds, in any order, with any values."""
        self.assert_lives(Conversation, self.router.port)

    def test_a_router_may_say_anything(self):
        """RS-4: links, control messages and annotations between routers, of any form."""
        self.assert_lives(RouterConversation, self.router.ports["routers"])


if __name__ == "__main__":
    main()
