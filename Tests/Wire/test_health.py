"""How the router is, as `martlet health` and management tell it."""

import json
import socket

from command_line import *
from hanging import Hanging
from management_client import Management
from placement import worker_of


class Health(CommandTest):
    def test_a_router_that_is_well(self):
        result = self.call("health")
        self.assert_done(result)
        self.assertEqual(result.output, "live: yes\nstarted: yes\nready: yes\n")
        result = self.call("health", "--verbose", "ready")
        self.assert_done(result)
        self.assertEqual(result.output.splitlines()[0], "ready: yes")
        self.assertIn("  certificates: ok\n", result.output)

    def test_the_same_as_json(self):
        result = self.call("health", "--json")
        self.assert_done(result)
        health = json.loads(result.output)
        self.assertEqual(set(health), {"live", "started", "ready"})
        self.assertIn(dict(name="worker 0", ok=True), health["live"]["checks"])
        result = self.call("health", "live", "--json")
        self.assert_done(result)
        self.assertEqual(json.loads(result.output), health["live"])

    def test_what_is_not_well_is_told_and_has_its_exit_code(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        router = self.start([
            ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(host="127.0.0.1", port=port, name="hub", required=True)),
            ("connector", dict(host="127.0.0.1", port=port, name="spare"))])
        place = "127.0.0.1:%d" % router.port

        def refused():
            result = self.call("health", to=place)
            self.assertEqual(result.code, 5, result)
            return result.output if result.output.count("refused") == 2 else None

        text = wait_for(refused, what="the connectors' failures")
        self.assertIn("\nready: no\n  connector hub: ", text)
        self.assertRegex(text, r"\n  connector spare: .*refused.* \(not required\)\n")
        self.assert_done(self.call("health", "live", to=place))
        self.assertEqual(self.call("health", "ready", to=place).code, 5)

    def test_a_connector_that_is_not_required_leaves_the_router_ready(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        router = self.start([
            ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(host="127.0.0.1", port=port, name="spare"))])
        result = self.call("health", "--json", to="127.0.0.1:%d" % router.port)
        self.assert_done(result)
        checks = json.loads(result.output)["ready"]["checks"]
        spare = next(check for check in checks if check["name"] == "connector spare")
        self.assertEqual((spare["ok"], spare["required"]), (False, False))

    def test_a_worker_that_hangs_is_not_alive(self):
        router = self.start(workers=2)
        while True:
            client = self.connect(router)
            if worker_of(router, client) == 0:
                break
        management = Management(client)
        with Hanging(router, "martlet-1"):
            health = management.call("GET-HEALTH", type="org.amqp.management", name="self")
            self.assertFalse(health["live"]["ok"])
            self.assertIn(
                dict(name="worker 1", ok=False, reason="it takes no letters"),
                health["live"]["checks"])
            self.assertTrue(health["ready"]["ok"])
        health = management.call("GET-HEALTH", type="org.amqp.management", name="self")
        self.assertTrue(health["live"]["ok"])

    def test_no_answer_has_another_exit_code(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        result = self.call("health", to="127.0.0.1:%d" % port)
        self.assertEqual((result.code, result.output), (1, ""))
        self.assertIn("nothing listens", result.errors)
        result = self.call("health", "well")
        self.assertEqual(result.code, 2)
        self.assertIn("give live, started or ready", result.errors)


if __name__ == "__main__":
    main()
