"""Policies that change while the router runs, and those of connectors (RS 11.5, 11.6)."""

import json
import os
import signal
import subprocess

from policies import *


class Changes(PolicyTest):
    VHOSTS = [vhost("kept.example", aliases="alias.example")]

    def create(self, hostname, **attributes):
        return self.management().create("vhost", **dict(dict(
            hostname=hostname, allowUnknownUser=True, groups={"$default": FREE}), **attributes))

    def assert_failed(self, status, text, call, *arguments, **how):
        with self.assertRaises(Failed) as failed:
            call(*arguments, **how)
        self.assertEqual(failed.exception.status, status)
        self.assertIn(text, failed.exception.description)

    def test_vhosts_are_created_and_deleted(self):
        """RS-511, MG-193"""
        name = self.unique("v")
        self.assert_turned_away(name)
        made = self.create(name)
        self.assertEqual((made["hostname"], made["identity"]), (name, "vhost/" + name))
        self.router.wait_for_text("POLICY (info) Created policy rules for vhost " + name)
        client = self.visit(name)
        self.management().delete("vhost", identity="vhost/" + name)
        self.router.wait_for_text("POLICY (info) Deleted policy rules for vhost " + name)
        self.assert_turned_away(name)
        client.sync()
        self.assertEqual(self.stats(name)["connectionsApproved"], 1)
        self.assertNotIn(name, [row["hostname"] for row in self.management().query("vhost")])

    def test_an_update_holds_for_those_who_come_later(self):
        """RS-320, RS-321, RS-511"""
        name = self.unique("v")
        self.create(name, maxConnectionsPerUser=2, maxConnectionsPerHost=7)
        client = self.visit(name)
        groups = {"$default": dict(FREE, targets="ok")}
        updated = self.management().update("vhost", identity="vhost/" + name, groups=groups)
        self.assertEqual((updated["maxConnectionsPerUser"], updated["maxConnectionsPerHost"]), (2, 7))
        self.router.wait_for_text("POLICY (info) Updated policy rules for vhost " + name)
        client.sender("other")
        later = self.visit(name)
        self.assert_disallowed(later.refusal("sender", "other"))
        self.assert_turned_away(name, reason="Connection denied by application per user limit")
        self.assert_failed(
            400, "Cannot update attribute", self.management().update, "vhost",
            identity="vhost/" + name, id="x")

    def test_what_is_wrong_is_refused(self):
        """RS-506, RS-509"""
        wrong = [
            (dict(groups={"a": {"users": "x"}, "b": {"users": "x"}}), "is in multiple user groups"),
            (dict(groups={}), "allows connections by default but default settings are not defined"),
            (dict(aliases="kept.example"), "conflicts with an existing vhost"),
            (dict(aliases="alias.example"), "conflicts with existing alias"),
            (dict(groups={"$default": dict(FREE, maxSenders=-1)}), "is below minimum '0'"),
            (dict(groups={"$default": dict(FREE, remoteHosts="a b")}), "failed to translate")]
        for attributes, text in wrong:
            self.assert_failed(500, text, self.create, self.unique("v"), **attributes)
        self.assert_failed(500, "already an alias", self.create, "alias.example")
        self.visit("alias.example").sync()

    def test_closing_connections_may_be_forbidden(self):
        """RS-318, MG-129"""
        name = self.unique("v")
        self.create(name, groups={"$default": dict(FREE, allowAdminStatusUpdate=False)})
        agent = Management(self.visit(name))
        victim = self.visit("kept.example")
        row = next(row for row in agent.query("connection")
                   if row["container"] == victim.connection.container)
        self.assert_failed(
            403, "You are not allowed to perform this operation.", agent.update, "connection",
            identity=row["identity"], adminStatus="deleted")
        victim.sync()
        self.management().update("connection", identity=row["identity"], adminStatus="deleted")
        victim.wait_for(lambda: victim.is_closed, what="its end")

    def test_the_command_shows_vhosts_and_their_counts(self):
        """MG-267, MG-268"""
        self.visit("kept.example")
        for word, texts in (("vhosts", ["kept.example"]), ("vhostgroups", ["$default"]),
                            ("vhoststats", ["kept.example", "anonymous"]),
                            ("policy", ["Enable Vhost Policy"])):
            done = subprocess.run(
                [os.path.join(os.path.dirname(MARTLETD), "martlet"), word, "-b",
                 self.router.address], capture_output=True, text=True, timeout=60)
            for text in texts:
                self.assertIn(text, done.stdout, done.stderr)


class Files(WireTest):
    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def comes(self, router, hostname):
        client = self.connect(router, hostname=hostname, open=False)
        client.connection.open()
        session = client.connection.session()
        session.open()
        client.wait_for(lambda: client.is_closed or session.state & Endpoint.REMOTE_ACTIVE)
        return not client.is_closed

    def test_a_file_that_is_read_again_changes_policies(self):
        """MG-180, RS-320"""
        base = [("router", dict(mode="standalone", id="R")),
                ("listener", dict(host="127.0.0.1", port=0)), ("policy", dict(enableVhostPolicy=True))]
        router = self.start(base + [vhost("a"), vhost("b")])
        client = self.connect(router, hostname="a")
        self.assertEqual([self.comes(router, name) for name in "abc"], [True, True, False])
        with open(router.path, "w") as file:
            for name, attributes in base + [vhost("b", {"x": dict(FREE, users="x")}), vhost("c")]:
                file.write(section(name, **attributes))
        router.signal(signal.SIGHUP)
        router.wait_for_text("The configuration file has been read again")
        self.assertEqual([self.comes(router, name) for name in "abc"], [False, False, True])
        client.sync()

    def test_vhosts_stand_in_a_directory(self):
        """MG-56"""
        holder = self.start([("policy", dict(enableVhostPolicy=True)), vhost("x")])
        folder = os.path.join(holder.directory, "policies")
        os.mkdir(folder)
        with open(os.path.join(folder, "a.json"), "w") as file:
            name, attributes = vhost("a")
            json.dump([[name, attributes]], file)
        with open(os.path.join(folder, "b.txt"), "w") as file:
            file.write("nothing")
        router = self.start([("policy", dict(enableVhostPolicy=True, policyDir=folder))])
        self.assertEqual([self.comes(router, name) for name in "ab"], [True, False])

    def test_nothing_but_the_number_of_all_is_limited_without_vhost_policy(self):
        """RS-300, RS-322"""
        router = self.start([("policy", dict(maxConnections=2, maxMessageSize=10)), vhost("x")])
        client, _ = self.connect(router), self.connect(router, hostname="other")
        client.receiver("a", credit=1)
        client.sender("a").send(body="x" * 100)
        with self.assertRaises(Disconnected):
            self.connect(router)

    def test_a_connectors_other_side_goes_by_a_group_of_its_own(self):
        """RS-319, RS-505"""
        acceptor = Acceptor()
        self.addCleanup(acceptor.close)
        router = self.start([
            ("policy", dict(enableVhostPolicy=True)), vhost("$default"),
            vhost("v", {"$connector": dict(sources="ok", targets="ok", maxSenders=1)}),
            ("connector", dict(host="127.0.0.1", port=acceptor.port, role="route-container",
                               policyVhost="v"))])
        broker = acceptor.accept()
        broker.receiver("ok")
        self.assert_refused(broker.refusal("receiver", "other"), "amqp:unauthorized-access",
                            "link disallowed by local policy")
        broker.sender("ok")
        self.assert_refused(broker.refusal("sender", "ok"), "amqp:resource-limit-exceeded",
                            "link disallowed by local policy")
        stats = self.management(router).read("vhostStats", name="vhostStats/v")
        self.assertEqual((stats["senderDenied"], stats["receiverDenied"]), (1, 1))

    def test_a_connector_without_its_vhost_closes_and_tries_again(self):
        """RS-505"""
        acceptor = Acceptor()
        self.addCleanup(acceptor.close)
        router = self.start([
            ("policy", dict(enableVhostPolicy=True)), vhost("$default"),
            ("connector", dict(host="127.0.0.1", port=acceptor.port, policyVhost="nosuch"))])
        for _ in range(2):
            broker = acceptor.accept()
            broker.wait_for(lambda: broker.is_closed, what="the close")
            self.assert_condition(
                broker.connection.remote_condition, "amqp:resource-limit-exceeded",
                "connection disallowed by local policy")
            broker.kill()
        router.wait_for_log(
            r"POLICY \(error\) \[C\d+\] Failed to find policyVhost settings for connection '\d+', "
            r"policyVhost: 'nosuch'")


if __name__ == "__main__":
    main()
