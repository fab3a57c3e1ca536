"""What a long configuration file costs."""

from harness import *


class Scale(WireTest):
    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def cost(self, count):
        """Processor time until a router with so many addresses serves, in seconds."""
        router = self.start([
            ("router", dict(mode="standalone", id="S")),
            *(("address", dict(prefix="an/address/of/%d" % number, distribution="closest"))
              for number in range(count))])
        receiver = self.connect(router).receiver("an/address/of/%d/x" % (count - 1), credit=1)
        receiver.client.sender("an/address/of/%d/x" % (count - 1)).send(body="x")
        self.assertEqual(receiver.receive().body, "x")
        return router.processor_seconds()

    def test_ten_thousand_addresses_cost_ten_times_as_much_as_a_thousand(self):
        """Each is put in its place, whatever is there."""
        self.assertLess(self.cost(10_000), 20 * self.cost(1_000))


if __name__ == "__main__":
    main()
