"""Every request to the management node is answered, whatever is in it."""

import os
import random
import re
import uuid

from harness import *
from management_client import PREFIX


class Answers(WireTest):
    CONFIGURATION = [("router", dict(mode="interior", id="R"))]

    def asker(self, address="$management"):
        return Management(self.connect(), address)

    def ask(self, management, **fields):
        """Sends a request with these fields and gives the response."""
        fields.setdefault("reply_to", management.receiver.remote_address)
        management.sender.send(Message(**fields))
        return management.receiver.receive().message

    def test_all_addresses_of_the_agent_answer(self):
        """MG-66, MG-67"""
        for address in ("$management", "/$management", "_local/$management",
                        "_topo/0/R/$management", "_topo/all/R/$management",
                        "amqp:/_topo/0/R/$management", "amqp:/$management"):
            with self.subTest(address):
                rows = self.asker(address).query("router")
                self.assertEqual([row["id"] for row in rows], ["R"])

    def test_a_request_may_come_over_an_anonymous_sender(self):
        """MG-69"""
        client = self.connect()
        receiver = client.receiver(dynamic=True, credit=1)
        client.sender().send(Message(
            address="_topo/0/R/$management", reply_to=receiver.remote_address,
            properties={"operation": "GET-MGMT-NODES"}))
        self.assertEqual(
            receiver.receive().message.body, ["amqp:/_topo/0/R/$management"])

    def test_the_correlation_returns_as_it_came(self):
        """MG-83, MG-84"""
        management = self.asker()
        for correlation in ("text", 7, uuid.UUID(int=5), b"bytes"):
            with self.subTest(correlation):
                response = self.ask(
                    management, correlation_id=correlation,
                    properties={"operation": "GET-ANNOTATIONS"})
                self.assertEqual(response.correlation_id, correlation)
                self.assertEqual(response.properties["statusDescription"], "OK")
                self.assertIsInstance(response.properties["statusCode"], int32)

    def test_correlations_of_every_type_return_as_they_came(self):
        """MG-83, MG-84: and a message id in the place of one, and none for none."""
        management = self.asker()
        ids = ["", "text", "x" * 3_000, ulong(0), ulong(2 ** 64 - 1), uuid.UUID(int=5), b"",
               b"\0\xff", None]
        for correlation in ids:
            for operation in ("GET-MGMT-NODES", "CREATE", "zork", None):
                with self.subTest(correlation=correlation, operation=operation):
                    response = self.ask(
                        management, correlation_id=correlation,
                        properties={"operation": operation} if operation else {})
                    self.assertEqual(response.correlation_id, correlation)
        response = self.ask(management, id=ulong(9), properties={"operation": "GET-ANNOTATIONS"})
        self.assertEqual(response.correlation_id, 9)

    def test_properties_of_a_wrong_type_are_named(self):
        """MG-73, MG-102, MG-110, MG-126"""
        management = self.asker()
        asked = {"operation": "QUERY", "entityType": PREFIX + "router.link"}
        for properties, status, text in (
                (dict(asked, entityType=5), 400, "Property 'entityType' must be a string"),
                (dict(asked, type=[1]), 400, "Property 'type' must be a string"),
                (dict(asked, name=True), 400, "Property 'name' must be a string"),
                (dict(asked, offset="many"), 400, "Property 'offset' must be an integer"),
                (dict(asked, count=1.5), 400, "Property 'count' must be an integer"),
                (dict(asked, count=ulong(2 ** 64 - 1)), 400,
                 "Property 'count' must be an integer"),
                (dict(asked, count=2 ** 63 - 1, offset=2 ** 63 - 1), 200, "OK"),
                (dict(asked, count=-2 ** 63, offset=-2 ** 63), 200, "OK"),
                (dict(asked, offset="", count=None), 400, "Property 'offset' must be an integer"),
                ({"operation": ["QUERY"]}, 400, "No 'operation' property: {operation}"),
                ({"operation": "GET-LOG", "limit": "x"}, 500, "ValueError: invalid literal"),
                ({"operation": "GET-LOG", "limit": -2 ** 63}, 200, "OK"),
                ({"operation": "READ", "type": PREFIX + "router.link", "identity": 1}, 404,
                 "Not Found")):
            with self.subTest(properties):
                response = self.ask(management, properties=properties, body={})
                self.assertEqual(
                    (response.properties["statusCode"],
                     response.properties["statusDescription"][:len(text)]), (status, text))

    def test_a_reply_address_that_nobody_has_harms_nobody(self):
        """MG-75, MG-78"""
        management = self.asker()
        for reply_to in ("nobody", "_topo/0/NOPE/temp.x", "_local/x", "amqp:", "", "x" * 5_000,
                         "$management", "_topo/0/R/$management"):
            with self.subTest(reply_to):
                sent = management.sender.send(Message(
                    reply_to=reply_to, correlation_id=1, properties={"operation": "GET-LOG"}))
                self.assertEqual(sent.outcome().state, "accepted")
                self.assertEqual(management.query("router", "id"), [{"id": "R"}])

    def test_values_may_be_symbols(self):
        """MG-74"""
        response = self.ask(self.asker(), properties={
            "operation": symbol("QUERY"), "entityType": symbol(PREFIX + "router")})
        self.assertEqual(response.properties["statusCode"], 200)

    def test_a_request_without_a_reply_address_is_carried_out(self):
        """MG-75"""
        management = self.asker()
        name = self.unique("silent")
        sent = management.sender.send(Message(
            properties={"operation": "CREATE", "type": PREFIX + "router.config.address",
                        "name": name}, body={"prefix": name}))
        self.assertEqual(sent.outcome().state, "accepted")
        self.assertEqual(
            management.read("router.config.address", name)["prefix"], name)

    def test_what_is_not_understood_is_named(self):
        """MG-94, MG-112, MG-113, MG-118"""
        management = self.asker()
        for properties, body, status, text in (
                ({}, None, 400, "No 'operation' property: "),
                ({"operation": "FOO"}, None, 501, "Operation 'FOO' not implemented for "),
                ({"operation": "QUERY", "entityType": "zork"}, {}, 400,
                 "No such entity type 'zork'"),
                ({"operation": "QUERY", "entityType": "log"}, {"attributeNames": ["zork"]}, 404,
                 "Unknown attributes ['zork'] for type org.apache.qpid.dispatch.log."),
                ({"operation": "READ", "name": "zork"}, None, 404, "No entity with name=zork"),
                ({"operation": "UPDATE", "type": PREFIX + "router", "identity": "1"}, {}, 403,
                 "Forbidden"),
                ({"operation": "CREATE", "type": PREFIX + "router.config.address"}, "text", 400,
                 "Body of request must be a map"),
                ({"operation": "CREATE", "type": "listener"}, {"zork": 1}, 400,
                 "Unknown attribute 'zork' for 'org.apache.qpid.dispatch.listener'")):
            with self.subTest(properties):
                response = self.ask(management, properties=properties, body=body)
                self.assertEqual(response.properties["statusCode"], status)
                description = response.properties["statusDescription"]
                self.assertEqual(description[:len(text)], text)

    def test_links_and_the_router_can_be_read(self):
        """MG-111"""
        management = self.asker()
        self.assertEqual(management.read("router", identity="1")["id"], "R")
        link = management.query("router.link", "identity", "linkName")[0]
        read = management.read("router.link", identity=link["identity"])
        self.assertEqual(read["linkName"], link["linkName"])

    def test_the_log_tells_requests_and_responses_at_debug(self):
        """MG-222"""
        management = self.asker()
        management.update("log", identity="log/AGENT", enable="debug+")
        management.query("router", "id")
        name = self.unique("d")
        management.create("dummy", name)
        management.update("log", identity="log/AGENT", enable="info+")
        lines = self.router.log_lines(r"AGENT \(debug\) Agent ")
        for pattern in (
                r"Agent request Message\(address=None, properties=\{.*'operation': 'QUERY'.*\}, "
                r"body=\{'attributeNames': \['id'\]\}, reply_to='amqp:/_topo/0/R/temp\..*', "
                r"correlation_id='r\d+', content_type=None\)$",
                r"Agent response: Message\(address='amqp:/_topo/0/R/temp\..*', properties="
                r"\{'statusCode': 200, 'statusDescription': 'OK'\}, body=\{'attributeNames': \['id'\], "
                r"'results': \[\['R'\]\]\}, .*\) Responding to: Message\(.*'QUERY'",
                r"Agent request Message\(.*'operation': 'CREATE'",
                r"Agent response: Message\(.*'statusCode': 201.*%s" % name):
            self.assertTrue([line for line in lines if re.search(pattern, line)],
                            (pattern, lines))

    def test_bytes_that_are_no_message_do_no_harm(self):
        """MG-75"""
        management = self.asker()
        for data in (b"", b"\0", b"\0Su\xa0\x05ab", b"\xff" * 200, b"\0Ss\xc1\xff\xff"):
            outgoing = management.sender.begin()
            if data:
                outgoing.write(data)
            outgoing.finish()
            outgoing.outcome()
        self.assertEqual(management.query("router", "id"), [{"id": "R"}])

    def test_a_request_that_cannot_be_read_is_rejected_with_the_reason(self):
        """MG-77: 500 requests with bytes changed, drawn from a seed, are answered or rejected."""
        seed = int(os.environ.get("MARTLET_SEED", "21"))
        chance = random.Random(seed)
        management = self.asker()
        right = bytearray(Message(
            reply_to=management.receiver.remote_address, correlation_id="c",
            properties={"operation": "QUERY", "entityType": "log", "offset": 1},
            body={"attributeNames": ["module", "enable"]}).encode())
        start = right.index(b"\0Ss")
        states = {"accepted": 0, "rejected": 0}
        for number in range(500):
            bytes_ = bytearray(right)
            for _ in range(chance.randrange(1, 4)):
                bytes_[chance.randrange(start, len(bytes_))] = chance.randrange(256)
            if chance.random() < 0.2:
                del bytes_[chance.randrange(start, len(bytes_)):]
            with self.subTest(seed=seed, number=number):
                outcome = management.sender.send(bytes(bytes_)).outcome()
                states[outcome.state] += 1
                if outcome.state == "rejected":
                    self.assertEqual(outcome.condition, "amqp:decode-error")
                    self.assertTrue(outcome.description)
        self.assertGreater(min(states.values()), 20, states)
        self.assertEqual(self.asker().query("router", "id"), [{"id": "R"}])

    def test_requests_of_many_frames_are_answered(self):
        """MG-77: however their frames come together."""
        management = self.asker()
        anonymous = management.client.sender()
        for number in range(60):
            size = (20_000, 70_000, 100_000, 200_000, 400_000, 900_000)[number % 6]
            request = Message(
                address="$management", reply_to=management.receiver.remote_address,
                correlation_id=number, properties={"operation": "QUERY", "entityType": "log"},
                body={"attributeNames": ["module"], "more": "x" * size})
            sender = management.sender if number % 4 else anonymous
            sent = sender.send(request)
            self.assertEqual(management.receiver.receive().message.correlation_id, number)
            self.assertEqual(sent.outcome().state, "accepted")

    def test_requests_too_large_or_too_deep_are_rejected(self):
        """MG-77"""
        management = self.asker()
        start = b"\0St\xc1\x13\x02\xa1\x09operation\xa1\x05QUERY\0Sw"
        nested = b"\x45"
        while len(nested) < 200_000:
            size = (len(nested) + 4).to_bytes(4, "big")
            nested = b"\xd0" + size + b"\0\0\0\1" + nested
        self.assertEqual(management.sender.send(start + nested).outcome().state, "rejected")
        large = Message(properties={"operation": "QUERY"}, body=b"x" * (2 << 20))
        outcome = management.sender.send(large).outcome()
        self.assertEqual((outcome.state, outcome.condition), ("rejected", "amqp:decode-error"))
        self.assertEqual(management.query("router", "id"), [{"id": "R"}])

    def test_requests_of_any_shape_are_answered(self):
        """MG-78: 400 requests, drawn from a seed."""
        seed = int(os.environ.get("MARTLET_SEED", "20"))
        chance = random.Random(seed)
        management = self.asker()
        types = ["router", "router.link", "connection", "log", "listener", "router.address",
                 "zork", "management", "dummy", "vhost", "router.config.address", "allocator",
                 "router.config.linkRoute", "console", ""]
        operations = ["QUERY", "READ", "CREATE", "UPDATE", "DELETE", "GET-TYPES", "GET-SCHEMA",
                      "GET-LOG", "query", "", "GET-ATTRIBUTES", "CALLME", "PROFILE"]
        odd = [None, True, 0, 1, -1, 10 ** 9, 2 ** 31, 2 ** 62, 2 ** 63 - 1, -2 ** 63, 1.5, "", "self", "x" * 500, symbol("s"), b"\xff\0",
               uuid.UUID(int=1), [1, [2, []]], {"a": {"b": None}}, ulong(2 ** 64 - 1)]

        def value(depth=0):
            kind = chance.randrange(5)
            if kind == 0 and depth < 3:
                return {str(value(9))[:20]: value(depth + 1) for _ in range(3)}
            if kind == 1 and depth < 3:
                return [value(depth + 1) for _ in range(chance.randrange(4))]
            return chance.choice(odd)

        for number in range(400):
            properties = {"operation": chance.choice(operations)}
            for key in ("type", "entityType"):
                if chance.random() < 0.6:
                    properties[key] = chance.choice(["", PREFIX]) + chance.choice(types)
            for key in ("name", "identity", "offset", "count", "limit", "indent", "operation"):
                if chance.random() < 0.2:
                    scalar = chance.choice(odd[:17] + odd[19:])
                    properties[key] = scalar
            if chance.random() < 0.3:
                body = {"attributeNames": value()}
            else:
                body = value()
            with self.subTest(seed=seed, number=number):
                response = self.ask(
                    management, correlation_id=number, properties=properties, body=body)
                self.assertEqual(response.correlation_id, number)
                self.assertIn(
                    response.properties["statusCode"], (200, 201, 204, 400, 403, 404, 500, 501))
        self.assertEqual(management.query("router", "id"), [{"id": "R"}])


class Pages(WireTest):
    def test_a_long_list_comes_in_pages_that_make_it_whole(self):
        """MG-102 to MG-104"""
        client = self.connect()
        receivers = [client.receiver(self.unique("page"), wait=False) for _ in range(150)]
        wait_for(lambda: all(receiver.is_attached for receiver in receivers))
        management = self.management()

        def page(**window):
            return management.call(
                "QUERY", entityType=PREFIX + "router.link",
                body={"attributeNames": ["identity"]}, **window)["results"]
        whole = page()
        parts, offset = [], 0
        while True:
            part = page(offset=offset, count=40)
            parts += part
            offset += len(part)
            if len(part) < 40:
                break
        self.assertGreater(len(whole), 150)
        self.assertEqual(parts, whole)
        self.assertEqual(whole, sorted(whole, key=lambda row: int(row[0])))
        self.assertEqual(page(offset="5", count="2"), whole[5:7])
        self.assertEqual(page(offset=100_000, count=10), [])


if __name__ == "__main__":
    main()
