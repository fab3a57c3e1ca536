"""A router that takes leave of its clients before it ends."""

import os
import signal
import subprocess

from http_client import HTTPClient
from management_client import Failed, Management
from network import *
from placement import placements
from security import Passwords

MARTLET = os.path.join(os.path.dirname(MARTLETD), "martlet")


def gives_back(client, sender):
    """Answers the router's drain."""
    client.wait_for(lambda: sender.is_draining, what="the drain")
    sender.drained()


@placements
class Leaving(WireTest):
    WORKERS = None

    @classmethod
    def setUpClass(cls):
        cls.passwords = Passwords()
        cls.addClassCleanup(cls.passwords.remove)
        cls.passwords.add("op", "op's secret")

    @classmethod
    def tearDownClass(cls):
        pass

    def router_with(self, seconds=0, **attributes):
        return self.start(
            [("router", dict(id="R", mode="standalone", shutdownDrainSeconds=seconds,
                             saslConfigDir=self.passwords.folder, **attributes)),
             ("listener", dict(host="127.0.0.1", port=0))], workers=self.WORKERS)

    def operator(self, router):
        return Management(self.connect(
            router, sasl="PLAIN", user="op", password="op's secret"))

    def ask(self, management, operation, **properties):
        return management.call(
            operation, type="org.amqp.management", name="self", **properties)

    def assert_draining(self, client, kind):
        refused = client.refusal(kind, "a")
        self.assert_refused(refused, "amqp:connection:forced",
                            "The router is draining: connect to another one")

    def test_what_is_under_way_is_settled_before_the_end(self):
        """shutdownDrainSeconds"""
        router = self.router_with(60)
        consumer, producer = self.connect(router), self.connect(router)
        receiver, sender = consumer.receiver("a", credit=100), producer.sender("a")
        sent = [sender.send(body=number) for number in range(20)]
        receiver.wait_count(20)
        router.signal(signal.SIGTERM)
        gives_back(producer, sender)
        self.assert_draining(producer, "sender")
        self.assert_draining(consumer, "receiver")
        self.assertEqual(sender.credit, 0)
        for _ in range(20):
            receiver.receive().accept()
        self.assertEqual({each.outcome().state for each in sent}, {"accepted"})
        producer.wait_closed()
        self.assert_condition(producer.error, "amqp:connection:forced")
        router.wait_for_text("Drained: all is settled")
        self.assertEqual(router.wait_exit(30), 0)

    def test_a_new_consumer_gives_no_sender_credit(self):
        """shutdownDrainSeconds"""
        router = self.router_with(60)
        client = self.connect(router)
        held = client.receiver("held", credit=10)
        client.sender("held").send(body=1)
        held.wait_count(1)
        waiting = client.sender("a")
        router.signal(signal.SIGTERM)
        router.wait_for_text("Draining")
        self.assert_draining(client, "receiver")
        newcomer = self.connect(router)
        self.assert_draining(newcomer, "receiver")
        client.sync()
        self.assertEqual(waiting.credit, 0)
        held.receive().accept()
        client.wait_closed()
        self.assertEqual(router.wait_exit(30), 0)

    def test_a_receiver_that_never_settles_holds_it_up_no_longer_than_that(self):
        """shutdownDrainSeconds"""
        router = self.router_with(1)
        client = self.connect(router)
        receiver = client.receiver("a", credit=10)
        client.sender("a").send(body=1)
        receiver.wait_count(1)
        router.signal(signal.SIGTERM)
        client.wait_closed()
        router.wait_for_log(r"Drained: \d+ links are not done")
        self.assertEqual(router.wait_exit(30), 0)

    def test_a_second_signal_ends_it_at_once(self):
        """shutdownDrainSeconds"""
        router = self.router_with(3_600)
        client = self.connect(router)
        receiver = client.receiver("a", credit=10)
        client.sender("a").send(body=1)
        receiver.wait_count(1)
        router.signal(signal.SIGTERM)
        router.wait_for_text("Draining")
        router.signal(signal.SIGTERM)
        self.assertEqual(router.wait_exit(30), 0)

    def test_without_the_setting_it_ends_at_once(self):
        """As the old router."""
        router = self.router_with()
        client = self.connect(router)
        receiver = client.receiver("a", credit=10)
        client.sender("a").send(body=1)
        receiver.wait_count(1)
        router.signal(signal.SIGTERM)
        self.assertEqual(router.wait_exit(30), 0)
        self.assertNotIn("Draining", router.log_text())

    def test_a_stranger_drains_and_ends_nothing(self):
        """DRAIN, SHUTDOWN"""
        router = self.router_with()
        stranger = Management(self.connect(router))
        for operation in ("DRAIN", "SHUTDOWN"):
            with self.assertRaises(Failed) as failed:
                self.ask(stranger, operation)
            self.assertEqual(failed.exception.status, 403)
            self.assertIn("%s needs a login" % operation, failed.exception.description)
        operator = self.operator(router)
        for wrong in (-1, 86_401, "soon", 2 ** 63 - 1):
            with self.assertRaises(Failed) as failed:
                self.ask(operator, "SHUTDOWN", deadlineSeconds=wrong)
            self.assertEqual(failed.exception.status, 400)
        self.connect(router).receiver("a")
        self.assertNotIn("Draining", router.log_text())

    def test_a_drained_router_stays_until_it_is_shut_down(self):
        """DRAIN, SHUTDOWN"""
        router = self.router_with()
        client = self.connect(router)
        receiver, sender = client.receiver("a", credit=10), client.sender("a")
        sent = sender.send(body=1)
        receiver.wait_count(1)
        operator = self.operator(router)
        answer = self.ask(operator, "DRAIN")
        self.assertFalse(answer["drained"])
        self.assertNotIn("secondsLeft", answer)
        ready = self.ask(operator, "GET-HEALTH")["ready"]
        self.assertFalse(ready["ok"])
        self.assertIn("the router is being drained",
                      [check.get("reason") for check in ready["checks"]])
        receiver.receive().accept()
        self.assertEqual(sent.outcome().state, "accepted")
        gives_back(client, sender)
        wait_for(lambda: self.ask(operator, "DRAIN")["drained"], what="the end of the drain")
        self.assertFalse(client.is_closed)
        another = self.operator(router)
        self.assertEqual(self.ask(another, "SHUTDOWN", deadlineSeconds=30)["secondsLeft"], 30)
        client.wait_closed()
        self.assert_condition(client.error, "amqp:connection:forced")
        self.assertEqual(router.wait_exit(30), 0)

    def test_probes_hear_of_the_drain(self):
        """/readyz"""
        router = self.start(
            [("router", dict(id="R", mode="standalone", shutdownDrainSeconds=3_600)),
             ("listener", dict(host="127.0.0.1", port=0)),
             ("listener", dict(host="127.0.0.1", port=0, http=True, name="web"))], workers=self.WORKERS)
        client = self.connect(router)
        receiver = client.receiver("a", credit=10)
        client.sender("a").send(body=1)
        receiver.wait_count(1)
        web = HTTPClient(router.web_ports["web"])
        self.addCleanup(web.close)
        self.assertEqual(web.get("/readyz").status, 200)
        router.signal(signal.SIGTERM)
        router.wait_for_text("Draining")
        self.assertEqual(web.get("/livez").status, 200)
        answer = web.get("/readyz")
        self.assertEqual(answer.status, 503)
        self.assertIn("the router is being drained", answer.text)
        receiver.receive().accept()
        self.assertEqual(router.wait_exit(30), 0)

    def test_the_commands(self):
        """martlet drain, martlet shutdown"""
        router = self.router_with(30)

        def call(*words, login=True):
            with_login = ("--sasl-mechanisms=SCRAM-SHA-256", "--sasl-username=op",
                          "--sasl-password=op's secret") if login else ()
            return subprocess.run([MARTLET, *words, "-b", router.address, *with_login],
                                  capture_output=True, text=True, timeout=60)

        refused = call("drain", login=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("DRAIN needs a login", refused.stderr)
        client = self.connect(router)
        receiver = client.receiver("a", credit=10)
        client.sender("a").send(body=1)
        receiver.wait_count(1)
        late = call("drain", "--deadline=0")
        self.assertEqual((late.returncode, late.stderr), (5, ""))
        self.assertRegex(late.stdout, r"not drained: \d+ links are not done")
        receiver.receive().accept()
        client.sync()
        done = call("drain")
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("drained\n", "", 0))
        ended = call("shutdown")
        self.assertEqual(ended.returncode, 0, ended)
        self.assertRegex(ended.stdout, r"ends within (29|30) s")
        self.assertEqual(router.wait_exit(30), 0)





class LeavingAMesh(NetworkTest):
    def test_a_router_that_leaves_is_gone_round_and_nothing_is_lost(self):
        """The router's cost goes up before it goes."""
        network = self.build(
            "BCA", [("A", "B", 1), ("C", "B", 1), ("A", "C", 10)],
            attributes=dict(B=dict(shutdownDrainSeconds=60))).wait_joined()
        through, both = self.unique("closest"), self.unique("closest")
        far = self.connect(network["C"])
        receivers = [far.receiver(through, credit=1_000), far.receiver(both, credit=1_000),
                     self.connect(network["B"]).receiver(both, credit=1_000)]
        for receiver in receivers:
            receiver.refills = True
            receiver.answer = Incoming.accept
        near = self.connect(network["A"])
        senders = [near.sender(through), near.sender(both)]
        sent = []

        def send(count):
            for number in range(count):
                for sender in senders:
                    sent.append(sender.send(body=len(sent)))

        send(100)
        wait_for(lambda: len(receivers[2].deliveries) > 0, what="messages at B")
        network["B"].signal(signal.SIGTERM)
        while network["B"].process.poll() is None:
            send(5)
            near.sync()
        send(100)
        self.assertEqual({each.outcome().state for each in sent}, {"accepted"})
        got = [each.body for receiver in receivers for each in receiver.deliveries]
        self.assertEqual(sorted(got), list(range(len(sent))))
        self.assertIn("Drained: all is settled", network["B"].log_text())
        self.assertEqual(network["B"].wait_exit(30), 0)
        network.routers.pop("B")


if __name__ == "__main__":
    main()
