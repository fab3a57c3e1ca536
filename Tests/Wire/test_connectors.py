"""Connections that the router dials: when, where, and what it says (RS section 13)."""

import socket as sockets
import time

from harness import *


def failover(*places):
    """An open's failover list of (host, port)."""
    return {symbol("failover-server-list"): [
        {symbol("network-host"): host, symbol("port"): str(port)} for host, port in places]}


class Connectors(WireTest):
    def dialled(self, acceptor, **attributes):
        """A router with a connector to `acceptor`, and the first connection that comes of it."""
        router = self.start([
            ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(host="127.0.0.1", port=acceptor.port, name="out", **attributes))])
        return router, acceptor.accept()

    def acceptor(self, **how):
        acceptor = Acceptor(**how)
        self.addCleanup(acceptor.close)
        return acceptor

    def entity(self, router):
        return self.management(router).query("connector")[0]

    def wait_status(self, router, status):
        agent = self.management(router)
        wait_for(
            lambda: agent.query("connector")[0]["connectionStatus"] == status,
            what="status %s" % status)
        return agent.query("connector")[0]

    def test_it_opens_first_and_names_the_host_it_dials(self):
        """RS-5, RS-12"""
        router, peer = self.dialled(self.acceptor())
        self.assertEqual(peer.connection.remote_hostname, "127.0.0.1")
        self.assertEqual(peer.connection.remote_container, router.id)

    def test_it_waits_two_seconds_before_it_dials_again_after_a_loss(self):
        """RS-345, RS-362"""
        acceptor = self.acceptor()
        _, peer = self.dialled(acceptor)
        lost = time.monotonic()
        peer.kill()
        acceptor.accept()
        self.assertGreater(time.monotonic() - lost, 1.5)

    def test_a_peer_that_does_not_answer_is_given_up_after_the_idle_time(self):
        """RS-15, RS-345: whether it says nothing, or stops after its header."""
        for said in (b"", SASL_HEADER):
            with self.subTest(said), sockets.create_server(("127.0.0.1", 0)) as mute:
                mute.settimeout(DEADLINE * PATIENCE)
                router = self.start([
                    ("listener", dict(host="127.0.0.1", port=0)),
                    ("connector", dict(host="127.0.0.1", port=mute.getsockname()[1], name="out",
                                       idleTimeoutSeconds=1))])
                peer, _ = mute.accept()
                with peer:
                    peer.settimeout(DEADLINE * PATIENCE)
                    peer.sendall(said)
                    while peer.recv(4096):
                        pass
                    self.assertIn(
                        "local-idle-timeout", self.wait_status(router, "FAILED")["connectionMsg"])

    def test_a_close_with_an_error_is_a_loss_like_any_other(self):
        """RS-351"""
        acceptor = self.acceptor()
        _, peer = self.dialled(acceptor)
        peer.close("amqp:internal-error", "no more", wait=False)
        acceptor.accept()

    def test_management_tells_success_and_says_what_was_opened(self):
        """RS-346, RS-409"""
        acceptor = self.acceptor(container="far")
        router, _ = self.dialled(acceptor)
        entity = self.wait_status(router, "SUCCESS")
        wait_for(lambda: "Connection Opened" in self.entity(router)["connectionMsg"])
        text = self.entity(router)["connectionMsg"]
        self.assertIn("dir=out host=127.0.0.1:%d" % acceptor.port, text)
        self.assertIn("container_id=far", text)
        self.assertEqual(entity["failoverUrls"], "amqp://127.0.0.1:%d" % acceptor.port)

    def test_a_place_where_nobody_listens_is_named_in_management(self):
        """RS-346, MG-175"""
        gone = Acceptor()
        gone.close()
        router = self.start([
            ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(host="127.0.0.1", port=gone.port))])
        entity = self.wait_status(router, "FAILED")
        self.assertRegex(
            entity["connectionMsg"],
            r"^\[C\d+\] Connection to 127.0.0.1:%d failed: proton:io Connection refused"
            % gone.port)

    def test_a_host_that_nobody_knows_is_named(self):
        """RS-550, MG-301"""
        router = self.start([
            ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(host="no..host", port=5671))])
        entity = self.wait_status(router, "FAILED")
        self.assertRegex(entity["connectionMsg"], r"^\[C\d+\] Connection to no\.\.host:5671 failed: "
                         r"proton:io .+ - connect to  no\.\.host:5671$")
        router.wait_for_text(entity["connectionMsg"])

    def test_a_host_that_swallows_packets_is_given_up_in_time(self):
        """docs/differences.md: the next place is tried then."""
        with sockets.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            # The kernel takes no more than these, and answers nobody else.
            waiting = []
            for _ in range(4):
                filler = sockets.socket()
                self.addCleanup(filler.close)
                filler.setblocking(False)
                filler.connect_ex(deaf.getsockname())
                waiting.append(filler)
            router = self.start([
                ("listener", dict(host="127.0.0.1", port=0)),
                ("connector", dict(host="127.0.0.1", port=deaf.getsockname()[1],
                                   connectTimeoutSeconds=1))])
            entity = self.wait_status(router, "FAILED")
            self.assertEqual(entity["connectTimeoutSeconds"], 1)
            self.assertRegex(
                entity["connectionMsg"],
                r"^\[C\d+\] Connection to \S+ failed: proton:io Connection timed out "
                r"\(connectTimeoutSeconds: 1\) - disconnected ")
            # And tried again.
            self.wait_status(router, "CONNECTING")

    def test_management_tells_when_the_connection_is_lost_and_made_again(self):
        """RS-346, MG-175: whether the peer is cut off or closes in order."""
        acceptor = self.acceptor(container="far")
        router, peer = self.dialled(acceptor)
        for end in (peer.kill, None):
            self.wait_status(router, "SUCCESS")
            end() if end else peer.close(wait=False)
            entity = self.wait_status(router, "FAILED")
            self.assertIn("127.0.0.1:%d failed" % acceptor.port, entity["connectionMsg"])
            peer = acceptor.accept()
        wait_for(lambda: "Connection Opened" in self.entity(router)["connectionMsg"])

    def test_it_goes_where_the_peer_said_when_the_peer_is_gone(self):
        """RS-347, RS-348"""
        other = self.acceptor()
        first = self.acceptor(properties=failover(("127.0.0.1", other.port)))
        router, peer = self.dialled(first)
        wait_for(lambda: self.entity(router)["failoverUrls"] == (
            "amqp://127.0.0.1:%d, amqp://127.0.0.1:%d" % (first.port, other.port)))
        first.close()
        peer.kill()
        other.accept(deadline=15)
        wait_for(lambda: self.entity(router)["failoverUrls"].startswith(
            "amqp://127.0.0.1:%d" % other.port))

    def test_it_waits_five_seconds_after_a_failed_try_or_one_if_it_knows_another_place(self):
        """RS-345, RS-348, RS-362: then each place is tried twice, in turn."""
        tries = []

        def deaf(name):
            def hang_up(socket):
                tries.append((name, time.monotonic()))
                socket.close()
            return hang_up
        alone, second = self.acceptor(), self.acceptor()
        alone.on_socket, second.on_socket = deaf("alone"), deaf("second")
        first = self.acceptor(properties=failover(("127.0.0.1", second.port)))
        self.start([
            ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(host="127.0.0.1", port=alone.port, name="alone")),
            ("connector", dict(host="127.0.0.1", port=first.port, name="pair"))])
        peer = first.accept()
        first.on_socket = deaf("first")
        peer.kill()
        wait_for(lambda: len([each for each in tries if each[0] != "alone"]) >= 5
                 and len([each for each in tries if each[0] == "alone"]) >= 2, 15,
                 what=lambda: str(tries))
        pair = [each for each in tries if each[0] != "alone"][:5]
        self.assertEqual(
            [name for name, _ in pair], ["first", "first", "second", "second", "first"])
        for (_, one), (_, next) in zip(pair, pair[1:]):
            self.assertTrue(0.7 < next - one < 4, pair)
        alone = [when for name, when in tries if name == "alone"]
        self.assertGreater(alone[1] - alone[0], 4.5)

    def test_the_list_is_read_in_all_its_forms_and_a_new_one_counts(self):
        """RS-347, RS-348, RS-12: what is left out has a default; an open without a list leaves what
        was said; the host of the place in use is the open's host name."""
        names = [symbol(each) for each in ("network-host", "port", "scheme", "hostname")]
        host, port, scheme, hostname = names
        first = self.acceptor(properties={symbol("failover-server-list"): [
            {host: "bare.example"}, {host: "127.0.0.1", port: uint(1), scheme: "amqps"},
            {port: "7"}, {host: "127.0.0.1", port: "1"}]})
        router, peer = self.dialled(first)
        own = "amqp://127.0.0.1:%d" % first.port
        agent = self.management(router)

        def wait_places(*others):
            wait_for(lambda: agent.query("connector")[0]["failoverUrls"] == ", ".join(
                (own, *others)), what=lambda: agent.query("connector")[0]["failoverUrls"])
        wait_places("amqp://bare.example:5672", "amqps://127.0.0.1:1")
        first.how = {}
        peer.kill()
        peer = first.accept()
        agent.client.fence()
        wait_places("amqp://bare.example:5672", "amqps://127.0.0.1:1")
        other = self.acceptor(host="127.0.0.2")
        first.how = dict(properties={symbol("failover-server-list"): [
            {host: "127.0.0.2", port: str(other.port)}]})
        peer.kill()
        peer = first.accept()
        wait_places("amqp://127.0.0.2:%d" % other.port)
        first.close()
        peer.kill()
        self.assertEqual(other.accept(deadline=15).connection.remote_hostname, "127.0.0.2")

    def test_an_empty_list_takes_back_what_was_said(self):
        """RS-347"""
        first = self.acceptor(properties=failover(("127.0.0.1", 1)))
        router, peer = self.dialled(first)
        wait_for(lambda: ", " in self.entity(router)["failoverUrls"])
        first.how = dict(properties=failover())
        peer.kill()
        first.accept()
        wait_for(lambda: self.entity(router)["failoverUrls"] == (
            "amqp://127.0.0.1:%d" % first.port))

    def test_a_connector_that_is_deleted_closes_its_connection(self):
        """RS-350, RS-551"""
        router, peer = self.dialled(self.acceptor())
        agent = self.management(router)
        agent.delete("connector", name="out")
        self.assertFalse([row for row in agent.query("connection") if row["dir"] == "out"])
        self.assertIsNone(peer.wait_closed())
        self.assertFalse(peer.connection.remote_condition)

    def test_the_peer_is_told_when_the_router_goes_down(self):
        """RS-380, done better"""
        router, peer = self.dialled(self.acceptor())
        router.signal(15)
        self.assert_condition(peer.wait_closed(), "amqp:connection:forced")
        self.assertEqual(router.wait_exit(), 0)

    def test_the_peers_links_are_served_as_a_clients(self):
        """RS-18"""
        router, peer = self.dialled(self.acceptor())
        address = self.unique()
        receiver = self.connect(router).receiver(address, credit=1)
        peer.sender(address).send(body="over the connector")
        self.assertEqual(receiver.receive().body, "over the connector")


if __name__ == "__main__":
    main()
