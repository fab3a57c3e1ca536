"""An interior router of the protocol's first implementation, played here."""

from network import *


class Neighbour:
    """Plays an interior router that one Martlet has dialled: its links, HELLO, RA and LSU."""

    def __init__(self, test, name, peers):
        self.name = name
        self.peers = peers
        self.acceptor = Acceptor(container=name)
        self.port = self.acceptor.port
        test.addCleanup(self.acceptor.close)
        self.client = None
        #: The number of the last MAU.
        self.told = 0
        #: It hears, and says nothing.
        self.is_mute = False

    def meet(self):
        self.client = self.acceptor.accept()
        links = self.client.accepted_links
        self.client.wait_for(lambda: len(links) == 22, what="all links")
        senders = [each for each in links if isinstance(each, Sender)]
        receivers = [each for each in links if isinstance(each, Receiver)]
        self.control, self.data = senders[0], senders[5]
        #: Where messages come in, by priority.
        self.inlets = receivers[1:]
        for each in receivers:
            each.refills = True
            each.flow(250)
        receivers[0].answer = self.hear
        self.control.wait_credit()
        self.data.wait_credit()

    def hear(self, incoming):
        message = incoming.message
        incoming.accept()
        if self.is_mute:
            return
        opcode = message.properties["opcode"]
        if opcode == "HELLO":
            self.say("_local/qdhello", "HELLO", seen=[message.body["id"]])
            self.say("_topo/0/all/qdrouter", "RA", ls_seq=1, mobile_seq=self.told)
        elif opcode == "LSR" and "/%s/" % self.name in message.address:
            self.say("_topo/0/A/qdrouter", "LSU", ls_seq=1, ls={
                "id": self.name, "area": "0", "ls_seq": 1, "peers": self.peers})

    def say(self, to, opcode, **fields):
        body = {"id": self.name, "area": "0", "pv": 1, "instance": 7, **fields}
        self.control.send(
            Message(
                address="amqp:/" + to, properties={"opcode": opcode}, body=body,
                annotations={
                    symbol("x-opt-qd.ingress"): "0/" + self.name,
                    symbol("x-opt-qd.trace"): ["0/" + self.name]}),
            presettled=True, wait=False)

    def announce(self, *addresses):
        """Says that there are consumers of these here."""
        self.told += 1
        self.say("_topo/0/all/qdrouter.ma", "MAU", mobile_seq=self.told, **{
            "add": ["M0" + each for each in addresses], "del": []})

    def hand(self, address, body, trace, stamp=None, phase=None):
        """Sends a message on the data link of default priority."""
        annotations = {
            symbol("x-opt-qd.to"): address, symbol("x-opt-qd.ingress"): trace[0],
            symbol("x-opt-qd.trace"): trace}
        if stamp is not None:
            annotations[symbol("x-opt-qd.class")] = ulong(stamp)
        if phase is not None:
            annotations[symbol("x-opt-qd.phase")] = phase
        return self.data.send(Message(body=body, annotations=annotations))
