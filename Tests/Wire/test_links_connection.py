"""Connections of one router: headers, open, time limits (routing semantics, section 1)."""

import time

from harness import *


class Headers(WireTest):
    CONFIGURATION = [
        ("router", dict(mode="standalone", id="HEADERS")),
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(name="sasl", host="127.0.0.1", port=0, authenticatePeer=True,
                          saslMechanisms="ANONYMOUS")),
    ]

    def test_both_the_plain_and_the_sasl_header_are_taken(self):
        """RS-1, RS-2"""
        self.raw().handshake()
        peer = self.raw()
        self.assertEqual(peer.sasl(), 0)
        peer.handshake()

    def test_a_tls_header_without_tls_ends_the_stream_silently(self):
        """RS-1"""
        peer = self.raw()
        peer.send_bytes(TLS_HEADER)
        peer.expect_end()

    def test_a_client_that_skips_sasl_where_it_is_wanted_is_cut_off(self):
        """RS-2"""
        peer = self.raw(port=self.router.ports["sasl"])
        peer.send_bytes(AMQP_HEADER)
        peer.expect_end()
        self.router.wait_for_log(
            "amqp:connection:policy-error Client skipped authentication - forbidden")

    def test_other_first_bytes_are_answered_by_open_and_close(self):
        """RS-3"""
        for text in (b"GET / HTTP/1.1\r\n\r\n", b"AMQP\x01\x01\x00\x0a"):
            peer = self.raw()
            peer.send_bytes(text)
            self.assertEqual(peer.read(8), AMQP_HEADER)
            opened_, closed = peer.frames_to_end()
            self.assertEqual(opened_["container-id"], "")
            self.assertEqual(set(opened_.fields), {"container-id"})
            name, description = closed.error()
            self.assertEqual(name, "amqp:connection:framing-error")
            kind = "Unknown protocol" if text[:1] == b"G" else "Incompatible AMQP connection"
            self.assertTrue(description.startswith("%s detected: '" % kind), description)

    def test_a_malformed_frame_is_answered_by_close(self):
        """RS-4"""
        peer = self.raw()
        peer.header()
        peer.send_bytes(b"\x00\x00\x00\x04\x02\x00\x00\x00")
        names = peer.frames_to_end()
        self.assertEqual([each.name for each in names], ["open", "close"])
        self.assertEqual(
            names[1].error(), ("amqp:connection:framing-error", "malformed frame"))

    def test_a_frame_above_the_limit_is_answered_by_close(self):
        """RS-13a"""
        peer = self.raw()
        limit = peer.handshake()["max-frame-size"]
        peer.begin()
        peer.attach_sender(self.unique())
        size = limit + 100
        peer.send_bytes(size.to_bytes(4, "big") + b"\x02\x00\x00\x00" + b"\x00" * (size - 8))
        closed = [each for each in peer.frames_to_end() if each.name == "close"]
        self.assertEqual(
            closed[0].error(), ("amqp:connection:framing-error", "malformed frame"))

    def test_the_router_opens_only_after_the_client(self):
        """RS-5"""
        peer = self.raw()
        peer.header()
        self.raw().handshake()
        peer.socket.settimeout(0.05)
        self.assertRaises(TimeoutError, peer.socket.recv, 1)
        peer.send("open", container_id="late")
        peer.expect("open")

    def test_a_plain_close_is_answered_without_an_error(self):
        """RS-23"""
        peer = self.raw()
        peer.handshake()
        peer.send("close")
        self.assertIsNone(peer.expect("close").error())
        peer.expect_end()

    def test_containers_may_be_empty_or_the_same(self):
        """RS-13"""
        peers = [self.raw(), self.raw(), self.raw()]
        for peer, container in zip(peers, ("", "same", "same")):
            peer.handshake(container_id=container)
        containers = [row["container"] for row in self.management().query("connection")]
        self.assertEqual((containers.count("same"), containers.count("")), (2, 1))

    def test_a_close_ends_the_connections_links(self):
        """RS-23, RS-192: what its receivers were sent is modified, what waited released."""
        address = self.unique()
        receiver = self.connect().receiver(address, credit=1)
        sender = self.connect().sender(address)
        sent = [sender.send(body=number) for number in range(2)]
        receiver.receive()
        receiver.client.close()
        self.assertEqual([each.outcome().state for each in sent], ["modified", "released"])


class Opens(WireTest):
    CONFIGURATION = [
        ("router", dict(mode="standalone", id="OPENS")),
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(
            name="other", host="127.0.0.1", port=0, maxFrameSize=4096, maxSessions=10,
            idleTimeoutSeconds=0, cost=3, failoverUrls="other.example, amqps://b.example:5671",
            openProperties={"word": "w", "number": 5, "list": [1, "x"], "map": {"k": "v"}})),
        ("listener", dict(name="idle", host="127.0.0.1", port=0, idleTimeoutSeconds=1)),
        ("listener", dict(
            name="quick", host="127.0.0.1", port=0, initialHandshakeTimeoutSeconds=1)),
    ]

    def test_the_open_has_the_defaults(self):
        """RS-6 to RS-12, RS-398, RS-399"""
        opened_ = self.raw().handshake()
        self.assertEqual(opened_["container-id"], "OPENS")
        self.assertEqual(opened_["max-frame-size"], 16384)
        self.assertEqual(opened_["channel-max"], 32767)
        self.assertEqual(opened_["idle-time-out"], 8000)
        capabilities = ["ANONYMOUS-RELAY", "qd.streaming-links"]
        self.assertEqual(list(opened_["offered-capabilities"].elements), capabilities)
        self.assertEqual(list(opened_["desired-capabilities"].elements), capabilities)
        properties = opened_["properties"]
        self.assertEqual(
            [str(key) for key in properties], ["product", "version", "qd.conn-id"])
        self.assertEqual(properties[symbol("product")], "qpid-dispatch-router")
        self.assertGreater(properties[symbol("qd.conn-id")], 0)
        for absent in ("hostname", "outgoing-locales", "incoming-locales"):
            self.assertIsNone(opened_[absent])

    def test_connections_are_numbered_as_management_knows_them(self):
        """RS-11: from 1, over all of the process."""
        router = self.start()
        numbers = []
        for container in ("first", "second", "third"):
            peer = self.raw(router)
            numbers.append(peer.handshake(container_id=container)["properties"][
                symbol("qd.conn-id")])
        self.assertEqual(numbers, [1, 2, 3])
        rows = {row["container"]: row["identity"]
                for row in self.management(router).query("connection")}
        self.assertEqual(
            [rows[each] for each in ("first", "second", "third")], ["1", "2", "3"])

    def test_a_refused_connection_has_a_number_too(self):
        """RS-11, RS-300: one for which there is no room, and one that never comes to its open."""
        router = self.start([("policy", dict(maxConnections=2))])
        first = self.connect(router)
        silent = self.raw(router)
        silent.header()
        self.raw(router).expect_end()
        silent.send_bytes(b"\x00\x00\x00\x04\x02\x00\x00\x00")
        silent.read_to_end()
        agent = Management(first)
        wait_for(lambda: agent.query("policy")[0]["connectionsCurrent"] == 1)
        self.assertEqual(self.raw(router).handshake()["properties"][symbol("qd.conn-id")], 4)

    def test_a_router_without_an_id_makes_one_up(self):
        """RS-6: another at each start."""
        names = set()
        for _ in range(2):
            router = self.start([("router", dict(mode="standalone"))])
            name = self.raw(router).handshake()["container-id"]
            self.assertRegex(name, "^Standalone_[A-Za-z0-9+_]{15}$")
            names.add(name)
        self.assertEqual(len(names), 2)

    def test_the_open_has_what_is_configured(self):
        """RS-7, RS-8, RS-9, RS-11, RS-13a, RS-349"""
        opened_ = self.raw(port=self.router.ports["other"]).handshake()
        self.assertEqual(opened_["max-frame-size"], 4096)
        self.assertEqual(opened_["channel-max"], 9)
        self.assertIsNone(opened_["idle-time-out"])
        properties = opened_["properties"]
        self.assertEqual(
            [str(key) for key in properties][:5],
            ["product", "version", "qd.conn-id", "qd.inter-router-cost", "failover-server-list"])
        self.assertEqual(properties[symbol("qd.inter-router-cost")], 3)
        self.assertEqual(properties[symbol("word")], "w")
        self.assertEqual(properties[symbol("number")], 5)
        self.assertEqual(properties[symbol("list")], [1, "x"])
        self.assertEqual(properties[symbol("map")], {"k": "v"})
        self.assertEqual(
            [{str(key): value for key, value in each.items()}
             for each in properties[symbol("failover-server-list")]],
            [{"network-host": "other.example", "port": "5672"},
             {"scheme": "amqps", "network-host": "b.example", "port": "5671"}])

    def test_properties_have_their_order_and_their_types(self):
        """RS-11: keys are symbols; what a role or a cost of one has no use for is left out, and an
        operator's own come last, as they were written."""
        router = self.start([
            ("router", dict(mode="interior", id="ORDER")),
            ("listener", dict(
                name="trunks", host="127.0.0.1", port=0, role="inter-router", cost=7,
                failoverUrls="f.example")),
            ("listener", dict(name="plain", host="127.0.0.1", port=0, cost=1)),
            ("listener", dict(
                name="containers", host="127.0.0.1", port=0, role="route-container", cost=7,
                failoverUrls="f.example", openProperties={"z": 1, "a": "two"}))])
        first = ["product", "version", "qd.conn-id"]
        for name, keys in (
                ("plain", first),
                ("trunks", first + ["qd.inter-router-cost", "qd.annotations-version",
                                    "martlet.version", "failover-server-list"]),
                ("containers", first + ["qd.inter-router-cost", "failover-server-list", "z", "a"])):
            properties = self.raw(port=router.ports[name]).handshake()["properties"]
            self.assertEqual(list(properties), keys)
            self.assertEqual({type(each) for each in properties}, {symbol})
            types = {"product": str, "version": str, "qd.conn-id": int32,
                     "qd.inter-router-cost": int32, "qd.annotations-version": int32, "a": str}
            for key in set(keys) & set(types):
                self.assertIs(type(properties[symbol(key)]), types[key], key)
            if name != "plain":
                self.assertEqual(properties[symbol("qd.inter-router-cost")], 7)
            if name == "trunks":
                self.assertEqual(properties[symbol("qd.annotations-version")], 1)
                servers = properties[symbol("failover-server-list")]
                self.assertEqual({type(key) for each in servers for key in each}, {symbol})

    def test_a_silent_client_is_closed_after_the_whole_idle_time(self):
        """RS-9, RS-15, RS-360: not after the half of it that is told."""
        peer = self.raw(port=self.router.ports["idle"])
        began = time.monotonic()
        self.assertEqual(peer.handshake()["idle-time-out"], 500)
        closed = [each for each in peer.frames_to_end() if each.name == "close"]
        self.assertEqual(
            closed[0].error(),
            ("amqp:resource-limit-exceeded", "local-idle-timeout expired"))
        self.assertGreater(time.monotonic() - began, 0.9)

    def test_a_client_that_falls_silent_before_its_open_is_closed_too(self):
        """RS-15: whatever it has said."""
        for said in (AMQP_HEADER, AMQP_HEADER + frame("open", container_id="x")[:9]):
            with self.subTest(said):
                peer = self.raw(port=self.router.ports["idle"])
                peer.send_bytes(said)
                self.assertEqual(peer.read(8), AMQP_HEADER)
                self.assertEqual(
                    peer.frames_to_end()[-1].error(),
                    ("amqp:resource-limit-exceeded", "local-idle-timeout expired"))

    def test_the_router_beats_for_a_client_that_wants_it(self):
        """RS-14"""
        peer = self.raw()
        peer.handshake(idle_time_out=200)
        self.assertEqual([peer.read_frame().name for _ in range(3)], ["", "", ""])

    def test_a_client_that_never_opens_is_dropped_without_a_word(self):
        """RS-16, RS-361"""
        silent = self.raw(port=self.router.ports["quick"])
        greeting = self.raw(port=self.router.ports["quick"])
        greeting.header()
        offered = self.raw(port=self.router.ports["quick"])
        offered.header(SASL_HEADER)
        offered.expect("sasl-mechanisms")
        authenticated = self.raw(port=self.router.ports["quick"])
        authenticated.sasl()
        for peer in (silent, greeting, offered, authenticated):
            peer.expect_end()
        self.router.wait_for_log("amqp:not-allowed Timeout waiting for initial handshake")
        opened_ = self.raw(port=self.router.ports["quick"])
        opened_.handshake()
        self.assertEqual(opened_.begin()["remote-channel"], 0)


class Sessions(WireTest):
    CONFIGURATION = [
        ("listener", dict(host="127.0.0.1", port=0)),
        ("listener", dict(name="few", host="127.0.0.1", port=0, maxSessionFrames=8)),
        ("listener", dict(name="large", host="127.0.0.1", port=0, maxFrameSize=8 << 20)),
    ]

    def begun(self, **how):
        peer = self.raw(**how)
        peer.handshake()
        peer.begin()
        return peer

    def test_a_begin_is_answered_on_the_next_free_channel(self):
        """RS-33d: whichever the peer chose."""
        peer = self.raw()
        peer.handshake()
        for number, channel in enumerate((7, 9, 2)):
            begun = peer.begin(channel=channel)
            self.assertEqual((begun.channel, begun["remote-channel"]), (number, channel))
            self.assertEqual(begun["next-outgoing-id"], 0)
            self.assertEqual(begun["outgoing-window"], 2147483647)
            self.assertGreater(begun["incoming-window"], 0)
            self.assertIsNone(begun["handle-max"])

    def test_a_window_of_so_many_frames_refills_as_they_are_taken(self):
        """RS-33d"""
        peer = self.raw(port=self.router.ports["few"])
        peer.handshake()
        self.assertEqual(peer.begin()["incoming-window"], 8)
        address = self.unique()
        receiver = self.connect().receiver(address, credit=100)
        peer.attach_sender(address)
        limit = 8
        for number in range(40):
            while number >= limit:
                flow = peer.expect("flow")
                limit = (flow["next-incoming-id"] or 0) + flow["incoming-window"]
            peer.send("transfer", handle=0, delivery_id=number, delivery_tag=b"%d" % number,
                      settled=True, payload=Message(body=number).encode())
        receiver.wait_count(40)

    def test_a_window_has_several_frames_however_large_they_may_be(self):
        """RS-33d, RS-7"""
        peer = self.raw(port=self.router.ports["large"])
        self.assertEqual(peer.handshake()["max-frame-size"], 8 << 20)
        self.assertGreaterEqual(peer.begin()["incoming-window"], 16)

    def test_what_has_no_channel_closes_the_connection(self):
        """RS-33b: whatever it is, but for a begin."""
        for name, fields in (
                ("attach", dict(name="n", handle=0, role=False, initial_delivery_count=0)),
                ("flow", dict(incoming_window=1, next_outgoing_id=0, outgoing_window=1)),
                ("transfer", dict(handle=0, delivery_id=0, delivery_tag=b"1")),
                ("disposition", dict(role=True, first=0)),
                ("detach", dict(handle=0, closed=True)), ("end", {})):
            with self.subTest(name):
                peer = self.raw()
                peer.handshake()
                peer.send(name, channel=5, **fields)
                self.assertEqual(peer.frames_to_end()[-1].error(),
                                 ("amqp:not-allowed", "no such channel: 5"))

    def test_what_has_no_handle_ends_the_session(self):
        """AMQP 2.8.17, where RS-33b closes the connection."""
        peer = self.begun()
        peer.send("transfer", payload=Message(body=1).encode(), handle=9, delivery_id=0,
                  delivery_tag=b"1")
        self.assertEqual(
            peer.expect("end").error(),
            ("amqp:session:unattached-handle", "no such handle: 9"))
        peer.send("end")
        peer.begin(channel=1)

    def test_a_second_link_of_one_name_closes_the_connection(self):
        """RS-33: the same name in the other direction, on another session or connection is another
        link."""
        address = self.unique()
        self.begun().attach_sender(address, name="twice")
        peer = self.begun()
        peer.attach_sender(address, name="twice", handle=0)
        peer.attach_receiver(address, name="twice", handle=1)
        peer.expect("flow")
        peer.begin(channel=1)
        peer.send("attach", channel=1, name="twice", handle=0, role=False, initial_delivery_count=0,
                  source=composite("source"), target=composite("target", address=address))
        peer.expect("attach", skip=("flow",))
        peer.send("attach", name="twice", handle=2, role=False, initial_delivery_count=0,
                  source=composite("source"), target=composite("target", address=address))
        self.assertEqual(
            peer.frames_to_end()[-1].error(),
            ("amqp:invalid-field", "link name already attached: twice"))


if __name__ == "__main__":
    main()
