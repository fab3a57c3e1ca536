"""Who may manage, and what a policy lets somebody do, told by the command."""

import os
import subprocess

from policies import *

MARTLET = os.path.join(os.path.dirname(MARTLETD), "martlet")


class ManagementRights(PolicyTest):
    VHOSTS = [vhost("readers", {"$default": dict(FREE, managementAccess="read")}),
              vhost("nobody", {"$default": dict(FREE, managementAccess="none")}),
              vhost("own", {"$default": dict(FREE, managementScope="router")}),
              vhost("free")]
    ELSEWHERE = "amqp:/_topo/0/OTHER/$management"

    def assert_forbidden(self, call, *arguments, **how):
        with self.assertRaises(Failed) as failed:
            call(*arguments, **how)
        self.assertEqual(failed.exception.status, 403)
        self.assertIn("You are not allowed to perform this operation.",
                      failed.exception.description)

    def test_readers_change_nothing(self):
        """managementAccess: read"""
        agent = Management(self.visit("readers"))
        self.assertEqual(len(agent.query("router")), 1)
        agent.call("GET-OPERATIONS")
        self.assert_forbidden(agent.create, "listener", "x", host="127.0.0.1", port="0")
        self.assert_forbidden(agent.update, "log", identity="log/DEFAULT", enable="trace+")
        self.assert_forbidden(agent.delete, "listener", name="clients")
        self.router.wait_for_text("DENY management request")
        self.assertEqual(len(agent.query("router")), 1)

    def test_others_may_not_even_ask(self):
        """managementAccess: none"""
        agent = Management(self.visit("nobody"))
        self.assert_forbidden(agent.query, "router")
        self.assert_forbidden(agent.create, "listener", "x", host="127.0.0.1", port="0")

    def test_all_may_do_all_by_default(self):
        """As with the old router."""
        agent = Management(self.visit("free"))
        name = self.unique("l").replace("/", "-")
        agent.create("listener", name, host="127.0.0.1", port="0")
        agent.delete("listener", name)

    def test_other_routers_are_beyond_reach(self):
        """managementScope: router"""
        for name in ("own", "nobody"):
            client = self.visit(name)
            self.assert_disallowed(client.refusal("sender", self.ELSEWHERE))
            outcome = client.sender(None).send(address=self.ELSEWHERE, body={}).outcome()
            self.assertEqual((outcome.state, outcome.condition),
                             ("rejected", "amqp:unauthorized-access"))
        Management(self.visit("own")).query("router")

    def test_readers_may_ask_other_routers(self):
        """managementAccess: read, managementScope: mesh. The other one is not there: released."""
        sender = self.visit("readers").sender(None)
        for operation, state in (("QUERY", "released"), ("get-log", "released"),
                                 ("UPDATE", "rejected"), ("x", "rejected"), (None, "rejected")):
            properties = {"operation": operation} if operation else None
            outcome = sender.send(
                address=self.ELSEWHERE, properties=properties, body={}).outcome()
            self.assertEqual(outcome.state, state, operation)
        self.assertEqual(self.visit("free").sender(None).send(
            address=self.ELSEWHERE, properties={"operation": "UPDATE"}, body={}).outcome().state,
            "released")


class Explaining(WireTest):
    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    FILE = """policy {
    enableVhostPolicy: yes
}
vhost {
    hostname: $default
    allowUnknownUser: yes
    groups: {
        $default: {
            remoteHosts: localhost
            sources: a*
        }
    }
}
"""

    def explain(self, *words):
        return subprocess.run([MARTLET, "policy", "explain", "-c", self.path, *words],
                              capture_output=True, text=True, timeout=60)

    def test_the_command_names_file_and_line(self):
        """By which line of which file."""
        router = self.start()
        self.path = os.path.join(router.directory, "p.conf")
        with open(self.path, "w") as file:
            file.write(self.FILE)
        done = self.explain("--user", "bob", "--host", "127.0.0.1", "--receive", "abc")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("allowed  receive from 'abc'  %s:10: 'a*'" % self.path, done.stdout)
        done = self.explain("--user", "bob", "abc")
        self.assertEqual(done.returncode, 1)
        self.assertIn("denied   send to 'abc'  %s:8: no item of targets" % self.path, done.stdout)
        done = self.explain("--host", "10.0.0.1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("denied   open  %s:9: " % self.path, done.stdout)
        with open(self.path, "w") as file:
            file.write(self.FILE.replace("a*", "${user}${user}"))
        done = self.explain()
        self.assertEqual(done.returncode, 1)
        self.assertIn("contains multiple user subtitution tokens", done.stderr)


if __name__ == "__main__":
    main()
