"""The configuration file as a running router reads it again."""

import signal
import socket

from harness import *


class ReadingAgain(WireTest):
    """SIGHUP, which must not make the router deaf (MG-233)."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    BASE = "router { mode: standalone, id: R }\n"
    FIRST = "listener { host: 127.0.0.1, port: 0, name: first }\n"
    SECOND = "listener { host: 127.0.0.1, port: 0, name: second }\n"

    def reread(self, router, text):
        """Gives the router another file, and waits until it has read it."""
        pattern = r"AGENT \((notice|error)\) The configuration file has "
        before = len(router.log_lines(pattern))
        with open(router.path, "w") as file:
            file.write(text)
        router.signal(signal.SIGHUP)
        wait_for(lambda: len(router.log_lines(pattern)) > before, what="the file's reading")

    def can_connect(self, port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return True
        except ConnectionRefusedError:
            return False

    def test_listeners_come_and_go_and_connections_stay(self):
        """MG-180"""
        router = self.start(self.BASE + self.FIRST)
        first = router.ports["first"]
        client = self.connect(router)
        self.reread(router, self.BASE + self.SECOND)
        self.assertFalse(self.can_connect(first))
        self.assertTrue(self.can_connect(router.ports["second"]))
        client.fence()
        self.reread(router, self.BASE + self.FIRST + self.SECOND)
        self.assertTrue(self.can_connect(router.ports["first"]))

    def test_a_changed_listener_is_made_anew(self):
        """MG-180"""
        router = self.start(self.BASE + self.FIRST)
        self.reread(router, self.BASE + self.FIRST.replace(" }", ", maxFrameSize: 2048 }"))
        peer = self.raw(port=router.listeners[-1][1])
        self.assertEqual(peer.handshake()["max-frame-size"], 2048)

    def test_a_connector_comes_and_goes(self):
        """MG-182"""
        router = self.start(self.BASE + self.FIRST)
        place = socket.socket()
        self.addCleanup(place.close)
        place.bind(("127.0.0.1", 0))
        place.listen()
        place.settimeout(10)
        connector = "connector { host: 127.0.0.1, port: %d, name: c }\n" % place.getsockname()[1]
        self.reread(router, self.BASE + self.FIRST + connector)
        peer, _ = place.accept()
        self.addCleanup(peer.close)
        peer.settimeout(10)
        self.reread(router, self.BASE + self.FIRST)
        while peer.recv(4096):
            pass

    def test_an_address_counts_for_what_is_attached_from_then_on(self):
        """MG-191"""
        router = self.start(self.BASE + self.FIRST)
        self.reread(router, self.BASE + self.FIRST + "address { prefix: no, distribution: "
                    "unavailable }\n")
        client = self.connect(router)
        self.assert_refused(
            client.refusal("sender", "no/way"), "amqp:not-found",
            "Node not found")
        self.reread(router, self.BASE + self.FIRST)
        client.sender("no/way")

    def test_log_levels_change_at_once_and_back(self):
        """MG-197"""
        router = self.start(self.BASE + self.FIRST)
        self.reread(router, self.BASE + self.FIRST + "log { module: AGENT; enable: debug+ }\n")
        self.management(router).query("log")
        router.wait_for_log(r"AGENT \(debug\) Agent request")
        self.reread(router, self.BASE + self.FIRST)
        before = len(router.log_lines(r"AGENT \(debug\)"))
        self.management(router).query("log")
        self.assertEqual(len(router.log_lines(r"AGENT \(debug\)")), before)

    def test_a_wrong_file_changes_nothing(self):
        """MG-64"""
        router = self.start(self.BASE + self.FIRST)
        self.reread(router, self.BASE + self.SECOND + "listner {\n}\n")
        self.assertTrue(router.log_lines(
            r"AGENT \(error\) No such entity type 'org.apache.qpid.dispatch.listner' \(line 3\)"))
        self.assertTrue(self.can_connect(router.ports["first"]))
        self.assertNotIn("second", router.ports)

    def test_what_cannot_change_is_named_and_left_each_time(self):
        """MG-233"""
        router = self.start(self.BASE + self.FIRST)
        for _ in range(2):
            self.reread(router, self.BASE.replace("id: R", "id: S") + self.FIRST)
        wait_for(lambda: len(router.log_lines(
            r"AGENT \(warning\) 'id' of 'router' cannot change while the router runs: "
            r"it stays 'R'")) == 2)

    def test_the_description_of_the_router_changes(self):
        """MG-154"""
        router = self.start(self.BASE + self.FIRST)
        for text in ("one, two", "three"):
            self.reread(router, self.BASE.replace(" }", ", metadata: %s }" % text) + self.FIRST)
            self.assertEqual(
                [row["metadata"] for row in self.management(router).query("router")], [text])

    def test_what_management_has_made_stays(self):
        """MG-180"""
        router = self.start(self.BASE + self.FIRST)
        self.management(router).create(
            "listener", name="made", host="127.0.0.1", port="0")
        wait_for(lambda: "made" in router.ports)
        self.reread(router, self.BASE + self.FIRST + self.SECOND)
        self.assertTrue(self.can_connect(router.ports["made"]))

    def test_a_client_gets_no_more_than_a_file(self):
        """MG-39, MG-42"""
        router = self.start(self.BASE + self.FIRST, environment=dict(SECRET="s"))
        agent = self.management(router)
        with self.assertRaises(Failed) as failed:
            agent.create("listener", name="no", port="0", openProperties={"qd.x": 1})
        self.assertEqual(failed.exception.status, 400)
        self.assertNotIn("no", router.ports)
        with self.assertRaises(Failed) as failed:
            agent.create("connector", host="127.0.0.1", port="1", saslPassword="env:NONE")
        self.assertEqual(failed.exception.status, 400)
        made = agent.create("connector", host="127.0.0.1", port="1", saslPassword="env:SECRET")
        self.assertEqual(made["saslPassword"], "env:SECRET")

    def test_the_router_hears_other_signals_afterwards(self):
        """MG-233"""
        router = self.start(self.BASE + self.FIRST)
        self.reread(router, self.BASE + self.FIRST)
        self.assertEqual(router.stop(), 0)


if __name__ == "__main__":
    main()
