"""What management says of a running router is true."""

from harness import *


class Statistics(WireTest):
    CONFIGURATION = [("router", dict(mode="standalone", id="R", workerThreads=2))]

    def link(self, management, name):
        return [row for row in management.query("router.link") if row["linkName"] == name][0]

    def test_outcomes_are_counted_on_both_links_and_by_the_router(self):
        """MG-139, MG-140, MG-156, MG-157, RS-190"""
        management = self.management()
        before = management.query("router")[0]
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address, credit=20)
        sender = client.sender(address)
        for index, end in enumerate(("accept", "accept", "reject", "release", "modify")):
            sent = sender.send(body=index)
            got = receiver.receive()
            if end == "modify":
                got.modify(failed=True)
            else:
                getattr(got, end)()
            sent.outcome()
        sender.send(body="p", presettled=True)
        receiver.receive()
        for name, direction in ((sender.name, "in"), (receiver.name, "out")):
            row = self.link(management, name)
            with self.subTest(direction):
                self.assertEqual(
                    (row["linkDir"], row["deliveryCount"], row["acceptedCount"],
                     row["rejectedCount"], row["releasedCount"], row["modifiedCount"],
                     row["presettledCount"], row["unsettledCount"], row["owningAddr"]),
                    (direction, 6, 2, 1, 1, 1, 1, 0, "M0" + address))
        after = management.query("router")[0]
        for column, least in (("rejectedDeliveries", 1), ("releasedDeliveries", 1),
                              ("modifiedDeliveries", 1), ("presettledDeliveries", 1)):
            self.assertEqual(after[column] - before[column], least, column)
        self.assertGreaterEqual(after["acceptedDeliveries"] - before["acceptedDeliveries"], 2)
        row = management.address("M0" + address)
        self.assertEqual(
            (row["deliveriesIngress"], row["deliveriesEgress"], row["subscriberCount"],
             row["distribution"]), (6, 6, 1, "balanced"))

    def test_a_delivery_counts_when_it_is_done_with_and_under_its_last_outcome(self):
        """RS-190: neither when it is sent, nor when an outcome comes that is not settled; lost
        receivers make outcomes as well."""
        management = self.management()
        columns = ("acceptedCount", "rejectedCount", "releasedCount", "modifiedCount",
                   "presettledCount", "unsettledCount")

        def counts(link):
            row = self.link(management, link.name)
            return [row[each] for each in columns]
        address = self.unique()
        client, other = self.connect(), self.connect()
        sender, receiver = client.sender(address), other.receiver(address, credit=2)
        sent = [sender.send(body=number) for number in range(2)]
        waiting = sender.send(body="waits")
        first, _ = receiver.receive(), receiver.receive()
        first.update(Delivery.REJECTED)
        self.assertEqual(sent[0].outcome(settled=False).state, "rejected")
        for link, unsettled in ((sender, 3), (receiver, 2)):
            self.assertEqual(counts(link), [0, 0, 0, 0, 0, unsettled])
        first.accept()
        self.assertEqual(sent[0].outcome().state, "accepted")
        self.assertEqual(counts(receiver), [1, 0, 0, 0, 0, 1])
        other.kill()
        self.assertEqual(
            [each.outcome().state for each in (sent[1], waiting)], ["modified", "released"])
        self.assertEqual(counts(sender), [1, 0, 1, 1, 0, 0])

    def test_the_router_counts_the_outcomes_that_senders_get(self):
        """RS-190: whatever the copies of a multicast message come to, it is one."""
        router = self.start([("address", dict(prefix="multicast", distribution="multicast"))])
        management = self.management(router)
        client, address = self.connect(router), "multicast/x"
        receivers = [client.receiver(address, credit=5) for _ in range(3)]
        sender = client.sender(address).wait_credit()
        columns = ("acceptedDeliveries", "rejectedDeliveries", "releasedDeliveries",
                   "modifiedDeliveries", "presettledDeliveries")

        def counts():
            row = management.query("router", *columns)[0]
            return [row[each] for each in columns]
        before = counts()
        answered = [after - was for after, was in zip(counts(), before)]
        before = counts()
        sent = sender.send(body="unsettled")
        receivers[0].receive().release()
        receivers[1].receive().modify()
        receivers[2].receive().reject("a:b")
        self.assertEqual(sent.outcome().state, "rejected")
        sender.send(body="settled", presettled=True)
        for receiver in receivers:
            receiver.receive()
        self.assertEqual(
            [after - was - own for after, was, own in zip(counts(), before, answered)],
            [0, 1, 0, 0, 1])
        rows = [self.link(management, receiver.name) for receiver in receivers]
        self.assertEqual(
            [[row[each] for each in ("releasedCount", "modifiedCount", "rejectedCount",
                                     "presettledCount")] for row in rows],
            [[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]])

    def test_deliveries_that_take_a_second_are_counted_as_delayed(self):
        """RS-190: from arrival to end, on both links; the router counts those of senders."""
        router = self.start()
        management = self.management(router)
        client, address = self.connect(router), self.unique()
        sender, receiver = client.sender(address), client.receiver(address, credit=5)
        columns = ("deliveriesDelayed1Sec", "deliveriesDelayed10Sec")

        def counts():
            rows = [self.link(management, each.name) for each in (sender, receiver)]
            rows.append(management.query("router", *columns)[0])
            return [[row[each] for each in columns] for row in rows]
        sent = [sender.send(body=number) for number in range(2)]
        got = receiver.wait_count(2)
        got[0].accept()
        sent[0].outcome()
        self.assertEqual(counts(), [[0, 0]] * 3)
        began = management.query("router", "uptimeSeconds")[0]["uptimeSeconds"]
        wait_for(lambda: management.query("router", "uptimeSeconds")[0]["uptimeSeconds"]
                 > began + 1, what="a second")
        got[1].accept()
        sent[1].outcome()
        self.assertEqual(counts(), [[1, 0]] * 3)

    def test_what_waits_is_told_from_what_is_unsettled(self):
        """MG-137, MG-138, MG-144"""
        management = self.management()
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address, credit=2)
        sender = client.sender(address)
        for index in range(5):
            sender.send(body=index)
        receiver.wait_count(2)
        client.fence()
        out = self.link(management, receiver.name)
        self.assertEqual(
            (out["unsettledCount"], out["undeliveredCount"], out["creditAvailable"]), (2, 3, 0))
        into = self.link(management, sender.name)
        self.assertEqual(
            (into["unsettledCount"], into["undeliveredCount"], into["creditAvailable"],
             into["capacity"]), (5, 0, 245, 250))

    def test_a_link_without_credit_counts_the_seconds(self):
        """MG-144"""
        management = self.management()
        client = self.connect()
        receiver = client.receiver(self.unique())
        wait_for(lambda: self.link(management, receiver.name)["zeroCreditSeconds"] >= 2)
        receiver.flow(5)
        client.fence()
        row = self.link(management, receiver.name)
        self.assertEqual((row["creditAvailable"], row["zeroCreditSeconds"]), (5, 0))

    def test_seconds_since_a_connections_last_delivery_are_told(self):
        """RS-367: in whole ticks; none before the first."""
        management = self.management()
        receiver = self.connect(container="told").receiver(self.unique(), credit=5)

        def seconds():
            return [row["lastDlvSeconds"] for row in management.query("connection")
                    if row["container"] == "told"][0]
        self.assertIsNone(seconds())
        sender = self.connect().sender(receiver.remote_address)
        sender.send(body=1)
        receiver.receive().accept()
        self.assertIn(seconds(), (0, 1))
        wait_for(lambda: seconds() >= 2, what="two seconds")
        sender.send(body=2)
        receiver.receive().accept()
        self.assertIn(seconds(), (0, 1))

    def test_settlements_make_a_rate(self):
        """MG-145, RS-367"""
        management = self.management()
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address, credit=100)
        receiver.answer = Incoming.accept
        sender = client.sender(address).wait_credit(50)
        # At once: a rate is that of five seconds.
        for each in [sender.send(body=index, wait=False) for index in range(50)]:
            self.assertEqual(each.outcome().state, "accepted")

        def rates():
            return [row["settleRate"] for row in management.query("router.link")
                    if row["linkName"] in (sender.name, receiver.name)]
        wait_for(lambda: rates() == [10, 10])
        wait_for(lambda: rates() == [0, 0])

    def test_a_connection_is_described(self):
        """MG-162 to MG-170"""
        management = self.management()
        client = self.connect(
            container="described", properties={"a": True, "b": "x", "z": 0, "c": 5})
        rows = [row for row in management.query("connection")
                if row["container"] == "described"]
        self.assertEqual(len(rows), 1)
        row = rows[0]
        self.assertEqual(
            (row["role"], row["dir"], row["protocol"], row["opened"], row["active"],
             row["adminStatus"], row["operStatus"], row["user"], row["lastDlvSeconds"]),
            ("normal", "in", "amqp", True, True, "enabled", "up", "anonymous", None))
        self.assertEqual(row["properties"], {"a": True, "b": "x", "z": 0, "c": 5})
        self.assertEqual(row["name"], "connection/" + row["host"])
        client.sender(self.unique())

    def test_log_statistics_count_every_event(self):
        """MG-171"""
        management = self.management()
        management.update("log", "log/ROUTER_CORE", enable="none")
        before = management.read("logStats", "ROUTER_CORE")["infoCount"]
        self.connect().receiver(self.unique())
        after = management.read("logStats", "ROUTER_CORE")["infoCount"]
        management.update("log", "log/ROUTER_CORE", enable=None)
        self.assertGreaterEqual(after, before + 2)

    def test_a_route_containers_messages_are_counted_apart(self):
        """MG-151, MG-156"""
        router = self.start([
            ("listener", dict(name="clients", host="127.0.0.1", port=0)),
            ("listener", dict(
                name="containers", host="127.0.0.1", port=0, role="route-container"))])
        management = self.management(router)
        client = self.connect(router)
        container = self.connect(port=router.ports["containers"])
        to, back = self.unique(), self.unique()
        for address, source, drain, count in (
                (to, client, container, 2), (back, container, client, 3)):
            receiver = drain.receiver(address, credit=10)
            sender = source.sender(address)
            for index in range(count):
                sent = sender.send(body=index)
                receiver.receive().accept()
                sent.outcome()
        columns = ("deliveriesIngress", "deliveriesEgress", "deliveriesIngressRouteContainer",
                   "deliveriesEgressRouteContainer")
        for address, counts in ((to, (2, 2, 0, 2)), (back, (3, 3, 3, 0))):
            row = management.address("M0" + address)
            self.assertEqual(tuple(row[column] for column in columns), counts)
        total = management.query("router")[0]
        self.assertEqual(tuple(total[column] for column in columns[2:]), (3, 2))

    def test_a_link_without_consumers_counts_nothing_for_its_address(self):
        """MG-151"""
        management = self.management()
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address)
        sender = client.sender(address).wait_credit(250)
        receiver.detach()
        sent = sender.send(body="nobody")
        self.assertEqual(sent.outcome().state, "released")
        self.assertEqual(management.address("M0" + address)["deliveriesIngress"], 0)

    def test_what_a_receiver_of_settled_deliveries_got_counts_as_accepted(self):
        """MG-140"""
        management = self.management()
        client = self.connect()
        address = self.unique()
        receiver = client.receiver(address, credit=10, snd_settle_mode=Link.SND_SETTLED)
        sender = client.sender(address)
        self.assertEqual(sender.send(body=1).outcome().state, "accepted")
        receiver.receive()
        row = self.link(management, receiver.name)
        self.assertEqual(
            (row["deliveryCount"], row["acceptedCount"], row["unsettledCount"],
             row["ingressHistogram"]), (1, 1, 0, [1] + [0] * 127))
        self.assertIsNone(self.link(management, sender.name)["ingressHistogram"])

    def test_pools_and_policy_are_shown(self):
        """MG-172, MG-173"""
        management = self.management()
        pools = management.query("allocator")
        self.assertTrue(pools)
        for pool in pools:
            self.assertGreaterEqual(pool["totalAllocFromHeap"], pool["heldByThreads"])
        policy = management.query("policy")[0]
        self.assertEqual(policy["maxConnections"], 65535)
        before = policy["connectionsCurrent"]
        self.connect()
        self.assertEqual(management.query("policy")[0]["connectionsCurrent"], before + 1)

    def test_types_of_what_is_not_there_are_empty(self):
        """MG-82"""
        management = self.management()
        for type in ("router.config.linkRoute", "router.config.autoLink", "vhost", "vhostStats",
                     "router.config.exchange", "router.config.binding", "sslProfile",
                     "router.connection.linkRoute", "router.node", "connector"):
            self.assertEqual(management.query(type), [], type)


class Limits(WireTest):
    CONFIGURATION = [("policy", dict(maxConnections=2))]

    def test_connections_beyond_the_limit_are_turned_away(self):
        """MG-173, MG-219, RS-300"""
        management = self.management()
        self.connect()
        third = self.connect(open=False)
        third.open(wait=False)
        third.wait_broken()
        self.router.wait_for_log(
            r"POLICY \(info\) DENY Connection '.*' based on global connection count\. "
            "nConnections= 2")
        row = management.query("policy")[0]
        self.assertEqual(
            (row["connectionsDenied"], row["connectionsCurrent"], row["totalDenials"]), (1, 2, 1))


if __name__ == "__main__":
    main()
