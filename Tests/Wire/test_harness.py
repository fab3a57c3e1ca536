"""The harness itself, and with it the plainest things a router does."""

from harness import *


class Harness(WireTest):
    def test_a_message_goes_from_sender_to_receiver_and_its_outcome_back(self):
        """RS-36, RS-54"""
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address, credit=10)
        sender = client.sender(address)
        sent = sender.send(body="hello", subject="s")
        got = receiver.receive()
        self.assertEqual(got.body, "hello")
        self.assertEqual(got.message.subject, "s")
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_two_connections_of_one_test_work_at_once(self):
        """RS-36"""
        address = self.unique()
        receiver = self.connect().receiver(address, credit=100)
        receiver.answer = Incoming.release
        sender = self.connect().sender(address)
        sent = [sender.send(body=number) for number in range(50)]
        self.assertEqual([each.outcome().state for each in sent], ["released"] * 50)
        self.assertEqual([each.body for each in receiver.deliveries], list(range(50)))

    def test_a_message_in_pieces_arrives_in_pieces(self):
        """RS-205"""
        address = self.unique()
        receiver = self.connect().receiver(address, credit=1)
        sender = self.connect().sender(address).wait_credit()
        data = Message(body=b"x" * 100_000).encode()
        sent = sender.begin().write(data[:60_000])
        got = receiver.receive(complete=False).wait_size(1)
        self.assertFalse(got.is_complete)
        sent.write(data[60_000:]).finish()
        self.assertEqual(got.wait_complete().bytes, data)
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")

    def test_a_raw_peer_speaks_in_frames(self):
        """RS-5, RS-6"""
        peer = self.raw()
        opened = peer.handshake()
        self.assertEqual(opened["container-id"], self.router.id)
        peer.begin()
        attach = peer.attach_sender(self.unique())
        self.assertEqual(attach["rcv-settle-mode"], 0)
        peer.send("close")
        peer.expect("close")
        peer.expect_end()

    def test_a_fence_passes_all_of_the_router(self):
        """RS-45"""
        client = self.connect()
        client.fence()
        client.close()


if __name__ == "__main__":
    main()
