"""At rest: what a router still has inside when its clients have stopped, which is nothing."""

from waiting import TimedOut, wait_for


def stop(clients):
    """Lets the clients do nothing more: messages that are not whole are aborted, receivers go.
    Gives the senders that go on."""
    senders = []
    for client in clients:
        if client.is_closed or not client.is_open:
            client.kill()
            continue
        for link in client.links:
            if link.is_detached or link.is_closed or not link.is_attached:
                continue
            if not link.link.is_sender:
                link.link.close()
            else:
                for outgoing in link.sent:
                    if not outgoing.is_whole:
                        outgoing.abort()
                senders.append(link)
        client.flush()
    return senders


class Rest:
    """What management shows, beside its own links and its own request."""

    def __init__(self, agent):
        self.agent = agent
        self.own = {agent.sender.name, agent.receiver.name}

    def faults(self):
        """Everything that is left, in words; empty at rest."""
        faults = []
        for row in self.agent.query("allocator"):
            # The request that asks is a message too.
            own = 1 if row["typeName"] == "message_group" else 0
            if row["typeName"] in ("outgoing_delivery", "message_group"):
                if row["heldByThreads"] != own:
                    faults.append("%d %s" % (row["heldByThreads"] - own, row["typeName"]))
        for row in self.links():
            for count in ("unsettledCount", "undeliveredCount"):
                if row[count]:
                    faults.append("%s %s %d" % (row["linkName"], count, row[count]))
        return faults

    def links(self):
        return [row for row in self.agent.query("router.link") if row["linkName"] not in self.own]

    def credit(self, name):
        """Of a sender's link: the credit that it lacks; 0 if there is no such link."""
        for row in self.links():
            if row["linkName"] == name:
                return row["capacity"] - row["creditAvailable"]
        return 0


def assert_at_rest(test, clients):
    """Nothing is inside when all receivers have gone, and every sender has all its credit once
    there is a receiver again."""
    faults = list(_faults(test, stop(clients)))
    if faults:
        raise AssertionError("left inside: " + "; ".join(faults))


def _faults(test, senders):
    rest = Rest(test.management())
    try:
        wait_for(lambda: not rest.faults(), what=lambda: ", ".join(rest.faults()))
    except TimedOut as late:
        yield str(late)
    for sender in senders:
        if sender.address is None or sender.is_closed:
            continue
        receiver = test.connect().receiver(sender.address)
        try:
            wait_for(
                lambda: sender.is_closed or rest.credit(sender.name) == 0,
                what=lambda: "%d credit of %s" % (rest.credit(sender.name), sender.address))
        except TimedOut as late:
            yield str(late)
        receiver.detach()
