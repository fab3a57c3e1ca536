"""Deliveries that are stuck and links that are blocked, as management tells of them."""

from harness import *


class Stuck(WireTest):
    def test_only_what_waits_on_a_link_that_settles_nothing_is_stuck(self):
        """RS-368: undelivered or unsettled; taken back when its link goes. A link that settles one
        delivery now and then has none, however long another of its own waits."""
        router = self.start(arguments=["--test-hooks"])
        management = self.management(router)
        client, lost = self.connect(router), self.connect(router)
        busy, idle = self.unique(), self.unique()
        busy_receiver, busy_sender = client.receiver(busy, credit=1000), client.sender(busy)
        busy_sender.send(body="is never settled")
        busy_receiver.receive()
        idle_receiver, idle_sender = lost.receiver(idle), lost.sender(idle)
        idle_sender.send(body="is never delivered")
        idle_sender.send(body="nor this one")
        links = (busy_sender, busy_receiver, idle_sender, idle_receiver)

        def search():
            sent = busy_sender.send(body="now and then")
            busy_receiver.receive().accept()
            sent.outcome()
            rows = {row["linkName"]: row for row in management.query(
                "router.link", "linkName", "deliveriesStuck")}
            return [rows[each.name]["deliveriesStuck"] for each in links]
        wait_for(lambda: any(search()), 15, "a stuck delivery")
        self.assertEqual(search(), [0, 0, 2, 2])
        columns = ("deliveriesStuck", "linksBlocked")

        def total():
            row = management.query("router", *columns)[0]
            return [row[each] for each in columns]
        self.assertEqual(total(), [4, 1])
        lost.kill()
        wait_for(lambda: total() == [0, 0], what="what is lost to be taken back")

    def test_stuck_deliveries_and_blocked_links_are_found(self):
        """MG-143, MG-144, MG-158, RS-365, RS-368: with --test-hooks, after 3 seconds instead of 10."""
        router = self.start(arguments=["--test-hooks"])
        management = self.management(router)
        client = self.connect(router)
        address = self.unique()
        receiver = client.receiver(address, credit=1)
        sender = client.sender(address)
        sent = sender.send(body="stuck")
        got = receiver.receive()
        router.wait_for_log("Stuck delivery: At least one delivery on this link", 15)
        router.wait_for_log("Link blocked with zero credit for", 15)
        rows = {row["linkName"]: row for row in management.query("router.link")}
        self.assertEqual(rows[receiver.name]["deliveriesStuck"], 1)
        self.assertEqual(rows[sender.name]["deliveriesStuck"], 1)
        total = management.query("router")[0]
        self.assertEqual((total["deliveriesStuck"], total["linksBlocked"]), (2, 1))
        got.accept()
        sent.outcome()
        receiver.flow(5)

        def is_over():
            total = management.query("router")[0]
            return (total["deliveriesStuck"], total["linksBlocked"]) == (0, 0)
        wait_for(is_over)

    def send_streams_that_end(self, client, address):
        """Long messages that come to every kind of end, and then one that stays unsettled."""
        long = Message(body="x" * 10_000).encode()
        receiver = client.receiver(address, credit=20)
        sender = client.sender(address).wait_credit()
        for presettled in (False, True):
            sent = sender.begin(presettled=presettled).write(long[:5_000])
            client.fence()
            sent.write(long[5_000:]).finish()
            receiver.receive().accept()
            sent = sender.begin(presettled=presettled).write(long[:5_000])
            receiver.receive(complete=False)
            sent.abort()
        sender.send(body="waits")

    def test_a_message_that_is_still_arriving_is_not_stuck(self):
        """MG-143"""
        router = self.start(arguments=["--test-hooks"])
        management = self.management(router)
        client = self.connect(router)
        slow, stuck = self.unique(), self.unique()
        slow_receiver = client.receiver(slow, credit=1)
        slow_sender = client.sender(slow).wait_credit()
        slow_sender.begin().write(Message(body="x" * 10_000).encode()[:5_000])
        self.send_streams_that_end(client, stuck)
        router.wait_for_log("Stuck delivery: At least one delivery on this link", 15)
        rows = {row["linkName"]: row for row in management.query("router.link")}
        self.assertEqual(rows[slow_sender.name]["unsettledCount"], 1)
        for link in (slow_sender, slow_receiver):
            self.assertEqual(rows[link.name]["deliveriesStuck"], 0)
        self.assertEqual(management.query("router")[0]["deliveriesStuck"], 2)


if __name__ == "__main__":
    main()
