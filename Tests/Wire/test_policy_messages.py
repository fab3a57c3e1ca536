"""What policies say of messages: size, user, target (RS 11.4)."""

from policies import *


class Messages(PolicyTest):
    POLICY = dict(maxMessageSize=5000)
    LISTENERS = [("listener", dict(name="tenants", host="127.0.0.1", port=0, multiTenant=True)),
                 ("listener", dict(name="fixed", host="127.0.0.1", port=0, multiTenant=True,
                                   policyVhost="alias.example")),
                 ("address", dict(prefix="cast", distribution="multicast"))]
    VHOSTS = [
        vhost("users.example", {"$default": dict(FREE, allowUserIdProxy=False,
                                                 maxMessageSize=100000)}),
        vhost("targets.example", {"$default": dict(FREE, targets="ok/*")}),
        vhost("small.example", {"$default": dict(FREE, maxMessageSize=1000)}),
        vhost("vhost.example", maxMessageSize=3000),
        vhost("whole.example", {"$default": dict(FREE, maxMessageSize=0)}),
        vhost("router.example", aliases="alias.example"),
    ]

    def assert_rejected(self, outcome, condition, description):
        self.assertEqual((outcome.state, outcome.condition, outcome.description),
                         ("rejected", condition, description))

    def receiver(self, address, credit=10):
        return self.connect().receiver(address, credit=credit)

    def test_another_users_name_is_no_messages(self):
        """RS-316"""
        address = self.unique()
        receiver = self.receiver(address)
        client = self.visit("users.example", "bob")
        for sender in (client.sender(address), client.sender(None)):
            for user in (b"eve", b"bobby", b"bo", b"BOB"):
                outcome = sender.send(address=address, user_id=user, body=0).outcome()
                self.assert_rejected(
                    outcome, "amqp:unauthorized-access", "user_id proxy violation")
            for user in (b"bob", b"", None):
                sender.send(address=address, user_id=user, body=1)
                self.assertEqual(receiver.receive().body, 1)
        free = self.visit("vhost.example", "bob").sender(address)
        free.send(user_id=b"eve", body=2)
        self.assertEqual(receiver.receive().body, 2)

    def test_a_long_messages_user_is_looked_at_before_it_goes_on(self):
        """RS-316: what is still arriving too."""
        address = self.unique()
        receiver = self.receiver(address)
        client = self.visit("users.example", "bob", max_frame_size=512)
        outcome = client.sender(address).send(
            user_id=b"eve", id="x" * 3000, body="y" * 20000).outcome()
        self.assertEqual(outcome.state, "rejected")
        client.sender(address).send(id="x" * 3000, body="z")
        self.assertEqual(receiver.receive().body, "z")

    def test_an_anonymous_links_messages_go_where_targets_allow(self):
        """RS-315"""
        address = self.unique("ok/")
        receiver = self.receiver(address)
        other = self.receiver("secret")
        sender = self.visit("targets.example").sender(None)
        for number in range(3):
            outcome = sender.send(address="secret", body=number).outcome()
            self.assert_rejected(
                outcome, "amqp:unauthorized-access", "policy violation on target")
            sender.send(address=address, body=number)
            self.assertEqual(receiver.receive().body, number)
        self.assertEqual(other.complete_count, 0)
        self.router.wait_for_text("DENY AMQP message to 'secret' for user 'anonymous'")
        # More targets than are remembered.
        for number in range(1500):
            sender.send(address="no/%d" % number, presettled=True)
        sender.send(address=address, body="last")
        self.assertEqual(receiver.receive().body, "last")

    def test_the_limit_is_told_in_the_attach(self):
        """RS-317"""
        for name, size in (("small.example", 1000), ("vhost.example", 3000),
                           ("router.example", 5000), ("whole.example", 0)):
            client = self.visit(name)
            self.assertEqual(client.sender("a").link.remote_max_message_size, size)
            self.assertEqual(client.receiver("a").link.remote_max_message_size, 0)

    def test_one_that_is_too_large_costs_the_connection(self):
        """RS-317, RS-503"""
        before = self.stats("small.example")["maxMessageSizeDenied"]
        total = self.management().query("policy")[0]["maxMessageSizeDenied"]
        address = self.unique()
        receiver = self.receiver(address)
        client = self.visit("small.example")
        sender = client.sender(address)
        sender.send(body=b"x" * 900)
        self.assertEqual(len(receiver.receive().body), 900)
        sent = sender.send(body=b"x" * 1001)
        client.wait_for(lambda: client.is_closed, what="the close")
        self.assert_rejected(
            sent.outcome(), "amqp:link:message-size-exceeded", "Message size exceeded")
        self.assert_condition(client.connection.remote_condition, "amqp:connection:forced",
                              "Message size exceeded")
        self.assertTrue(sender.is_closed)
        self.assertIsNone(sender.error)
        order = [text.split("@")[1].split("(")[0] for text in client.frames_like("@")][-3:]
        self.assertEqual(order, ["disposition", "detach", "close"])
        self.router.wait_for_log(
            r"POLICY \(warning\) \[C\d+\]\[L\d+\] DENY AMQP Transfer maxMessageSize exceeded")
        self.assertEqual(self.stats("small.example")["maxMessageSizeDenied"], before + 1)
        self.assertEqual(
            self.management().query("policy")[0]["maxMessageSizeDenied"], total + 1)
        self.connect().sender(address).send(body="after")
        self.assertEqual(receiver.receive().body, "after")

    def test_no_receiver_sees_any_of_it_while_it_is_short(self):
        """RS-502, RS-503: only the first is answered."""
        address = self.unique("cast")
        receivers = [self.receiver(address) for _ in range(2)]
        client = self.visit("vhost.example", max_frame_size=512)
        sender = client.sender(address)
        sent = [sender.send(body=b"x" * 9000, wait=False) for _ in range(3)]
        client.wait_for(lambda: client.is_closed, what="the close")
        self.assertEqual(sent[0].state, "rejected")
        self.connect().sender(address).send(body="after")
        for receiver in receivers:
            self.assertEqual(receiver.receive().body, "after")

    def test_a_long_one_that_has_gone_on_is_aborted(self):
        """RS-317"""
        address = self.unique()
        router = self.start([
            ("policy", dict(enableVhostPolicy=True, maxMessageSize=400000)), vhost("$default")])
        receiver = self.connect(router).receiver(address, credit=5)
        client = self.connect(router)
        sent = client.sender(address).begin()
        sent.write(b"\x00\x53\x75\xb0\x00\x0f\xff\xff")  # a body of a megabyte
        for _ in range(30):
            sent.write(b"x" * 10000)
            sent.drained()
        started = receiver.receive(complete=False)
        for _ in range(30):
            sent.write(b"x" * 10000)
        sent.write(b"x" * (0xfffff - 600000))
        sent.finish()
        client.wait_for(lambda: client.is_closed, what="the close")
        self.assertEqual(sent.state, "rejected")
        receiver.client.wait_for(lambda: started.delivery.aborted, what="the abort")
        self.connect(router).sender(address).send(body="after")
        self.assertEqual(receiver.receive().body, "after")

    def test_presettled_and_anonymous_ones_have_the_same_limit(self):
        """RS-502"""
        address = self.unique()
        self.receiver(address)
        for target in (address, None):
            client = self.visit("small.example")
            client.sender(target).send(address=address, body=b"x" * 1200, presettled=True)
            client.wait_for(lambda: client.is_closed, what="the close")
            self.assert_condition(client.connection.remote_condition, "amqp:connection:forced")

    def test_tenants_have_the_vhosts_own_name_before_their_addresses(self):
        """RS-138, RS-432"""
        address = self.unique()
        receiver = self.receiver("router.example/" + address)
        for listener, name in (("tenants", "alias.example"), ("tenants", "router.example"),
                               ("fixed", None), ("fixed", "no.example")):
            client = self.visit(name, listener=listener)
            client.sender(address).send(body="bound")
            client.sender(None).send(address=address, body="relayed")
            self.assertEqual([receiver.receive().body for _ in range(2)], ["bound", "relayed"])
            rows = self.management().query("connection")
            self.assertIn((client.connection.container, "router.example/"),
                          [(row["container"], row["tenant"]) for row in rows])


if __name__ == "__main__":
    main()
