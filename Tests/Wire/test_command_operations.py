"""Every view and every operation of `martlet`."""

import csv
import io
import json
import re
import subprocess

from command_line import *

VHOST = """vhost {
    hostname: example.com
    maxConnections: 7
    groups: {
        "$default": {"users": "*", "remoteHosts": "*"},
    }
}
"""

HEADING = re.compile(r"\A\d{4}-\d\d-\d\d [\d:.]+ UTC\nTEST\n\n")

#: Each view: its command, its option of `qdstat`, and what its text begins with.
VIEWS = [
    ("status", "-g", "Router Statistics\n  attr  "),
    ("connections", "-c", "Connections\n  id  "),
    ("links", "-l", "Router Links\n  "),
    ("nodes", "-n", "Router is Standalone - No Router List\n"),
    ("edges", "-e", ""),
    ("addresses", "-a", "Router Addresses\n  class  "),
    ("memory", "-m", "Memory Pools\n  type  "),
    ("policy", "-p", "Policy Configuration\n  attr  "),
    ("autolinks", "--autolinks", "AutoLinks\nNo AutoLinks found\n"),
    ("linkroutes", "--linkroutes", "Link Routes\nNo Link Routes found\n"),
    ("vhosts", "--vhosts", "Vhosts\n  hostname     "),
    ("vhostgroups", "--vhostgroups", "Vhost Groups\n"),
    ("vhoststats", "--vhoststats", "Vhost Stats\n"),
    ("all", "--all-entities", "Router Links\n  "),
]


class EveryView(CommandTest):
    CONFIGURATION = [VHOST]

    def text(self, *words, **how):
        result = self.call(*words, **how)
        self.assert_done(result)
        self.assertEqual(result.errors, "")
        return result.output

    def test_every_view_has_a_command_and_an_option_of_qdstat(self):
        """MG-255, MG-256"""
        for name, option, beginning in VIEWS:
            for text in (self.text(name), self.text(option, program="qdstat")):
                with self.subTest(name):
                    self.assertEqual(HEADING.match(text) is not None, "vhost" not in name)
                    self.assertTrue(HEADING.sub("", text).startswith(beginning), text[:200])

    def test_every_view_is_json_or_csv_if_asked_for(self):
        """MG-257"""
        for name, _, _ in VIEWS:
            with self.subTest(name):
                entities = json.loads(self.text(name, "--json"))
                self.assertIsInstance(entities, dict if name == "all" else list)
                text = HEADING.sub("", self.text(name, "--csv"))
                rows = [row for row in text.splitlines() if row.startswith('"')]
                self.assertNotRegex(text, r"(?m)^  \S", "a table in columns")
                if name not in ("nodes", "edges", "autolinks", "linkroutes"):
                    self.assertGreater(len(rows), 1, text)
                for cells in csv.reader(io.StringIO("\n".join(rows))):
                    self.assertGreater(len(cells), 1)

    def test_every_view_is_in_the_help(self):
        """docs/command-line.md, seeing"""
        listed = self.text("--help", to="")
        options = self.text("--help", program="qdstat", to="")
        for name, option, _ in VIEWS:
            self.assertRegex(listed, r"(?m)^  %s " % name)
            self.assertRegex(options, r"(?m)^ +(-\w, )?%s\b|^  %s, --" % (option, option))


class EveryOperation(CommandTest):
    def result(self, *words, program="qdmanage", **how):
        result = self.call(*words, program=program, **how)
        self.assert_done(result)
        self.assertEqual(result.errors, "")
        return json.loads(result.output)

    def test_types_attributes_operations_and_annotations_are_listed(self):
        """MG-119 to MG-122"""
        listener = "org.apache.qpid.dispatch.listener"
        self.assertIn(listener, self.result("get-types"))
        for words in (["--type", "listener"], [listener]):
            types = self.result("GET-TYPES", *words)
            self.assertEqual(list(types), [listener])
            self.assertIn("org.apache.qpid.dispatch.configurationEntity", types[listener])
        self.assertIn("port", self.result("get-attributes", "--type", "listener")[listener])
        self.assertEqual(sorted(self.result("get-operations", "--type", "listener")[listener]),
                         ["CREATE", "DELETE", "READ"])
        self.assertEqual(self.result("get-annotations"), {})

    def test_management_nodes_are_listed(self):
        """MG-123"""
        self.assertEqual(self.result("get-mgmt-nodes"), [])

    def test_schema_comes_as_a_map_and_as_the_routers_own_text(self):
        """MG-124, MG-125"""
        schema = self.result("get-schema")
        self.assertEqual(schema["prefix"], "org.apache.qpid.dispatch")
        self.assertEqual(self.result("get-json-schema"), schema)
        self.assertEqual(self.result("get-schema", program="martlet"), schema)

    def test_log_comes_as_json_no_longer_than_asked(self):
        """MG-126"""
        entries = self.result("get-log", "limit=2")
        self.assertEqual([len(entry) for entry in entries], [6, 6])
        self.assertEqual(len(self.result("GET-LOG", "--properties", '{"limit": 1}')), 1)

    def test_log_level_changes_at_once(self):
        """MG-197"""
        changed = self.result("update", "--type", "log", "--name", "log/AGENT", "enable=debug+")
        self.assertEqual(changed["enable"], "debug+")
        self.assertEqual(self.result("read", "--identity", "log/AGENT")["enable"], "debug+")
        changed = self.result(
            "update", "--stdin", input='{"identity": "log/AGENT", "enable": "default"}')
        self.assertEqual(changed["enable"], "default")

    def test_connection_is_closed(self):
        """MG-195"""
        before = {each["identity"] for each in self.result("query", "--type", "connection")}
        running = self.receiving("news")
        link = next(each for each in self.result("query", "--type", "link")
                    if each.get("owningAddr") == "M0news")
        self.assertNotIn(link["connectionId"], before)
        self.assert_done(self.call("update", "--type", "connection", "adminStatus=deleted",
                                   "--identity", link["connectionId"]))
        result = running.finish()
        self.assert_done(result, 1)
        self.assertIn("amqp:connection:forced", result.errors)

    def test_other_operation_is_called_with_properties_and_body(self):
        """MG-253"""
        for program, words in (("qdmanage", []), ("martlet", ["call"])):
            result = self.call(*words, "ZORK", "a=b", "--body", '{"x": 1}', program=program)
            self.assert_done(result, 1)
            self.assertIn("NotImplementedStatus: Operation 'ZORK'", result.output + result.errors)

    def test_broken_json_is_told_with_what_finds_the_place(self):
        """MG-251, MG-253"""
        finder = ": 'python3 -m json.tool' tells where a text is broken"
        for words, input, text in [
            (["create", "--stdin"], "", "JSONDecodeError: There is no JSON" + finder),
            (["create", "--stdin"], "5", "ValueError: stdin is not a JSON map or list"),
            (["create", "--stdin"], "[1]", "ValueError: the list on standard input is not one of maps"),
            (["ZORK", "--body", "{x"], "",
             "ValueError: Invalid JSON '{x': This is not valid JSON" + finder),
        ]:
            result = self.call(*words, program="qdmanage", input=input)
            self.assert_done(result, 1)
            self.assertEqual(result.output, text + "\n")

    def test_errors_go_to_standard_error_if_a_variable_asks_for_more(self):
        """MG-245"""
        for debugged in (False, True):
            variables = dict(os.environ, _QPID_DISPATCH_TOOLS_DEBUG_="1") if debugged else None
            result = self.call("read", "--name", "zork", program="qdmanage", env=variables)
            self.assert_done(result, 1)
            self.assertEqual([result.output, result.errors][debugged], "NotFoundStatus: No entity with name=zork\n")
            self.assertEqual([result.errors, result.output][debugged], "")


#: Completes its arguments, the words of a line, as bash does when somebody presses Tab.
COMPLETE = """
source /dev/stdin
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
[[ $(complete -p "$1") =~ -F\\ ([^ ]+) ]]
"${BASH_REMATCH[1]}" "$1" "${@: -1}" "${@: -2:1}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completions(CommandTest):
    def completed(self, line):
        script = self.call("completion", "bash", to="").output
        done = subprocess.run(["bash", "-c", COMPLETE, "bash", *line.split(" ")],
                              input=script, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes_commands_options_and_their_arguments(self):
        """README, the shell"""
        for line, words in [
            ("martlet conn", ["connections"]),
            ("martlet links --all", ["--all-routers", "--all"]),
            ("martlet receive --outcome re", ["rejected", "released"]),
            ("martlet query --type sslP", ["sslProfile"]),
            ("martlet help que", ["query"]),
            ("martlet completion ", ["--help", "--version", "bash", "zsh"]),
            ("qdmanage --type listener cre", ["create"]),
            ("qdstat --auto", ["--autolinks"]),
        ]:
            self.assertEqual(self.completed(line), words, line)


if __name__ == "__main__":
    main()
