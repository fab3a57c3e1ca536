"""Two brokers beside one router: they share a link route, and the queues of an address."""

from sites import *


class TwoBrokers(Site):
    BROKERS = 2
    EVERYWHERE = section("address", prefix="both", waypoint=True)

    @classmethod
    def prepare(cls):
        for broker in cls.brokers:
            broker.declare("both", "routed")

    @classmethod
    def behind(cls):
        return "".join(
            queue_behind("both", "both", name) + "".join(
                section("linkRoute", prefix="amq", addExternalPrefix="/", direction=direction,
                        connection=name)
                for direction in ("in", "out"))
            for name in NAMES)

    def setUp(self):
        super().setUp()
        brokers(2)  # Those that a test has ended.
        self.agent = self.management(self.far)
        self.wait_active(self.agent)

    def test_links_by_one_route_take_turns(self):
        """RS-255, RS-264: and all go to the broker that is left."""
        receivers = [self.client().receiver("amq/queue/routed", credit=1) for _ in range(4)]
        for number, broker in enumerate(self.brokers):
            sender = self.direct(broker).sender("/amq/queue/routed").wait_credit(2, 30)
            for _ in range(2):
                sender.send(Message(durable=True, body=number))
        self.assertEqual(
            sorted(each.receive(30).accept().body for each in receivers), [0, 0, 1, 1])
        self.brokers[1].kill()
        wait_for(lambda: sum(each.is_closed for each in receivers) == 2, 30)
        for each in receivers:
            if each.is_closed:
                self.assertEqual(each.error.name, "qd:routed-link-lost")
        wait_for(lambda: self.agent.query("connection")[0] and sum(
            row["role"] == "route-container" for row in self.agent.query("connection")) == 1)
        sender = self.direct().sender("/amq/queue/routed").wait_credit(6, 30)
        for number in range(6):
            sender.send(Message(durable=True, body=number))
        left = [each for each in receivers if not each.is_closed]
        left += [self.client().receiver("amq/queue/routed") for _ in range(2)]
        for each in left:
            each.flow(1)
        for each in left:
            each.receive(30).accept()

    def test_an_address_has_queues_in_both(self):
        """RS-232, RS-239, RS-240: shared out, and what one has waits while it is away."""
        load = Load()
        sender = self.client().sender("both").wait_credit(1, 30)
        load.run(sender, lambda: len(load.accepted) >= 1000)
        wait_for(lambda: load.sort() or not load.waiting, 30)
        depths = [broker.depth("both") for broker in self.brokers]
        self.assertEqual(sum(depths), len(load.accepted))
        self.assertTrue(all(depths), depths)
        self.brokers[1].kill()
        receiver = consumer(self.client(), "both")
        wait_for(lambda: load.take(receiver) or len(load.had) >= depths[0], 60)
        # The one that is left takes all.
        sent = [sender.wait_credit(1, 30).send(Message(durable=True, body=-1)) for _ in range(10)]
        self.assertEqual({each.outcome(30).state for each in sent}, {"accepted"})
        self.brokers[1].launch()
        load.wait_taken(receiver)


if __name__ == "__main__":
    main()
