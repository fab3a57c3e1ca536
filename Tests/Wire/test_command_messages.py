"""`martlet send`, `receive`, `request`, `respond` and `bench`, and what they say when it goes
wrong."""

import json
import socket

from command_line import *


class Messages(CommandTest):
    def test_messages_are_sent_and_received_in_order(self):
        """docs/command-line.md, trying out"""
        address = self.unique()
        receiving = self.receiving(address, "-n", "3")
        self.assert_done(self.call("send", address, "one", "two", "three"))
        result = receiving.finish()
        self.assert_done(result)
        self.assertEqual(result.output, "one\ntwo\nthree\n")

    def test_properties_travel(self):
        """docs/command-line.md, trying out"""
        address = self.unique()
        receiving = self.receiving(address, "-n", "1", "--format", "json")
        self.assert_done(self.call(
            "send", address, '{"k": [1, null]}', "--form", "json", "-p", "a=b", "-p", "n:=5",
            "--annotation", "x-opt=1", "--subject", "s", "--correlation-id", "c",
            "--priority", "7", "--ttl", "60000"))
        message = json.loads(receiving.finish().output)
        self.assertEqual(message["body"], {"k": [1, None]})
        self.assertEqual(message["application-properties"], {"a": "b", "n": 5})
        self.assertEqual(message["message-annotations"]["x-opt"], "1")
        self.assertEqual(
            (message["subject"], message["correlation-id"], message["priority"]), ("s", "c", 7))

    def test_lines_are_sent_as_they_come(self):
        """docs/command-line.md, trying out"""
        address = self.unique()
        receiving = self.receiving(address, "-n", "2")
        sending = self.begin("send", address, "--lines", "-", stdin=subprocess.PIPE)
        sending.write("one\n")
        self.assertEqual(receiving.process.stdout.readline(), b"one\n")
        sending.write("two")
        sending.process.stdin.close()
        sending.process.stdin = None
        self.assert_done(sending.finish())
        self.assertEqual(receiving.finish().output, "two\n")

    def test_file_is_one_message_and_becomes_a_file(self):
        """docs/command-line.md, trying out"""
        address = self.unique()
        content = bytes(range(256)) * 400
        source = os.path.join(self.names, "source")
        with open(source, "wb") as file:
            file.write(content)
        receiving = self.receiving(address, "-n", "1", "-o", self.names)
        self.assert_done(self.call("send", address, "--file", source))
        self.assert_done(receiving.finish())
        with open(os.path.join(self.names, "000001"), "rb") as file:
            self.assertEqual(file.read(), content)

    def test_sending_ends_with_3_if_not_all_was_accepted(self):
        """docs/command-line.md, exit codes"""
        for outcome in ("rejected", "released", "modified"):
            address = self.unique()
            receiving = self.receiving(address, "-n", "1", "--outcome", outcome)
            result = self.call("send", address, "x")
            self.assert_done(result, 3)
            # RS-186: what was released undelivered comes back as it is.
            self.assertIn("of 1 message, 1 " + outcome, result.errors)
            self.assert_done(receiving.finish())

    def test_sending_ends_with_4_if_nobody_gives_credit(self):
        """docs/command-line.md, exit codes"""
        result = self.call("send", self.unique(), "x", "-t", "0.3")
        self.assert_done(result, 4)
        self.assertIn("nobody receives", result.errors)

    def test_sending_ends_with_4_if_nobody_settles(self):
        """docs/command-line.md, exit codes"""
        address = self.unique()
        self.connect().receiver(address, credit=5)
        sending = self.begin("send", address, "x", "-t", "0.3")
        wait_for(lambda: sending.process.poll() is not None, what="its end")
        result = sending.finish()
        self.assert_done(result, 4)
        self.assertIn("not settled in time", result.errors)

    def test_presettled_messages_need_no_outcome(self):
        """docs/command-line.md, trying out"""
        address = self.unique()
        receiver = self.connect().receiver(address, credit=5)
        sending = self.begin("send", address, "x", "--presettled")
        got = receiver.receive()
        self.assertTrue(got.is_presettled)
        self.assert_done(sending.finish())

    def test_receiving_ends_with_4_if_time_is_over_before_the_count(self):
        """docs/command-line.md, exit codes"""
        result = self.call("receive", self.unique(), "-n", "1", "--duration", "0.2")
        self.assert_done(result, 4)
        self.assertIn("received 0 of 1", result.errors)
        self.assert_done(self.call("receive", self.unique(), "--idle", "0.2"))

    def test_receiving_takes_no_more_than_the_count(self):
        """docs/command-line.md, trying out"""
        address = self.unique()
        receiving = self.receiving(address, "-n", "2")
        sender = self.connect().sender(address)
        self.assertEqual(sender.credit, 250)
        sent = [sender.send(body=str(number)) for number in range(3)]
        states = [each.outcome().state for each in sent[:2]]
        self.assertEqual(states, ["accepted", "accepted"])
        self.assert_done(receiving.finish())
        self.assertNotEqual(sent[2].outcome().state, "accepted")

    def test_several_addresses_are_received_from_together(self):
        """docs/command-line.md, trying out"""
        first, second = self.unique(), self.unique()
        receiving = self.receiving(first, second, "-n", "3")
        self.wait_for_consumer(second)
        for address, text in ((second, "one"), (first, "two"), (second, "three")):
            self.assert_done(self.call("send", address, text))
        self.assertEqual(receiving.finish().output, "one\ntwo\nthree\n")

    def test_lost_router_ends_it_with_1(self):
        """docs/command-line.md, exit codes"""
        router = self.start()
        receiving = self.begin("receive", "a", to=router.address)
        router.wait_for_log("Link attached: dir=out")
        router.kill()
        result = receiving.finish()
        self.assert_done(result, 1)
        # Reset, if the router had something unread.
        self.assertRegex(result.errors, "ended the connection|Connection reset by peer")

    def test_interrupted_receiving_ends_with_130(self):
        """docs/command-line.md, exit codes"""
        receiving = self.receiving(self.unique())
        receiving.signal()
        self.assert_done(receiving.finish(), 130)

    def test_receiving_ends_when_nobody_reads_its_output(self):
        """docs/command-line.md, exit codes"""
        receiving = self.receiving(self.unique())
        receiving.process.stdout.close()
        receiving.process.stdout = None
        self.assert_done(receiving.finish(), 141)

    def test_message_that_cannot_be_written_is_not_accepted(self):
        """docs/command-line.md: accepted only after it was written"""
        address = self.unique()
        with open("/dev/full", "wb") as full:
            receiving = self.receiving(address, stdout=full)
            self.assert_done(self.call("send", address, "x"), 3)
            self.assert_done(receiving.finish(), 1)

    def test_requests_are_replied_to(self):
        """docs/command-line.md, trying out"""
        address = self.unique()
        responding = self.begin("respond", address, "-n", "2")
        self.wait_for_consumer(address)
        result = self.call("request", address, "one", "two")
        self.assert_done(result)
        self.assertEqual(result.output, "one\ntwo\n")
        self.assert_done(responding.finish())

    def test_requests_get_the_reply_that_was_given(self):
        """docs/command-line.md, trying out"""
        address = self.unique()
        responding = self.begin("respond", address, "pong", "-n", "1", "-q")
        self.wait_for_consumer(address)
        result = self.call("request", address, "ping")
        self.assert_done(result)
        self.assertEqual(result.output, "pong\n")
        self.assert_done(responding.finish())

    def test_request_without_a_reply_ends_with_4(self):
        """docs/command-line.md, exit codes"""
        address = self.unique()
        self.connect().receiver(address, credit=5)
        requesting = self.begin("request", address, "x", "-t", "0.3")
        wait_for(lambda: requesting.process.poll() is not None, what="its end")
        self.assert_done(requesting.finish(), 4)

    def test_bench_measures_what_it_sends(self):
        """docs/command-line.md, trying out"""
        result = self.call("bench", self.unique(), "-n", "500", "--pairs", "2", "--json")
        self.assert_done(result)
        figures = json.loads(result.output)
        self.assertEqual((figures["sent"], figures["received"]), (500, 500))
        latency = figures["latency"]
        self.assertLessEqual(latency["p50"], latency["p99"])
        self.assertLessEqual(latency["p99"], latency["max"])

    def test_bench_keeps_to_a_rate(self):
        """docs/command-line.md, trying out"""
        result = self.call(
            "bench", self.unique(), "--rate", "100", "--duration", "0.5", "--json")
        self.assert_done(result)
        self.assertIn(json.loads(result.output)["sent"], range(25, 53))

    def test_interrupted_bench_tells_what_it_measured(self):
        """docs/command-line.md, exit codes"""
        address = self.unique()
        running = self.begin("bench", address, "--duration", "60", "--rate", "100")
        self.wait_for_delivery(address)
        running.signal()
        result = running.finish()
        self.assert_done(result, 130)
        self.assertIn("received ", result.output)

    def test_bench_draws_a_histogram_on_a_terminal(self):
        """docs/command-line.md, trying out"""
        process, terminal = self.on_terminal("bench", self.unique(), "-n", "200")
        self.assertRegex(shown(terminal, None), r"< +[\d.]+ .s +[\d.]+% █")
        process.wait()


class Errors(CommandTest):
    CONFIGURATION = [("address", dict(prefix="closed", distribution="unavailable"))]

    def test_refused_address_is_told_with_the_reason(self):
        """docs/command-line.md, exit codes"""
        """RS-40"""
        for words in (["send", "closed", "x"], ["receive", "closed"], ["bench", "closed"]):
            self.assertIn("amqp:not-found", self.fails(*words))

    def fails(self, *words, code=1, **how):
        result = self.call(*words, **how)
        self.assert_done(result, code)
        self.assertEqual(result.output, "")
        return result.errors

    def free_port(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            return "127.0.0.1:%d" % other.getsockname()[1]

    def test_no_router_there_is_said_with_the_remedy(self):
        """MG-245, docs/command-line.md, exit codes"""
        """MG-245"""
        port = self.free_port()
        for words in (["status"], ["send", "a", "b"], ["bench"], ["request", "a"]):
            errors = self.fails(*words, to=port)
            self.assertIn("nothing listens on " + port, errors)
            self.assertIn("-b HOST:PORT", errors)
        self.assertIn("ConnectionException: ", self.call("-g", program="qdstat", to=port).output)

    def test_peer_that_says_nothing_times_out(self):
        """MG-240: -t"""
        """MG-245"""
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            place = "127.0.0.1:%d" % silent.getsockname()[1]
            self.assertIn("did not answer in time", self.fails("status", "-t", "0.3", to=place))
            self.fails("receive", "a", "-t", "0.3", to=place, code=4)

    def test_peer_that_speaks_something_else_is_not_waited_for(self):
        """docs/command-line.md, exit codes"""
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            place = "127.0.0.1:%d" % other.getsockname()[1]
            running = self.begin("status", to=place)
            peer, _ = other.accept()
            with peer:
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                result = running.finish()
        self.assert_done(result, 1)
        self.assertIn("Expected AMQP", result.errors)

    def test_unknown_words_are_told_with_a_guess(self):
        """docs/command-line.md, exit codes"""
        self.assertIn("did you mean 'receive'?", self.fails("recieve", code=2))
        self.assertIn("martlet --help", self.fails("zork", code=2))
        self.assertIn("unrecognized option '--zork'", self.fails("links", "--zork", code=2))

    def test_wrong_arguments_are_told(self):
        """docs/command-line.md, exit codes"""
        for words, text in (
            (["send"], "Give an address"), (["receive"], "Give an address"),
            (["send", "a", "--rate", "x"], "--rate"), (["send", "a", "-n", "-1"], "--count"),
            (["receive", "a", "--format", "x"], "body, full, json"),
            (["send", "a", "-p", "x"], "NAME=VALUE"), (["bench", "a", "b"], "b"),
            (["links", "--csv", "--json"], "not allowed with"),
        ):
            errors = self.fails(*words, code=2)
            self.assertIn(text, errors, words)
            self.assertIn("Usage: martlet " + words[0], errors)

    def test_file_that_is_not_there_is_named(self):
        """docs/command-line.md, exit codes"""
        self.assertIn("cannot open /zork/x", self.fails("send", "a", "-f", "/zork/x"))
        self.assertIn("/zork/x", self.fails("status", "--ssl-trustfile", "/zork/x"))

    def test_router_without_tls_is_told(self):
        """MG-241, docs/command-line.md, exit codes"""
        errors = self.fails("status", to="amqps://127.0.0.1:%d" % self.router.port)
        self.assertIn("TLS", errors)

    def test_password_goes_with_plain_and_a_refusal_is_told(self):
        """MG-241"""
        """MG-241"""
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            place = "127.0.0.1:%d" % server.getsockname()[1]
            running = self.begin(
                "status", "--sasl-username", "joe", "--sasl-password", "secret", to=place)
            peer, _ = server.accept()
            with peer, peer.makefile("rb") as bytes:
                self.assertEqual(bytes.read(8), SASL_HEADER)
                peer.sendall(SASL_HEADER + frame(
                    "sasl-mechanisms", kind=1, sasl_server_mechanisms=symbol("PLAIN")))
                size = bytes.read(4)
                init = Frame(size + bytes.read(int.from_bytes(size, "big") - 4))
                self.assertEqual((init["mechanism"], init["initial-response"]),
                                 ("PLAIN", b"\0joe\0secret"))
                peer.sendall(frame("sasl-outcome", kind=1, code=1))
                result = running.finish()
        self.assert_done(result, 1)
        self.assertIn("Check --sasl-username", result.errors)

    def test_misspelt_attributes_and_types_are_guessed(self):
        """MG-250"""
        """MG-250"""
        self.assertIn("did you mean 'port'?", self.fails("create", "--type", "listener", "prot=1"))
        self.assertIn("did you mean 'org.apache.qpid.dispatch.listener'?",
                      self.fails("create", "--type", "listner", "port=1"))

    def test_output_that_cannot_be_written_is_an_error(self):
        """docs/command-line.md, exit codes"""
        with open("/dev/full", "wb") as full:
            running = self.begin("links", stdout=full)
            result = running.finish()
        self.assert_done(result, 1)
        self.assertIn("cannot write the output", result.errors)

    def test_help_is_there_for_every_command(self):
        """docs/command-line.md"""
        listed = self.call("--help", to="").output
        self.assertIn("bench", listed)
        for line in listed.splitlines():
            words = line.split()
            if line.startswith("  ") and not line.startswith("   ") and words:
                result = self.call(words[0], "--help", to="")
                self.assert_done(result)
                self.assertIn("Usage: martlet " + words[0], result.output)


if __name__ == "__main__":
    main()
