"""Links over Proton's engine, as tests attach them. See `harness` for the tour."""

import itertools
import uuid

from proton import Endpoint, Event, Link, Message, Terminus

from deliveries import Incoming, Outcome, Outgoing


class Refused(AssertionError):
    """A link or connection was closed by the other side with an error."""

    def __init__(self, what, condition):
        self.name = condition.name if condition else None
        self.description = condition.description if condition else None
        super().__init__("%s: %s: %s" % (what, self.name, self.description))


class LinkBase:
    """What senders and receivers have in common. `link` is Proton's own."""

    def __init__(self, client, link):
        self.client = client
        self.link = link
        #: This side has detached it; Proton's link may be gone.
        self.is_detached = False
        #: What the terminus on the router's side was asked to be.
        self.address = None
        link.harness = self
        client.links.append(self)

    @classmethod
    def attach(cls, client, address, wait, session=None, name=None, dynamic=False,
               capabilities=None, durability=None, expiry=None, timeout=None, filters=None,
               outcomes=None, distribution_mode=None, node_properties=None, other=None,
               coordinator=False, null=False, snd_settle_mode=None, rcv_settle_mode=None,
               max_message_size=None, properties=None, setup=None):
        """Attaches a link. The terminus on the router's side takes `address`, `dynamic`,
        `capabilities`, `durability`, `expiry`, `timeout`, `filters`, `outcomes`,
        `distribution_mode`, `node_properties`; `null` leaves it out, `coordinator` makes it a
        coordinator. `other` is the address of the terminus on this side. `setup` is called with
        Proton's link before it is opened."""
        session = session or client.default_session
        name = name if name is not None else str(uuid.uuid4())
        link = session.sender(name) if cls is Sender else session.receiver(name)
        wrapper = cls(client, link)
        wrapper.address = address
        near = link.source if cls is Sender else link.target
        far = link.target if cls is Sender else link.source
        near.address = other
        if null:
            far.type = Terminus.UNSPECIFIED
        elif coordinator:
            far.type = Terminus.COORDINATOR
        else:
            far.type = Terminus.TARGET if cls is Sender else Terminus.SOURCE
            far.address = address
        _fill(far, dynamic, durability, expiry, timeout, distribution_mode)
        for data, value in (
                (far.capabilities, capabilities), (far.filter, filters), (far.outcomes, outcomes),
                (far.properties, node_properties)):
            if value is not None:
                data.put_object(value)
        if snd_settle_mode is not None:
            link.snd_settle_mode = snd_settle_mode
        if rcv_settle_mode is not None:
            link.rcv_settle_mode = rcv_settle_mode
        if max_message_size is not None:
            link.max_message_size = max_message_size
        if properties is not None:
            link.properties = properties
        if setup:
            setup(link)
        link.open()
        if wait:
            client.wait_for(
                lambda: link.state & (Endpoint.REMOTE_ACTIVE | Endpoint.REMOTE_CLOSED),
                what="an attach of %r" % address)
            # A refusal is an attach with a null terminus, then a detach.
            remote = link.remote_target if cls is Sender else link.remote_source
            if remote.type == Terminus.UNSPECIFIED and not null:
                client.wait_for(lambda: wrapper.is_closed, what="a refusal's detach")
            if wrapper.is_closed:
                raise Refused("attach of %r" % address, link.remote_condition)
        return wrapper

    @property
    def name(self):
        return self.link.name

    @property
    def is_attached(self):
        return bool(self.link.state & Endpoint.REMOTE_ACTIVE)

    @property
    def is_closed(self):
        """The other side has detached it."""
        return bool(self.link.state & Endpoint.REMOTE_CLOSED)

    @property
    def error(self):
        return self.link.remote_condition

    @property
    def credit(self):
        """Credit as this side knows it."""
        return self.link.credit

    @property
    def remote_address(self):
        """The address in the other side's attach: that of a dynamic node, or the echo."""
        remote = self.link.remote_target if self.link.is_sender else self.link.remote_source
        return remote.address

    def detach(self, closed=True, wait=True):
        """Detaches (with `closed=False`, without closing) and waits for the answer."""
        self.is_detached = True
        detached = self.client.events.count(Event.LINK_REMOTE_DETACH)
        (self.link.close if closed else self.link.detach)()
        if wait:
            self.client.wait_for(
                lambda: self.is_closed if closed
                else self.client.events.count(Event.LINK_REMOTE_DETACH) > detached,
                what="the answer to a detach")
        self.link.free()

    def wait_closed(self, deadline=None):
        """Waits for the other side's detach; gives its condition."""
        self.client.wait_for(lambda: self.is_closed, deadline, "a detach")
        return self.link.remote_condition


def _fill(terminus, dynamic, durability, expiry, timeout, distribution_mode):
    if dynamic:
        terminus.dynamic = True
    if durability is not None:
        terminus.durability = durability
    if expiry is not None:
        terminus.expiry_policy = expiry
    if timeout is not None:
        terminus.timeout = timeout
    if distribution_mode is not None:
        terminus.distribution_mode = distribution_mode


class Sender(LinkBase):
    """A link to send on."""

    def __init__(self, client, link):
        super().__init__(client, link)
        self.tags = itertools.count(1)
        self.settles_first = False
        self.sent = []

    def delivered(self, delivery):
        outgoing = getattr(delivery, "harness", None)
        if outgoing is not None:
            outgoing.updated()

    def wait_credit(self, count=1, deadline=None):
        """Waits until there is credit for `count` deliveries."""
        self.client.wait_for(
            lambda: self.link.credit >= count, deadline,
            lambda: "%d credits; there are %d" % (count, self.link.credit))
        return self

    def begin(self, tag=None, presettled=False):
        """Begins a message to be written in pieces."""
        tag = tag if tag is not None else str(next(self.tags))
        delivery = self.link.delivery(tag)
        outgoing = Outgoing(self, delivery)
        delivery.harness = outgoing
        self.settles_first = presettled or self.link.snd_settle_mode == Link.SND_SETTLED
        self.sent.append(outgoing)
        return outgoing

    def send(self, message=None, presettled=False, tag=None, wait=True, **fields):
        """Sends a Message, encoded bytes, or a Message of the given fields (`body=…`). Waits for
        credit unless `wait=False`. Gives the `Outgoing`."""
        if wait:
            self.wait_credit(1)
        if message is None:
            message = Message(**fields)
        data = message.encode() if isinstance(message, Message) else message
        outgoing = self.begin(tag, presettled)
        outgoing.write(data).finish()
        self.client.flush()
        return outgoing

    def drained(self):
        """Answers a drain of the other side."""
        return self.link.drained()

    @property
    def is_draining(self):
        """The other side wants the credit used up."""
        return self.link.drain_mode


class Receiver(LinkBase):
    """A link to receive from. Deliveries gather in `deliveries` in the order of their arrival;
    `receive` takes them one by one.

    `answer` is what is done with each complete delivery by itself: a function of the `Incoming`,
    such as `Incoming.accept`; None does nothing. `refills` gives a credit back for each. With
    `takes = False` bytes stay in Proton, so that the session's window closes; with
    `keeps = False` they are counted and thrown away.
    """

    def __init__(self, client, link):
        super().__init__(client, link)
        self.deliveries = []
        self.taken = 0
        self.answer = None
        self.refills = False
        self.takes = True
        self.keeps = True
        self._current = None

    def delivered(self, delivery):
        incoming = getattr(delivery, "harness", None)
        if incoming is None:
            incoming = Incoming(self, delivery)
            delivery.harness = incoming
            self.deliveries.append(incoming)
        if delivery.updated and delivery.remote_state:
            incoming.remote = Outcome(delivery)
        if delivery.settled:
            incoming.is_settled = True
        if not incoming.is_complete and not incoming.is_aborted and self.takes:
            self._take(incoming)

    def _take(self, incoming):
        delivery = incoming.delivery
        if delivery.aborted:
            incoming.is_aborted = True
            incoming.settle()
            return
        if not delivery.readable:
            return
        while delivery.pending:
            data = self.link.recv(delivery.pending)
            if not data:
                break
            incoming.take(data)
        if delivery.partial:
            return
        incoming.is_complete = True
        self.link.advance()
        if self.refills:
            self.link.flow(1)
        if self.answer:
            self.answer(incoming)

    def take(self):
        """Takes what Proton holds, for receivers with `takes = False`; they take on from then."""
        self.takes = True
        for incoming in list(self.deliveries):
            if not incoming.is_complete and not incoming.is_aborted:
                self._take(incoming)

    def flow(self, credit):
        """Gives credit, at once."""
        self.link.flow(credit)
        self.client.flush()
        return self

    def drain(self, credit=0, deadline=None):
        """Asks for the credit to be used up and waits until it is; gives how many deliveries
        have come meanwhile."""
        before = len(self.deliveries)
        self.link.drain(credit)
        self.client.wait_for(lambda: not self.link.draining(), deadline, "a drain's answer")
        self.link.drain_mode = False
        return len(self.deliveries) - before

    def receive(self, deadline=None, complete=True):
        """The next delivery, waited for to its end (unless `complete=False`)."""
        self.client.wait_for(
            lambda: len(self.deliveries) > self.taken and (
                not complete or self.deliveries[self.taken].is_complete), deadline,
            lambda: "a delivery on %r; so far %d" % (self.remote_address, len(self.deliveries)))
        self.taken += 1
        return self.deliveries[self.taken - 1]

    def wait_count(self, count, deadline=None):
        """Waits until `count` deliveries in all are complete."""
        self.client.wait_for(
            lambda: self.complete_count >= count, deadline,
            lambda: "%d deliveries; there are %d" % (count, self.complete_count))
        return self.deliveries

    @property
    def complete_count(self):
        while (self._complete < len(self.deliveries)
               and self.deliveries[self._complete].is_complete):
            self._complete += 1
        return self._complete

    _complete = 0
