"""Listeners on which each peer's host name goes before its addresses (RS 3.5)."""

from container import Container
from harness import *


class Tenants(WireTest):
    CONFIGURATION = [
        ("router", dict(mode="standalone", id="TENANTS")),
        ("listener", dict(host="127.0.0.1", port=0, stripAnnotations="no")),
        ("listener", dict(name="tenants", host="127.0.0.1", port=0, multiTenant=True)),
        ("listener", dict(name="trusted", host="127.0.0.1", port=0, multiTenant=True,
                          stripAnnotations="no")),
        ("listener", dict(name="containers", host="127.0.0.1", port=0, role="route-container")),
        ("address", dict(prefix="a.example/cast", distribution="multicast")),
        ("autoLink", dict(address="a.example/kept", direction="out", containerId="broker")),
        ("autoLink", dict(address="a.example/named", direction="out", containerId="broker",
                          externalAddress="other")),
    ]

    def tenant(self, host):
        return self.connect(port=self.router.ports["tenants"], hostname=host)

    def test_a_tenants_addresses_have_its_name_before_them(self):
        """RS-138, RS-140"""
        address = self.unique()
        client = self.tenant("a.example")
        receiver = client.receiver(address, credit=2)
        self.assertEqual(receiver.remote_address, address)
        self.connect().sender("a.example/" + address).send(body=1)
        client.sender(None).send(address=address, body=2)
        self.assertEqual([receiver.receive().body, receiver.receive().body], [1, 2])
        self.assertEqual(client.sender(address).remote_address, address)
        for other in (self.tenant("b.example"), self.connect()):
            sender = other.sender(address)
            other.fence()
            self.assertEqual(sender.credit, 0)

    def test_every_way_to_name_an_address_is_prefixed_alike(self):
        """RS-138, RS-140: after the rules for its text. What comes in the place of a message's own
        field is full already."""
        address = self.unique()
        full = self.connect().receiver("a.example/" + address, credit=10)
        client = self.tenant("a.example")
        for text in (address, "/" + address, "amqp:/" + address, "amqp://host:1/" + address + "/"):
            sender = client.sender(text)
            self.assertEqual(sender.remote_address, text)
            sender.send(body=text)
            self.assertEqual(full.receive().body, text)
        trusted = self.connect(port=self.router.ports["trusted"], hostname="a.example")
        relay = trusted.sender(None)
        for to in (address, "a.example/" + address, address):
            relay.send(address=address, body=to, annotations={
                symbol("x-opt-qd.to"): to} if to != address else None)
            self.assertEqual(full.receive().body, to)
        # The same words as a field and in its place.
        own = self.connect().receiver(address, credit=10)
        for _ in range(2):
            relay.send(address=address, body="prefixed")
            relay.send(address=address, body="full", annotations={symbol("x-opt-qd.to"): address})
            self.assertEqual((full.receive().body, own.receive().body), ("prefixed", "full"))
        self.assertEqual(
            client.sender(None).send(address="a.example/" + address, body=1).outcome().state,
            "released")
        own.detach()
        names = [row["name"] for row in self.management().query("router.address")]
        self.assertIn("M0a.example/" + address, names)
        self.assertNotIn("M0" + address, names)

    def test_a_container_reads_the_full_name_or_its_own(self):
        """RS-431"""
        broker = Container(port=self.router.ports["containers"], container="broker")
        self.addCleanup(broker.kill)
        client = self.tenant("a.example")
        for address, name in (("kept", "a.example/kept"), ("named", "other")):
            receiver = broker.receiver_of(name, credit=1)
            client.sender(address).wait_credit(1).send(body=address)
            self.assertEqual(receiver.receive().accept().body, address)

    def test_only_a_multi_tenant_listener_takes_notice_of_the_host_name(self):
        """RS-138, RS-141"""
        address = self.unique()
        client = self.connect(hostname="a.example", container="single")
        receiver = client.receiver(address, credit=1)
        self.connect().sender(address).send(body=1)
        receiver.receive()
        row = [each for each in self.management().query("connection")
               if each["container"] == "single"][0]
        self.assertIsNone(row["tenant"])

    def test_without_a_host_name_there_is_none(self):
        """RS-138"""
        address = self.unique()
        for hostname in (None, ""):
            receiver = self.tenant(hostname).receiver(address, credit=1)
            self.connect().sender(address).send(body=1)
            receiver.receive()
            receiver.detach()

    def test_a_message_says_where_it_was_sent_in_full(self):
        """RS-140: in the annotation; its own field stays."""
        address = self.unique()
        receiver = self.connect().receiver("a.example/" + address, credit=1)
        self.tenant("a.example").sender(address).send(address="elsewhere", body=1)
        message = receiver.receive().message
        self.assertEqual(message.address, "elsewhere")
        self.assertEqual(message.annotations[symbol("x-opt-qd.to")], "a.example/" + address)
        # However it was written, and by the message alone.
        receiver.flow(2)
        client = self.tenant("a.example")
        client.sender("amqp://h/" + address + "/").send(body=1)
        client.sender(None).send(address="/" + address, body=1)
        for _ in range(2):
            self.assertEqual(
                receiver.receive().message.annotations[symbol("x-opt-qd.to")],
                "a.example/" + address)

    def test_reserved_forms_have_none(self):
        """RS-139"""
        client = self.tenant("a.example")
        agent = Management(client, "_local/$management")
        self.assertEqual([row["id"] for row in agent.query("router", "id")], ["TENANTS"])
        sender = client.sender("$management")
        client.fence()
        self.assertEqual(sender.credit, 0)
        self.assertEqual(
            client.sender(None).send(address="$management", body=1).outcome().state, "released")
        # A dynamic source is one of them.
        receiver = client.receiver(dynamic=True, credit=2)
        self.assertRegex(receiver.remote_address, "^amqp:/_topo/0/TENANTS/temp")
        for other in (client, self.connect()):
            other.sender(None).send(address=receiver.remote_address, body="reply")
            self.assertEqual(receiver.receive().body, "reply")

    def test_distribution_is_found_by_the_full_name(self):
        """RS-140"""
        client = self.tenant("a.example")
        receivers = [client.receiver("cast", credit=1) for _ in range(2)]
        client.sender("cast").send(body="all")
        self.assertEqual([each.receive().body for each in receivers], ["all", "all"])


if __name__ == "__main__":
    main()
