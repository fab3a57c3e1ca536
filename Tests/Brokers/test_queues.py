"""A broker's queues behind auto links, through one router and through three."""

from sites import *

#: Messages that are stored while nobody takes them.
STORED = int(os.environ.get("MARTLET_STORED", "100000"))
QUEUES = ("stored", "killed", "shared")


class Queues(Site):
    EVERYWHERE = section("address", prefix="queue", waypoint=True)

    @classmethod
    def prepare(cls):
        # Queues of the class's own.
        cls.names = {queue: cls.__name__ + "." + queue for queue in QUEUES}
        cls.broker.declare(*cls.names.values())

    @classmethod
    def behind(cls):
        return "".join(
            queue_behind("queue." + queue, name) for queue, name in cls.names.items())

    def test_messages_wait_in_the_broker_and_come_in_order(self):
        """RS-232, RS-233: stored while no consumer is there, drained by one."""
        self.wait_active(self.management(self.far))
        sender = self.client().sender("queue.stored")
        sender.wait_credit(1, 30)
        sent = []
        for number in range(STORED):
            if sender.credit == 0:
                sender.wait_credit(1, 60)
            sent.append(sender.send(Message(durable=True, body=number), wait=False))
            while len(sent) > 1000:
                self.assertEqual(sent.pop(0).outcome(60).state, "accepted")
        for each in sent:
            self.assertEqual(each.outcome(60).state, "accepted")
        self.assertEqual(self.broker.depth(self.names["stored"]), STORED)
        receiver = self.client().receiver("queue.stored", credit=1000)
        for number in range(STORED):
            got = receiver.receive(60)
            self.assertEqual(got.body, number)
            got.accept()
            if number % 500 == 499:
                receiver.flow(500)
                del receiver.deliveries[:receiver.taken]
                receiver.taken = receiver._complete = 0

    def test_a_queue_behind_the_mesh_is_a_queue(self):
        """RS-233, RS-239: what a consumer releases, or has when it goes, comes again."""
        self.wait_active(self.management(self.far))
        sender = self.client().sender("queue.shared").wait_credit(1, 30)
        client = self.client()
        receiver = client.receiver("queue.shared", credit=2)
        for number in range(2):
            sender.send(Message(durable=True, body=number))
        first, second = receiver.receive(30), receiver.receive(30)
        first.release()
        receiver.flow(1)
        again = receiver.receive(30)
        self.assertEqual(again.body, first.body)
        client.kill()
        receiver = self.client().receiver("queue.shared", credit=2)
        self.assertEqual(
            sorted(receiver.receive(30).accept().body for _ in range(2)),
            sorted([first.body, second.body]))

    def test_consumers_compete(self):
        """RS-152: each message goes to one."""
        self.wait_active(self.management(self.far))
        receivers = [self.client().receiver("queue.shared", credit=200) for _ in range(4)]
        for receiver in receivers:
            receiver.answer = Incoming.accept
        sender = self.client().sender("queue.shared").wait_credit(1, 30)
        for number in range(400):
            sender.wait_credit(1, 30)
            sender.send(Message(durable=True, body=number))
        wait_for(lambda: sum(each.complete_count for each in receivers) >= 400, 60,
                 lambda: str([each.complete_count for each in receivers]))
        bodies = sorted(each.body for receiver in receivers for each in receiver.deliveries)
        self.assertEqual(bodies, list(range(400)))
        self.assertTrue(all(each.complete_count for each in receivers))

    def test_nothing_acknowledged_is_lost_when_the_broker_is_killed(self):
        """RS-236, RS-239, RS-345: every auto link is back within two seconds of its listening."""
        agent = self.management(self.far)
        self.wait_active(agent)
        sender, load = self.client().sender("queue.killed"), Load()
        receiver = consumer(self.client(), "queue.killed")
        for death in range(DEATHS):
            enough = len(load.accepted) + 200
            load.run(sender, lambda: len(load.accepted) >= enough)
            self.broker.kill()
            self.broker.launch()
            load.run(sender, self.broker.listens, 180)
            listening = time.monotonic()
            self.wait_active(agent, deadline=30)
            back = time.monotonic() - listening
            self.assertLess(back, 2 * PATIENCE, "after death %d" % death)
        wait_for(lambda: load.sort() or not load.waiting, 60)
        sender.detach()
        load.wait_taken(receiver)


class AcrossThreeRouters(Queues):
    LENGTH = 3


if __name__ == "__main__":
    main()
