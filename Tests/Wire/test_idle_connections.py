"""Connections on which nothing is said, or nothing is heard (routing semantics, section 1; AMQP 2.4.5)."""

import socket
import time

from harness import *


class Idle(WireTest):
    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(name="idle", host="127.0.0.1", port=0, idleTimeoutSeconds=2)),
    ]

    def narrow(self):
        """A connection that holds little of what is not read."""
        stream = socket.socket()
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.connect(("127.0.0.1", self.router.ports["idle"]))
        return self.connect(over=stream)

    def test_what_a_client_holds_that_hangs_with_full_buffers_is_answered(self):
        """RS-15, RS-192: though nothing more can be written to it, not even the close."""
        address = self.unique()
        hanging = self.narrow()
        hanging.receiver(address, credit=1_000)
        hanging.sync()
        container = hanging.connection.container
        sender = self.connect(trace=False).sender(address)
        sender.wait_credit(100)
        pump.remove(hanging)
        body = Message(body=b"x" * 60_000).encode()
        sent = [sender.send(body, wait=False) for _ in range(200)]
        states = [each.outcome().state for each in sent]
        self.assertEqual(set(states), {"modified", "released"})
        # What was sent came before what was not.
        self.assertEqual(states, sorted(states))
        agent = self.management()
        self.assertNotIn(container, [row["container"] for row in agent.query("connection")])
        self.router.wait_for_text("local-idle-timeout expired")

    def test_heartbeats_come_at_half_of_the_peers_time_whatever_was_said_before(self):
        """RS-14"""
        peer = self.raw()
        peer.handshake(idle_time_out=6_000)
        for channel in range(2):
            peer.begin(channel)
            began = time.monotonic()
            peer.expect("", skip=())
            self.assertLess(time.monotonic() - began, 4.5)

    def test_any_time_is_lived_with(self):
        """RS-14: none, the shortest and the longest that can be said."""
        for limit in (0, 1, 2, (1 << 31) - 1, 1 << 31, (1 << 32) - 1):
            with self.subTest(limit):
                address = self.unique()
                receiver = self.connect().receiver(address, credit=10)
                peer = self.raw()
                peer.handshake(idle_time_out=limit)
                peer.begin()
                peer.attach_sender(address)
                peer.expect("flow")
                if 0 < limit < 10:
                    for _ in range(20):
                        peer.expect("", skip=())
                peer.send("transfer", handle=0, delivery_id=0, delivery_tag=b"t", settled=True,
                          payload=Message(body="alive").encode())
                self.assertEqual(receiver.receive().body, "alive")


if __name__ == "__main__":
    main()
