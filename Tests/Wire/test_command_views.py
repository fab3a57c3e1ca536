"""The views of `martlet` and of its name `qdstat`, and the operations of `qdmanage`."""

import csv
import io
import json
import re

from command_line import *

HEADING = re.compile(r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC\nTEST\n\n")


class Views(CommandTest):
    CONFIGURATION = [("address", dict(prefix="multi", distribution="multicast"))]

    def view(self, *words, **how):
        result = self.call(*words, **how)
        self.assert_done(result)
        self.assertEqual(result.errors, "")
        return result.output

    def table(self, text):
        """The first table's rows, as dictionaries."""
        lines = text.splitlines()
        rule = next(n for n, line in enumerate(lines) if re.fullmatch("  =+", line))
        heads = re.split(r"  +", lines[rule - 1].strip())
        places = [lines[rule - 1].index(heads[0])]
        for head in heads[1:]:
            places.append(lines[rule - 1].index("  " + head, places[-1]) + 2)
        rows = []
        for line in lines[rule + 1:]:
            if not line.strip():
                break
            ends = places[1:] + [len(line)]
            rows.append({head: line[start:end].strip()
                         for head, start, end in zip(heads, places, ends)})
        return rows

    def test_general_view_has_a_heading_and_the_routers_figures(self):
        """MG-256, MG-258"""
        text = self.view("-g", program="qdstat")
        self.assertRegex(text, HEADING)
        self.assertIn("\nRouter Statistics\n", text)
        rows = {row["attr"]: row["value"] for row in self.table(text)}
        self.assertEqual(rows["Mode"], "standalone")
        self.assertEqual(rows["Router Id"], "TEST")
        self.assertRegex(rows["Uptime"], r"\A\d{3}:\d\d:\d\d:\d\d\Z")

    def test_view_without_options_is_the_general_one(self):
        """MG-255"""
        self.assertIn("Router Statistics", self.view(program="qdstat"))

    def test_connections_show_who_is_connected(self):
        """MG-259"""
        client = self.connect(container="the-client")
        client.receiver(self.unique(), credit=1)
        rows = self.table(self.view("connections"))
        row = next(row for row in rows if row["container"] == "the-client")
        self.assertEqual((row["role"], row["dir"], row["security"]),
                         ("normal", "in", "no-security"))

    def test_links_show_addresses_by_class_and_text(self):
        """MG-261, MG-262: to who calls it qdstat, or wants all columns."""
        address = self.unique("linked")
        self.connect().receiver(address, credit=7)
        for text in (self.view("-l", program="qdstat"), self.view("links", "--verbose")):
            rows = self.table(text)
            row = next(row for row in rows if row["addr"] == address)
            self.assertEqual((row["type"], row["dir"], row["class"], row["phs"], row["cred"]),
                             ("endpoint", "out", "mobile", "0", "7"))

    def test_links_fit_a_terminal(self):
        """docs/command-line.md: cut in the middle if they must be."""
        address = self.unique("long/" + "x" * 200)
        client = self.connect()
        client.receiver(address, credit=1)
        client.receiver(self.unique("short"), credit=7)
        text = self.view("links")
        self.assertLessEqual(max(map(len, text.splitlines())), 100)
        row = next(row for row in self.table(text) if row["addr"].startswith("long/x"))
        self.assertEqual((row["dir"], row["cred"], row["blkd"]), ("out", "1", "-"))
        self.assertTrue(row["addr"].endswith(address[-4:]))
        self.assertIn(address, self.view("links", "--csv"))
        self.assertIn("(local) ", text)

    def test_memory_that_is_really_there_comes_first(self):
        """docs/command-line.md"""
        text = self.view("status")
        self.assertRegex(text, r"\n  Memory +\d[\d.]* MiB\n  VmSize +\d+ MiB\n")
        self.assertNotIn("\n  Memory ", self.view("-g", program="qdstat"))
        self.assertRegex(self.view("memory"), r"\n  Memory +VmSize +Pooled\n")
        self.assertRegex(self.view("-m", program="qdstat"), r"\n  VmSize +Pooled\n")

    def test_what_others_call_themselves_stays_in_its_cell(self):
        """docs/differences.md"""
        self.connect(container="a\n\x1b[2Jb")
        for words in (("connections",), ("log",)):
            text = self.view(*words)
            self.assertIn(r"a\n\x1B[2Jb", text)
            self.assertNotIn("\x1b", text)
        self.assertIn(r"a\n\x1B[2Jb", self.view("-c", program="qdstat"))

    def test_addresses_are_sorted_and_count(self):
        """MG-263"""
        address = "multi/" + self.unique()
        self.connect().receiver(address, credit=1)
        rows = self.table(self.view("addresses"))
        self.assertEqual([row["addr"] for row in rows], sorted(row["addr"] for row in rows))
        row = next(row for row in rows if row["addr"] == address)
        self.assertEqual((row["distrib"], row["local"]), ("multicast", "1"))

    def test_limit_bounds_the_rows(self):
        """MG-255"""
        self.assertEqual(len(self.table(self.view("-a", "--limit", "1", program="qdstat"))), 1)

    def test_standalone_router_has_no_router_list(self):
        """MG-264"""
        self.assertIn("\nRouter is Standalone - No Router List\n", self.view("nodes"))

    def test_what_is_not_there_is_said_in_words(self):
        """MG-265, MG-268"""
        self.assertIn("AutoLinks\nNo AutoLinks found\n", self.view("autolinks"))
        self.assertIn("Link Routes\nNo Link Routes found\n", self.view("linkroutes"))
        self.assertEqual(self.view("vhosts"), "No Vhosts\n")
        self.assertEqual(self.view("vhoststats"), "No Vhost Stats\n")

    def test_csv_quotes_every_cell(self):
        """MG-257"""
        text = self.view("links", "--csv")
        lines = HEADING.sub("", text).splitlines()
        self.assertEqual(lines[0], "Router Links")
        rows = list(csv.DictReader(io.StringIO("\n".join(lines[1:]))))
        self.assertIn("$management", [row["addr"] for row in rows])

    def test_json_has_whole_entities(self):
        """The same as data, for scripts."""
        links = json.loads(self.view("links", "--json"))
        self.assertIn("M0$management", [link["owningAddr"] for link in links])
        everything = json.loads(self.view("all", "--json"))
        self.assertEqual(everything["status"][0]["id"], "TEST")

    def test_log_is_in_lines_without_a_heading(self):
        """MG-269"""
        lines = self.view("--log", "--limit", "5", program="qdstat").splitlines()
        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(
                line, r"\A\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} \w+ \(\w+\) ")

    def test_views_cannot_be_combined(self):
        """MG-255, MG-245"""
        result = self.call("-g", "-l", program="qdstat")
        self.assert_done(result, 2)
        self.assertIn("not allowed with argument", result.errors)

    def test_watch_shows_it_again_until_interrupted(self):
        """Not on a terminal: one report after the other, without control characters."""
        running = self.begin("status", "--watch=0.1")
        count = 0
        while count < 3:
            line = running.process.stdout.readline().decode()
            self.assertNotIn("\x1b", line)
            count += "Router Statistics" in line
        running.signal()
        self.assert_done(running.finish(), 130)

    def test_watch_refreshes_a_terminal_in_place_and_gives_it_back(self):
        """On a terminal: the second screen, no scrolling, the cursor shown again."""
        process, terminal = self.on_terminal("status", "--watch=0.1")
        text = shown(terminal, "\x1b[H")
        self.assertIn("\x1b[?1049h", text)
        text += shown(terminal, "\x1b[H")
        process.send_signal(signal.SIGINT)
        text = shown(terminal, "\x1b[?1049l")
        self.assertIn("\x1b[?25h", text)
        wait_for(lambda: process.poll() is not None, what="its end")
        self.assertEqual(process.returncode, 130)

    def test_watch_goes_on_when_the_router_comes_back(self):
        """A restart of the router does not end it."""
        router = self.start()
        port = router.port
        running = self.begin("status", "--watch=0.1", to=router.address)

        def wait_for_report():
            while b"Router Statistics" not in running.process.stdout.readline():
                self.assertIsNone(running.process.poll())

        wait_for_report()
        router.stop()
        self.assertIn(b"ConnectionClosed", running.process.stderr.readline())
        self.start([("listener", dict(host="127.0.0.1", port=port))])
        for _ in range(2):
            wait_for_report()
        running.signal()
        self.assert_done(running.finish(), 130)

    def test_colour_is_for_terminals_only(self):
        """A pipe gets plain text."""
        self.assertNotIn("\x1b", self.view("status"))
        process, terminal = self.on_terminal("status")
        self.assertIn("\x1b[1mRouter Statistics\x1b[0m", shown(terminal, None))
        process.wait()


class Managing(CommandTest):
    def manage(self, *words, code=0, **how):
        result = self.call(*words, program="qdmanage", **how)
        self.assert_done(result, code)
        return result.output

    def test_entity_is_created_read_updated_and_deleted(self):
        """MG-249, MG-250"""
        made = json.loads(self.manage(
            "create", "--type", "address", "--name", "mine", "prefix=mine"))
        self.assertEqual((made["name"], made["prefix"]), ("mine", "mine"))
        one = ["--type", "address", "--name", "mine"]
        self.assertEqual(json.loads(self.manage("READ", *one)), made)
        self.assertEqual(self.manage("delete", *one), "")
        self.assertEqual(self.manage("read", *one, code=1), "NotFoundStatus: Not Found\n")

    def test_maps_come_from_standard_input(self):
        """MG-251"""
        maps = [dict(name="one", prefix="one"), dict(name="two", prefix="two")]
        made = json.loads(self.manage(
            "create", "--type", "address", "--stdin", input=json.dumps(maps)))
        self.assertEqual([each["prefix"] for each in made], ["one", "two"])

    def test_query_leaves_nulls_out_and_keeps_the_order(self):
        """MG-249"""
        text = self.manage("query", "--type", "router", "mode", "id", "--indent", "-1")
        self.assertEqual(text, '[{"mode": "standalone", "id": "TEST"}]\n')

    def test_unknown_attribute_is_refused_before_it_is_sent(self):
        """MG-250"""
        self.assertEqual(
            self.manage("create", "--type", "listener", "zork=1", code=1),
            "ValidationError: Unknown attribute 'zork' for 'org.apache.qpid.dispatch.listener'\n")

    def test_operation_must_be_given(self):
        """MG-254"""
        result = self.call(program="qdmanage")
        self.assert_done(result, 2)
        self.assertIn("No operation specified", result.errors)
        result = self.call("read", "b", program="qdmanage")
        self.assert_done(result, 2)
        self.assertIn("Unexpected arguments: b", result.errors)

    def test_refusal_of_the_router_is_on_standard_output(self):
        """MG-245"""
        self.assertRegex(self.manage("zork", code=1), r"\ANotImplementedStatus: ")

    def test_version_is_that_of_the_router(self):
        """MG-240"""
        self.assertRegex(self.manage("--version"), r"\A1\.20\.\d+\n\Z")
        self.assertRegex(self.call("--version").output, r"\Amartlet \d+\.\d+\.\d+\n\Z")


class Networks(CommandTest):
    """Two routers: the other one is asked through the first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = Router([
            ("router", dict(mode="interior", id="A")),
            ("listener", dict(host="127.0.0.1", port=0)),
            "listener {\n host: 127.0.0.1\n port: 0\n role: inter-router\n name: mesh\n}\n"])
        cls.second = Router([
            ("router", dict(mode="interior", id="B")),
            ("listener", dict(host="127.0.0.1", port=0)),
            ("connector", dict(
                host="127.0.0.1", port=cls.first.ports["mesh"], role="inter-router"))])

    @classmethod
    def tearDownClass(cls):
        cls.second.stop()
        cls.first.stop()
        super().tearDownClass()

    def setUp(self):
        management = self.management(self.first)
        wait_for(lambda: management.call("GET-MGMT-NODES", type="org.amqp.management",
                                         name="self").__len__() == 2, what="the network")

    def ask(self, *words, **how):
        result = self.call(*words, to=self.first.address, **how)
        self.assert_done(result)
        return result.output

    def test_a_distant_router_is_asked_by_name(self):
        """MG-242"""
        text = self.ask("query", "--type", "router", "id", "-r", "B", "--indent", "-1")
        self.assertEqual(text, '[{"id": "B"}]\n')

    def test_all_routers_are_shown_one_after_the_other(self):
        """MG-270"""
        text = self.ask("--all-routers", "-n", program="qdstat")
        self.assertEqual(re.findall(r"^Router  (\w+)\n\nRouters in the Network\n", text, re.M),
                         ["A", "B"])

    def test_links_between_routers_are_shown_when_they_are_asked_for(self):
        """docs/command-line.md"""
        text = self.ask("links")
        self.assertNotIn("(local) qdhello", text)
        self.assertRegex(text, r"\n\d+ links between routers are not shown: --all shows them\n")
        self.assertIn("(local) qdhello", self.ask("links", "--all"))
        self.assertIn("router-control", self.ask("-l", program="qdstat"))

    def test_nodes_show_the_way(self):
        """MG-264"""
        self.assertRegex(self.ask("nodes"), r"(?m)^  A +\(self\) +-\n  B +- +\d+$")

    def test_router_that_is_not_there_is_named(self):
        """An error says what to do."""
        result = self.call("status", "-r", "zork", "-t", "0.3", to=self.first.address)
        self.assert_done(result, 1)
        self.assertIn("router 'zork' did not answer", result.errors)


class Hanging(CommandTest):
    def test_a_router_that_hangs_is_named_and_not_left_out(self):
        """docs/command-line.md"""
        first = self.start([
            ("router", dict(mode="interior", id="A")),
            ("listener", dict(host="127.0.0.1", port=0)),
            ("listener", dict(host="127.0.0.1", port=0, role="inter-router", name="mesh"))])
        second, third = [self.start([
            ("router", dict(mode="interior", id=name)),
            ("connector", dict(
                host="127.0.0.1", port=first.ports["mesh"], role="inter-router"))],
            default_listener=False) for name in "BC"]
        management = self.management(first)
        link = lambda: [row["routerLink"] for row in management.query("router.node")
                        if row["id"] == "C"]
        wait_for(lambda: link() not in ([], [None]), what="router C")
        wait_for(lambda: len(management.query("router.node")) == 3, what="router B")
        third.signal(signal.SIGSTOP)
        self.addCleanup(third.signal, signal.SIGCONT)
        # It is asked in vain, until the others have noticed.
        result = self.call("status", "--all-routers", "-t", "1", to=first.address)
        self.assert_done(result, 1)
        self.assertIn("router 'C' did not answer", result.errors)
        self.assertEqual(re.findall(r"^Router  (\w+)$", result.output, re.M), ["A", "B"])
        wait_for(lambda: link() == [None], what="the loss of C")
        self.assertRegex(self.call("nodes", to=first.address).output, r"(?m)^  C +- +\(unreachable\)$")
        result = self.call("status", "--all-routers", to=first.address)
        self.assert_done(result, 1)
        self.assertIn("router 'C' is known, but nothing leads there now", result.errors)
        self.assertEqual(re.findall(r"^Router  (\w+)$", result.output, re.M), ["A", "B"])


if __name__ == "__main__":
    main()
