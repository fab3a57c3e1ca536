"""What routers tell each other of themselves: numbers, lives, addresses, silence."""

import tempfile

from neighbour import *

MOST = 2 ** 62


def met(test):
    """A played neighbour B of a router A of its own, once each knows the other; and that router."""
    b = Neighbour(test, "B", {"A": 1})
    network = test.build("A", [])
    network.links = [("A", "B", 1, b.port)]
    network.restart("A")
    b.meet()
    test.addCleanup(b.client.kill)
    network["A"].wait_for_log("Neighbour B is up")
    return b, network["A"]


class Numbers(NetworkTest):
    NAMES = "A"
    LINKS = []

    def test_numbers_out_of_range_are_refused_by_name_and_end_nothing(self):
        """IR 3.2"""
        b, router = met(self)
        for number in (2 ** 63 - 1, MOST + 1, -1, -2 ** 63):
            b.say("_topo/0/A/qdrouter.ma", "MAR", have_seq=number)
            b.say("_topo/0/A/qdrouter.ma", "MAU", mobile_seq=number, exist=[])
            b.say("_topo/0/A/qdrouter.ma", "MAU", mobile_seq=1, exist=["M0x"], hints=[number])
            for field in ("instance", "ls_seq", "mobile_seq"):
                fields = dict(instance=1, ls_seq=1, mobile_seq=1)
                fields[field] = number
                b.say("_topo/0/all/qdrouter", "RA", **fields)
                b.say("_topo/0/all/qdrouter", "RA", id="A", **fields)
            b.say("_topo/0/A/qdrouter", "LSU", ls_seq=1, ls={
                "id": "B", "area": "0", "ls_seq": number, "peers": {"A": number}})
        for number in (MOST, MOST - 1):
            b.say("_topo/0/A/qdrouter.ma", "MAR", have_seq=number)
            b.say("_topo/0/all/qdrouter", "RA", id="A", instance=1, ls_seq=number,
                  mobile_seq=number)
        for line in (
                "MAR of B has 'have_seq' 9223372036854775807, which is not from 0 to",
                "MAU of B has 'mobile_seq' -1, which is not from 0 to",
                "MAU of B has the hint -1, which is not from 0 to 255",
                "RA of B has 'ls_seq' 4611686018427387905, which is not from 0 to",
                "LSU of B has 'ls_seq' -9223372036854775808, which is not from 0 to"):
            self.assertTrue(router.wait_for_log(line), line)
        self.connect(router).fence()
        self.assertNotIn("is lost", router.log_text())


class Lives(NetworkTest):
    """IR 3.7: a router whose clock is set back between two starts."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def line(self, **attributes):
        """C is at the end of a line, and in a life that began in the year 2286."""
        network = self.build("", [("B", "A"), ("C", "B")])
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.state = directory.name + "/life"
        self.begin(9999999999999)
        network.attributes["C"] = dict(stateFile=self.state)
        for name in "ABC":
            network.start(name)
        network.wait_joined("ABC")
        return network

    def begin(self, instance):
        with open(self.state, "w") as file:
            file.write("instance %d\n" % instance)

    @property
    def instance(self):
        with open(self.state) as file:
            word, number = file.read().split()
        self.assertEqual(word, "instance")
        return int(number)

    def assert_reached(self, network):
        network.wait_joined("ABC", deadline=5)
        text = network["B"].log_text()
        self.assertNotIn("is lost", text[text.index("is up", text.index("has restarted")):])
        self.assertNotIn("Two routers have the ID", text)

    def test_it_is_reached_at_once_because_its_neighbours_say_what_life_it_was_in(self):
        network = self.line()
        former = self.instance
        self.assertGreater(former, 9999999999999)
        network.attributes["C"] = {}
        network.restart("C")
        self.assertTrue(network["C"].wait_for_log(
            "Neighbours know this router by the later instance %d" % former))
        self.assert_reached(network)

    def test_with_a_state_file_it_begins_a_later_life_without_being_told(self):
        network = self.line()
        former = self.instance
        network.restart("C")
        self.assertGreater(self.instance, former)
        self.assert_reached(network)
        self.assertNotIn("later instance", network["C"].log_text())

    def test_a_state_file_that_is_none_is_named_and_written_anew(self):
        network = self.line()
        with open(self.state, "w") as file:
            file.write("nonsense\n")
        network.restart("C")
        self.assertTrue(network["C"].wait_for_log(
            "stateFile %s cannot be read, or is not the router's" % self.state))
        self.assertGreater(self.instance, 0)
        network.attributes["C"] = dict(stateFile=self.state + "/below")
        network.restart("C")
        self.assertTrue(network["C"].wait_for_log(
            "stateFile %s/below cannot be written" % self.state))


class News(NetworkTest):
    def test_a_new_consumer_is_known_to_other_routers_at_once(self):
        """IR-60: that changes are told once a second is asked by a qdrouterd alone."""
        sender = self.at("A").sender(None)
        start = time.monotonic()
        for number in range(8):
            address = self.unique("a")
            self.at("B").receiver(address, credit=10).answer = Incoming.accept
            wait_for(lambda: sender.send(
                Message(address=address, body="x")).outcome().state == "accepted")
        # At one a second, seven.
        self.assertLess(time.monotonic() - start, 3 * PATIENCE)


class Silence(NetworkTest):
    NAMES = "A"
    LINKS = []

    def test_a_trunk_on_which_no_hello_comes_is_cut_and_dialled_anew(self):
        """IR 3.4"""
        b, router = met(self)
        b.is_mute = True
        self.assertTrue(router.wait_for_log("No HELLO of the neighbour comes in", 20))
        b.is_mute = False
        b.meet()
        self.assertTrue(router.wait_for_log("Neighbour B is up on connection \\[C2\\]"))


if __name__ == "__main__":
    main()
