"""Links that go on through a line of routers."""

from harness import *
from network import NetworkTest
from routed import container_sections

LONG = 300_000


class AcrossRouters(NetworkTest):
    NAMES = "ABC"
    LINKS = [("B", "A"), ("C", "B")]
    WORKERS = 2
    SECTIONS = "".join(section(kind, **what) for kind, what in container_sections())

    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: None)

    def broker(self, name="C", container="broker"):
        return self.connect(port=self.network[name].ports["containers"], container=container)

    def wait_known(self, key="Clr", name="A", known=True):
        agent = self.management(self.network[name])
        wait_for(lambda: known == any(
            row["key"] == key and row["remoteCount"] > 0
            for row in agent.query("router.address")), what="the route to be known")

    def test_a_link_goes_on_through_two_routers(self):
        """RS-255, RS-257, IR-75 to IR-79"""
        broker = self.broker()
        self.wait_known()
        client = self.at("A")
        sender = client.sender("lr/q", name="n")
        receiver = client.receiver("lr/q", credit=5)
        into, out = broker.accepted_links
        self.assertEqual(into.name, "n@" + client.connection.container)
        self.assertEqual(into.link.remote_target.address, "lr/q")
        into.flow(4)
        sender.wait_credit(4)
        client.fence()
        self.assertEqual(sender.credit, 4)
        sent = sender.send(body="there", tag="tag")
        got = into.receive()
        self.assertEqual((got.body, got.tag), ("there", "tag"))
        self.assertIsNone(got.message.annotations)
        got.accept()
        self.assertEqual(sent.outcome().state, "accepted")
        out.wait_credit(5)
        receiver.link.drain(0)
        client.flush()
        broker.wait_for(lambda: out.is_draining)
        out.drained()
        client.wait_for(lambda: not receiver.link.draining())
        receiver.link.drain_mode = False
        receiver.flow(1)
        sent = out.send(bytes(LONG))
        receiver.receive().reject("x:y", "z")
        self.assertEqual(sent.outcome().condition, "x:y")
        sender.link.close()
        client.flush()
        into.wait_closed()
        into.detach()
        sender.wait_closed()
        broker.kill()
        self.assert_condition(
            receiver.wait_closed(), "qd:routed-link-lost",
            "Connectivity to the peer container was lost")
        self.wait_known(known=False)

    def test_one_clients_session_may_end_behind_two_routers(self):
        """RS-463"""
        broker = self.broker()
        self.wait_known()
        kept, ended = (self.at("A").sender("lr/q") for _ in range(2))
        session = broker.accepted_links[1].link.session
        session.condition = Condition("amqp:not-found", "no such queue")
        broker.end(session, wait=False)
        self.assertEqual(ended.wait_closed().name, "amqp:not-found")
        broker.accepted_links[0].flow(1)
        kept.send(body="still here")
        self.assertEqual(broker.accepted_links[0].receive().body, "still here")
        broker.kill()
        self.wait_known(known=False)


if __name__ == "__main__":
    main()
