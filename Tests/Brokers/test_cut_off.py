"""A site that loses its way to the rest, and stores meanwhile."""

from sites import *
from impairment import Impairment


class CutOff(Site):
    """Producers and a broker at one router, the consumer at the other."""

    LENGTH = 2
    EVERYWHERE = section("address", prefix="alarms", enableFallback=True)

    @classmethod
    def prepare(cls):
        cls.broker.declare("alarms")

    @classmethod
    def behind(cls):
        return queue_behind("alarms", "alarms", fallback=True)

    @classmethod
    def way_to(cls, port):
        cls.way = Impairment(port)
        return cls.way.port

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.way.stop()

    def insist(self, sender, number):
        """Sends one until it is accepted: the first may be on their way to where the link was."""
        wait_for(
            lambda: sender.wait_credit(1, 30).send(Message(durable=True, body=number)).outcome(
                30).state == "accepted", 30)

    def send(self, sender, numbers):
        sent = [sender.wait_credit(1, 30).send(Message(durable=True, body=number))
                for number in numbers]
        for each in sent:
            self.assertEqual(each.outcome(30).state, "accepted")

    def test_its_broker_stores_what_it_cannot_send_and_hands_it_back_in_order(self):
        """RS-215, RS-217, RS-443"""
        agent = self.management(self.far)
        self.wait_active(agent)
        receiver = consumer(self.client(), "alarms")
        sender = self.connect(self.far).sender("alarms").wait_credit(1, 30)
        wait_for(lambda: agent.address("M0alarms")["remoteCount"] == 1, 30)
        for turn in range(2):
            base = 1000 * turn
            self.send(sender, range(base, base + 100))
            self.assertEqual(self.broker.depth("alarms"), 0)
            self.way.refuses = True
            self.way.reset()
            wait_for(lambda: not any(
                row["role"] == "inter-router" and row["opened"]
                for row in agent.query("connection")), 30)
            self.insist(sender, base + 100)
            self.send(sender, range(base + 101, base + 300))
            self.assertEqual(self.broker.depth("alarms"), 200)
            self.way.refuses = False
            receiver.wait_count(310 * turn + 300, 60)
            self.send(sender, range(base + 300, base + 310))
            self.assertEqual(
                [each.body for each in receiver.wait_count(310 * turn + 310, 60)][310 * turn:],
                list(range(base, base + 310)))


if __name__ == "__main__":
    main()
