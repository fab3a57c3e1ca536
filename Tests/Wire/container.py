"""A route container of the tests' own: what a broker does, and what it does rarely."""

from proton import Condition, Terminus

from client import Client
from links import Receiver, Sender


class Container(Client):
    """A connection that answers the links that a router attaches to it.

    With `accepts=False` they wait for `answer` or `refuse`.
    """

    def __init__(self, *place, accepts=True, **how):
        super().__init__(*place, open=False, **how)
        self.accepts_links = accepts
        if not self.is_server:
            self.open()

    def nodes(self, kind):
        """The links of one kind that the router has attached, by the name of their node."""
        found = {}
        for link in self.accepted_links:
            if isinstance(link, kind):
                node = link.link.remote_target if kind is Receiver else link.link.remote_source
                found.setdefault(node.address, []).append(link)
        return found

    def _link(self, kind, node, number):
        self.wait_for(
            lambda: len(self.nodes(kind).get(node, [])) >= number,
            what="link %d of the router's for %r" % (number, node))
        return self.nodes(kind)[node][number - 1]

    def receiver_of(self, node, credit=0, number=1):
        """The link on which the router sends to a node here, waited for; the `number`th of them."""
        link = self._link(Receiver, node, number)
        if credit:
            link.flow(credit)
        return link

    def sender_of(self, node, number=1):
        """The link on which the router receives from a node here, waited for."""
        return self._link(Sender, node, number)

    @staticmethod
    def answer(link, **termini):
        """Attaches our end, with `source` or `target` as the address of another node."""
        for side, address in termini.items():
            getattr(link.link, side).address = address
        link.link.open()

    @staticmethod
    def refuse(link, name, description=None):
        """Answers with a null terminus of ours and a detach."""
        near = link.link.source if link.link.is_sender else link.link.target
        near.type = Terminus.UNSPECIFIED
        link.link.open()
        Container.let_go(link, name, description)

    @staticmethod
    def let_go(link, name=None, description=None):
        """Detaches our end for good."""
        if name:
            link.link.condition = Condition(name, description)
        link.link.close()
