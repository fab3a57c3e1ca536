"""The router as a consumer of requests: it takes no more than it can answer, from everyone in turn."""

from harness import *
from management_client import PREFIX


class Load(WireTest):
    CONFIGURATION = [("log", dict(module="AGENT", enable="debug+"))]
    WORKERS = 2

    def setUp(self):
        """Hundreds of links make each answer a long one."""
        client = self.connect(trace=False)
        links = [client.receiver(self.unique(), wait=False) for _ in range(300)]
        wait_for(lambda: all(link.is_attached for link in links), 120)

    def flood(self, count=250, presettled=False, sender=None):
        """A client that has asked `count` times for all links, and the requests."""
        client = self.connect(trace=False)
        client.flood_receiver = client.receiver(dynamic=True, credit=1_000)
        request = Message(
            reply_to=client.flood_receiver.remote_address,
            properties={"operation": "QUERY", "entityType": PREFIX + "router.link"}, body={})
        if sender is None:
            client.flood_sender = client.sender("$management")
        else:
            client.flood_sender = client.sender()
            request.address = sender
        data = request.encode()
        client.flood_sender.wait_credit(count)
        return client, [
            client.flood_sender.send(data, presettled, wait=False) for _ in range(count)]

    def served(self):
        return len(self.router.log_lines(r"AGENT \(debug\) Agent request"))

    def inside(self):
        """Messages that the router holds, beside the request that asks."""
        groups = [row for row in self.management().query("allocator")
                  if row["typeName"] == "message_group"]
        return groups[0]["heldByThreads"] - 1

    def test_a_request_keeps_its_credit_until_it_is_answered(self):
        """RS-35, RS-54"""
        for sender in (None, "$management"):
            with self.subTest(sender=sender):
                client, sent = self.flood(sender=sender)
                link, receiver = client.flood_sender.link, client.flood_receiver
                for count in (5, 10, 20):
                    client.wait_for(lambda: len(receiver.deliveries) >= count, 300)
                    settled = sum(each.is_settled for each in sent)
                    self.assertLess(settled, 200)
                    self.assertLessEqual(link.credit, settled)
                    self.assertLessEqual(settled, self.served())
                client.kill()
                wait_for(lambda: self.inside() == 0, 120)

    def test_presettled_requests_keep_their_credit_too(self):
        """RS-35, RS-37"""
        client, _ = self.flood(presettled=True)
        client.wait_for(lambda: len(client.flood_receiver.deliveries) >= 10, 300)
        self.assertLess(client.flood_sender.link.credit, 200)
        client.kill()
        wait_for(lambda: self.inside() == 0, 120)

    def test_a_request_is_accepted_when_it_is_answered(self):
        """MG-77: and the sender's credit is whole again."""
        client, sent = self.flood(20)
        for each in sent:
            self.assertEqual(each.outcome(60).state, "accepted")
        client.flood_sender.wait_credit(250)
        self.assertEqual(self.inside(), 0)

    def test_everyone_who_asks_has_a_turn(self):
        """A client that asks once does not wait for all that another has asked."""
        client, sent = self.flood()
        client.wait_for(lambda: len(client.flood_receiver.deliveries) >= 1, 300)
        self.assertEqual(self.management().read("router", identity="1")["id"], "TEST")
        management = self.management()
        management.create("dummy", self.unique())
        self.assertLess(sum(each.is_settled for each in sent), 125)
        client.kill()

    def test_the_requests_of_one_that_has_gone_are_dropped(self):
        """They are not answered, and nothing is kept of them."""
        for presettled in (False, True):
            with self.subTest(presettled=presettled):
                before = self.served()
                client, _ = self.flood(presettled=presettled)
                client.wait_for(lambda: len(client.flood_receiver.deliveries) >= 1, 300)
                client.kill()
                wait_for(lambda: self.inside() == 0, 120)
                self.assertLess(self.served() - before, 125)

    def test_who_reads_no_answers_gets_no_more_of_them(self):
        """Answers that wait for credit are bounded, and others' are not held up."""
        client = self.connect(trace=False)
        receiver = client.receiver(dynamic=True)
        sender = client.sender("$management")
        before = self.served()
        sent = [sender.send(Message(
            reply_to=receiver.remote_address, correlation_id=number,
            properties={"operation": "GET-MGMT-NODES"})) for number in range(100)]
        management = self.management()
        for _ in range(100):
            management.call("GET-MGMT-NODES")
        self.assertLess(self.served() - before, 100 + 30)
        self.assertLess(sum(each.is_settled for each in sent), 30)
        receiver.flow(100)
        client.wait_for(lambda: receiver.complete_count == 100, 120)
        self.assertEqual(
            [each.message.correlation_id for each in receiver.deliveries], list(range(100)))
        for each in sent:
            each.outcome()

    def test_a_sender_may_settle_before_the_answer(self):
        """RS-188"""
        client, sent = self.flood(50)
        client.sync()
        for each in sent:
            each.settle()
        client.flood_sender.wait_credit(250, 300)
        wait_for(lambda: self.inside() == 0, 120)


if __name__ == "__main__":
    main()
