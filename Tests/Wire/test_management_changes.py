"""What management changes in a running router takes effect at once."""

import socket

from harness import *


class ListenersAndConnectors(WireTest):
    def port_of(self, name):
        return int(self.router.wait_for_log(r"Listening on 127\.0\.0\.1:(\d+) \(%s\)" % name)
                   .group(1))

    def test_a_listener_takes_connections_as_soon_as_it_is_created(self):
        """MG-177, MG-180"""
        management = self.management()
        name = self.unique("listener").replace("/", "-")
        made = management.create("listener", name, host="127.0.0.1", port="0", linkCapacity=7)
        self.assertEqual(made["identity"], "listener/127.0.0.1:0:%s" % name)
        self.assertEqual((made["linkCapacity"], made["role"]), (7, "normal"))
        client = self.connect(port=self.port_of(name))
        address = self.unique()
        receiver = client.receiver(address, credit=1)
        sender = client.sender(address)
        sender.wait_credit(7)
        sender.send(body="over the new one")
        self.assertEqual(receiver.receive().body, "over the new one")

    def test_old_names_of_attributes_are_taken_as_in_a_file(self):
        """MG-31"""
        management = self.management()
        made = management.create(
            "listener", "old", host="127.0.0.1", port="0", protocolFamily="IPv4",
            failoverList="amqp://other:5672")
        self.assertEqual(
            (made["socketAddressFamily"], made["failoverUrls"]), ("IPv4", "amqp://other:5672"))
        with self.assertRaises(Failed) as failed:
            management.create("listener", "both", port="0", protocolFamily="IPv4",
                              socketAddressFamily="IPv4")
        self.assertEqual(
            (failed.exception.status, failed.exception.description),
            (400, "Both 'protocolFamily' and 'socketAddressFamily' cannot be specified for entity "
             "'listener'"))

    def test_a_deleted_listener_takes_no_more_and_keeps_what_it_has(self):
        """MG-179, MG-181"""
        management = self.management()
        name = self.unique("listener").replace("/", "-")
        management.create("listener", name, host="127.0.0.1", port="0")
        port = self.port_of(name)
        client = self.connect(port=port)
        management.delete("listener", name)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
        address = self.unique()
        receiver = client.receiver(address, credit=1)
        client.sender(address).send(body="still here")
        self.assertEqual(receiver.receive().body, "still here")
        self.assertNotIn(name, [row["name"] for row in management.query("listener")])

    def test_a_listener_that_cannot_listen_is_refused_with_the_reason(self):
        """MG-212"""
        management = self.management()
        taken = socket.create_server(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        name = self.unique("listener").replace("/", "-")
        with taken:
            with self.assertRaisesRegex(
                    Failed, r"\b400\) Listener error on 127\.0\.0\.1:%d: Address already in use" % port):
                management.create("listener", name, host="127.0.0.1", port=str(port))
            with self.assertRaisesRegex(Failed, r"\b400\) Listener error on no\.such\.host\.invalid"):
                management.create("listener", name, host="no.such.host.invalid", port="0")
            self.assertNotIn(name, [row["name"] for row in management.query("listener")])
        management.create("listener", name, host="127.0.0.1", port=str(port))
        self.connect(port=port)

    def test_a_listener_of_the_file_that_cannot_listen_is_tried_again(self):
        """MG-180, RS-382"""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            router = self.start([
                ("listener", dict(host="127.0.0.1", port=0)),
                ("listener", dict(host="127.0.0.1", port=port, name="taken"))])
            management = self.management(router)
            self.assertEqual(management.read("listener", "taken")["port"], str(port))
        management.create("listener", "other", host="127.0.0.1", port="0")
        router.wait_for_log(r"Listening on 127\.0\.0\.1:%d" % port)
        self.connect(port=port)

    def test_a_connector_dials_at_once_and_its_deletion_closes_what_it_dialled(self):
        """MG-175, MG-182"""
        management = self.management()
        with Acceptor() as acceptor:
            name = self.unique("connector").replace("/", "-")
            management.create("connector", name, host="127.0.0.1", port=str(acceptor.port))
            peer = acceptor.accept()
            wait_for(lambda: management.read("connector", name)["connectionStatus"] == "SUCCESS")
            row = management.read("connector", name)
            self.assertIn("Connection Opened", row["connectionMsg"])
            self.assertEqual(row["failoverUrls"], "amqp://127.0.0.1:%d" % acceptor.port)
            management.delete("connector", name)
            peer.wait_closed()

    def test_roles_that_this_mode_has_not_are_refused(self):
        """MG-38, MG-39"""
        with self.assertRaisesRegex(Failed, r"\b400\) role='standalone' not allowed"):
            self.management().create("listener", port="0", role="inter-router")

    def test_all_that_is_wrong_is_named_the_old_routers_text_first(self):
        """MG-115: a standalone router's roles are looked at before ports."""
        router = self.start([("router", dict(mode="standalone", id="F"))])
        management = self.management(router)
        role = ("role='standalone' not allowed to connect to or accept connections from other "
                "routers.")
        for type in ("listener", "connector"):
            with self.assertRaises(Failed) as caught:
                management.create(type, host="127.0.0.1", port="99999", role="inter-router",
                                  openProperties={"product": "x"})
            self.assertEqual((caught.exception.status, caught.exception.description.split("; ")), (
                400, [role, "openProperties not allowed for role inter-router",
                      "Invalid port '99999'"]))
        with self.assertRaises(Failed) as caught:
            management.create("router.config.address", prefix="", priority=11, fallback=True)
        self.assertEqual((caught.exception.status, caught.exception.description.split("; ")[:2]), (
            400, ["Prefix must be a non-empty string type",
                  "Priority value, if present, must be between 0 and QDR_MAX_PRIORITY"]))

    def test_what_is_there_is_not_created_again(self):
        """MG-34, MG-115"""
        management = self.management()
        name = self.unique("listener").replace("/", "-")
        management.create("listener", name, host="127.0.0.1", port="0")
        with self.assertRaisesRegex(Failed, r"\b400\) .*duplicates unique attribute 'name'"):
            management.create("listener", name, host="127.0.0.1", port="0")


class Addresses(WireTest):
    def copies(self, address):
        """How many of two receivers get one message."""
        client = self.connect()
        receivers = [client.receiver(address, credit=5) for _ in range(2)]
        client.sender(address).send(body="one", presettled=True)
        client.fence()
        return sum(receiver.complete_count for receiver in receivers)

    def test_a_treatment_counts_for_addresses_that_come_after_it(self):
        """MG-177, MG-191"""
        management = self.management()
        prefix = self.unique("tree")
        self.assertEqual(self.copies(prefix + "/before"), 1)
        management.create(
            "router.config.address", prefix, prefix=prefix, distribution="multicast")
        self.assertEqual(self.copies(prefix + "/during"), 2)
        management.delete("router.config.address", prefix)
        self.assertEqual(self.copies(prefix + "/after"), 1)

    def test_an_address_keeps_its_treatment_while_it_is_in_use(self):
        """MG-191"""
        management = self.management()
        address = self.unique("kept")
        client = self.connect()
        receivers = [client.receiver(address, credit=5) for _ in range(2)]
        management.create(
            "router.config.address", address, pattern=address, distribution="multicast")
        client.sender(address).send(body="one", presettled=True)
        client.fence()
        self.assertEqual(sum(receiver.complete_count for receiver in receivers), 1)

    def test_the_same_pattern_is_refused(self):
        """MG-186, RS-129"""
        management = self.management()
        prefix = self.unique("twice")
        management.create("router.config.address", prefix, prefix=prefix)
        with self.assertRaisesRegex(Failed, r"\b400\) Already exists"):
            management.create("router.config.address", prefix + "x", pattern=prefix + "/#")

    def test_a_pattern_of_too_many_tokens_is_refused(self):
        """MG-186: in a file it is passed over, as all that is wrong with an address."""
        management = self.management()
        for count in (255, 256, 200_000):
            for kind in ("prefix", "pattern"):
                with self.subTest(kind, count=count):
                    text = "/".join([self.unique("deep").replace("/", "-")] + ["*"] * (count - 1))
                    if count == 255:
                        management.create("router.config.address", **{kind: text})
                        continue
                    with self.assertRaisesRegex(
                            Failed, r"\b400\) %s invalid - more than 255 tokens" % kind.title()):
                        management.create("router.config.address", **{kind: text})
        self.connect().sender("a/" * 5_000)
        router = self.start([("address", dict(prefix="a/" * 256 + "b"))])
        self.assertEqual(self.management(router).query("router.config.address"), [])
        self.assertTrue(router.log_lines("has more than 256 tokens"))

    def test_the_thousandth_takes_no_longer_than_the_first(self):
        """What a change costs does not depend on what is there."""
        router = self.start()
        management = self.management(router)

        def cost():
            """Processor time of 200 addresses that come, in seconds."""
            before = router.processor_seconds()
            for _ in range(200):
                name = self.unique("cost")
                management.create("router.config.address", name, prefix=name)
            return router.processor_seconds() - before
        first = cost()
        for _ in range(1_800):
            name = self.unique("more")
            management.sender.send(Message(
                properties={"operation": "CREATE", "name": name,
                            "type": Management.long("router.config.address")},
                body={"prefix": name}))
        self.assertLess(cost(), 3 * first + 0.3)

    def test_addresses_of_the_file_are_shown_and_can_be_deleted(self):
        """MG-63, MG-179"""
        router = self.start([
            ("router", dict(mode="standalone", id="F")),
            ("address", dict(prefix="filed", distribution="multicast"))])
        management = self.management(router)
        rows = management.query("router.config.address")
        self.assertEqual(
            [(row["name"], row["prefix"], row["distribution"]) for row in rows],
            [("address/0", "filed", "multicast")])
        management.delete("router.config.address", identity=rows[0]["identity"])
        self.assertEqual(management.query("router.config.address"), [])


class Connections(WireTest):
    def identity_of(self, management, container):
        return [row["identity"] for row in management.query("connection")
                if row["container"] == container][0]

    def test_a_connection_is_closed_on_request(self):
        """MG-194, RS-24, RS-412"""
        management = self.management()
        victim = self.connect(container="victim")
        identity = self.identity_of(management, "victim")
        row = management.update("connection", identity=identity, adminStatus="deleted")
        self.assertEqual((row["adminStatus"], row["operStatus"]), ("deleted", "closing"))
        victim.wait_closed()
        self.assert_condition(
            victim.error, "amqp:connection:forced",
            "Connection forced-closed by management request")
        self.router.wait_for_log(
            r"\[C%s\] Connection force-closed by request from connection \[C\d+\]" % identity)

    def test_a_closed_connection_is_gone_with_the_answer(self):
        """MG-194, MG-296: whatever its peer does. It has the close; then its socket is cut."""
        management = self.management()

        def identities():
            return [row["identity"] for row in management.query("connection")]
        with Acceptor(container="connector") as acceptor:
            management.create(
                "connector", "gone", host="127.0.0.1", port=str(acceptor.port))
            self.addCleanup(acceptor.accept().kill)
        self.connect(container="client")
        silent = self.raw()
        silent.handshake(container_id="silent")
        for container in ("client", "silent", "connector"):
            with self.subTest(container):
                wait_for(lambda: container in [
                    row["container"] for row in management.query("connection")])
                identity = self.identity_of(management, container)
                count = management.query("router")[0]["connectionCount"]
                if container == "connector":
                    management.delete("connector", "gone")
                else:
                    management.update("connection", identity=identity, adminStatus="deleted")
                self.assertNotIn(identity, identities())
                self.assertEqual(management.query("router")[0]["connectionCount"], count - 1)
                with self.assertRaises(Failed):
                    management.read("connection", identity=identity)
        self.assertEqual(silent.expect("close").error(), (
            "amqp:connection:forced", "Connection forced-closed by management request"))
        silent.expect_end()

    def test_a_wrong_status_or_connection_is_a_bad_request(self):
        """MG-195"""
        management = self.management()
        identity = management.query("connection")[0]["identity"]
        for request in (
                dict(identity=identity, adminStatus="zork"), dict(identity=identity),
                dict(identity="999999", adminStatus="deleted"),
                dict(name="connection/x", adminStatus="deleted")):
            with self.assertRaisesRegex(Failed, r"\b400\) Bad Request"):
                management.update("connection", **request)
        row = management.update("connection", identity=identity, adminStatus="enabled")
        self.assertEqual(row["operStatus"], "up")

    def test_frames_of_one_connection_are_traced_on_request(self):
        """MG-196, MG-221"""
        management = self.management()
        client = self.connect(container="traced")
        identity = self.identity_of(management, "traced")
        pattern = r"PROTOCOL \(trace\) \[C%s\]:FRAME: .* <- @attach\(18\)" % identity
        row = management.update("connection", identity=identity, enableProtocolTrace=True)
        self.assertIs(row["enableProtocolTrace"], True)
        client.receiver(self.unique())
        self.router.wait_for_log(pattern)
        management.update("connection", identity=identity, enableProtocolTrace=False)
        client.fence()
        before = len(self.router.log_lines(pattern))
        client.receiver(self.unique())
        client.fence()
        self.assertEqual(len(self.router.log_lines(pattern)), before)


class Logging(WireTest):
    def test_levels_change_at_once(self):
        """MG-197"""
        management = self.management()
        client = self.connect()
        quiet, loud = self.unique("quiet"), self.unique("loud")
        management.update("log", "log/ROUTER_CORE", enable="error+")
        client.receiver(quiet)
        management.update("log", "log/ROUTER_CORE", enable="info+")
        client.receiver(loud)
        self.router.wait_for_log("Link attached.*%s" % loud)
        self.assertEqual(self.router.log_lines("Link attached.*%s" % quiet), [])

    def test_a_wrong_level_or_file_is_named(self):
        """MG-197"""
        management = self.management()
        for attribute, value, text in (
                ("enable", "zork+", "'zork\\+' is not a valid log level"),
                ("outputFile", "/nonexist/x", "Failed to open log file '/nonexist/x'")):
            with self.assertRaisesRegex(Failed, r"\b500\) CError: Configuration: " + text):
                management.update("log", "log/MESSAGE", **{attribute: value})
            management.update("log", "log/MESSAGE", **{attribute: None})

    def test_the_protocol_module_at_trace_shows_all_frames(self):
        """MG-198"""
        management = self.management()
        client = self.connect()
        address = self.unique("traced")
        management.update("log", "log/PROTOCOL", enable="trace+")
        client.receiver(address)
        self.router.wait_for_log("PROTOCOL .*@attach.*%s" % address)
        management.update("log", "log/PROTOCOL", enable=None)
        self.assertNotIn("enable", management.read("log", "log/PROTOCOL"))


if __name__ == "__main__":
    main()
