"""Proton's engine under exact control: connections, links and deliveries that do what the test says
and nothing else. See `harness` for the tour."""

import itertools
import socket as sockets
import struct
import time
import uuid

from proton import (
    Collector, Condition, Connection, Delivery, Endpoint, Event, Link, Message, Terminus, Transport)

from waiting import pump, wait_for

_numbers = itertools.count(1)


class Refused(AssertionError):
    """A link or connection was closed by the other side with an error."""

    def __init__(self, what, condition):
        self.name = condition.name if condition else None
        self.description = condition.description if condition else None
        super().__init__("%s: %s: %s" % (what, self.name, self.description))


class Disconnected(AssertionError):
    """The socket was closed."""


class Client:
    """A connection to a router (or, from `Acceptor`, one that a router has made).

    `sasl` is the list of mechanisms as one text ("ANONYMOUS"), or None for a connection without a
    SASL layer. Unless `open=False`, waits for the router's open. Everything sent is on its way when
    the next wait begins; `flush()` sends it now.
    """

    def __init__(self, router=None, port=None, host=None, open=True, sasl="ANONYMOUS", user=None,
                 password=None, container=None, hostname=None, properties=None, offered=None,
                 desired=None, idle_timeout=None, max_frame_size=None, channel_max=None,
                 trace=True, settles=True, ssl_domain=None, socket=None):
        self.is_server = socket is not None
        self.settles = settles
        self.frames = []
        self.is_broken = False
        self.is_reading = True
        self.events = []
        self._session = None
        self.transport = Transport(Transport.SERVER if self.is_server else Transport.CLIENT)
        self.connection = Connection()
        self.connection.container = (
            container if container is not None else "client-%d" % next(_numbers))
        if hostname is not None:
            self.connection.hostname = hostname
        if user is not None:
            self.connection.user = user
        if password is not None:
            self.connection.password = password
        if properties is not None:
            self.connection.properties = properties
        if offered is not None:
            self.connection.offered_capabilities = offered
        if desired is not None:
            self.connection.desired_capabilities = desired
        if idle_timeout is not None:
            self.transport.idle_timeout = idle_timeout
        if max_frame_size is not None:
            self.transport.max_frame_size = max_frame_size
        if channel_max is not None:
            self.transport.channel_max = channel_max
        if ssl_domain is not None:
            self.transport.ssl(ssl_domain)
        if sasl is not None:
            layer = self.transport.sasl()
            layer.allow_insecure_mechs = True
            layer.allowed_mechs(sasl)
        if trace:
            self.transport.tracer = lambda _, text: self.frames.append(text)
            self.transport.trace(Transport.TRACE_FRM)
        self.collector = Collector()
        self.connection.collect(self.collector)
        self.transport.bind(self.connection)
        if socket is None:
            if port is None:
                port = router if isinstance(router, int) else router.port
            if host is None:
                host = "127.0.0.1" if router is None or isinstance(router, int) else router.host
            socket = sockets.create_connection((host, port), timeout=10)
        socket.setblocking(False)
        socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        self.socket = socket
        self.next_tick = None
        self.accepted_links = []
        self.accepts_links = True
        pump.add(self)
        if open and not self.is_server:
            self.open()

    # Life

    def open(self, wait=True):
        self.connection.open()
        if wait:
            self.wait_for(lambda: self.is_open, what="the router's open")
        return self

    @property
    def is_open(self):
        """The other side's open has arrived."""
        return bool(self.connection.state & (Endpoint.REMOTE_ACTIVE | Endpoint.REMOTE_CLOSED))

    @property
    def is_closed(self):
        """The other side's close has arrived, or the socket is gone."""
        return self.is_broken or bool(self.connection.state & Endpoint.REMOTE_CLOSED)

    @property
    def error(self):
        """The condition of the other side's close, else Proton's own of the transport."""
        return self.connection.remote_condition or self.transport.condition

    def close(self, condition=None, description=None, wait=True):
        """Closes, waits for the answer, and closes the socket."""
        if condition:
            self.connection.condition = Condition(condition, description)
        self.connection.close()
        if wait and not self.is_broken:
            wait_for(lambda: self.is_closed, what="the router's close")
        self.kill()

    def kill(self, reset=False):
        """Closes the socket without a word; with `reset` so that the kernel sends RST."""
        pump.remove(self)
        if self.socket is None:
            return
        if reset:
            self.socket.setsockopt(
                sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        self.socket = None
        self.is_broken = True

    def wait_closed(self, deadline=None):
        """Waits until the other side has closed; gives the condition, or None."""
        wait_for(lambda: self.is_closed, deadline, "the connection's end")
        return self.error

    def wait_broken(self, deadline=None):
        """Waits for the end of the stream."""
        wait_for(lambda: self.is_broken, deadline, "the end of the stream")
        return self.error

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.kill()

    # Input and output

    def wait_for(self, condition, deadline=None, what=None):
        """As `waiting.wait_for`, but fails at once when the connection is lost."""
        def asked():
            value = condition()
            if not value and self.is_closed:
                raise Disconnected("%s: connection ended while waiting for %s" % (
                    self.error, what() if callable(what) else what))
            return value
        return wait_for(asked, deadline, what)

    def flush(self):
        """Writes what the socket takes now."""
        if not self.is_broken:
            self._write()

    def sync(self):
        """A round trip to the router on this connection: whatever it wrote before has arrived."""
        session = self.connection.session()
        session.open()
        self.wait_for(lambda: session.state & Endpoint.REMOTE_ACTIVE, what="a round trip")
        session.close()
        self.wait_for(lambda: session.state & Endpoint.REMOTE_CLOSED, what="a round trip")
        session.free()

    def fence(self):
        """A round trip through all of the router: control loop, the connection's worker, a
        delivery. What the router was to do before it, it has done, on this connection's worker."""
        name = self.receiver(dynamic=True, credit=1)
        sender = self.sender(None)
        sender.send(Message(address=name.remote_address, body="fence"))
        name.receive().accept()
        sender.detach()
        name.detach()

    @property
    def wants_read(self):
        return not self.is_broken and self.is_reading and self.transport.capacity() > 0

    @property
    def wants_write(self):
        return not self.is_broken and self.transport.pending() > 0

    def serve(self, readable, writable):
        if self.is_broken:
            return
        if readable:
            self._read()
        self._dispatch()
        self._tick()
        self._write()
        self._dispatch()

    def _tick(self):
        due = self.transport.tick(time.monotonic())
        self.next_tick = due if due else None

    def _read(self):
        capacity = self.transport.capacity()
        if capacity <= 0:
            return
        try:
            data = self.socket.recv(min(capacity, 1 << 20))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.transport.push(data)
        else:
            self._broke()

    def _write(self):
        while not self.is_broken:
            pending = self.transport.pending()
            if pending <= 0:
                if pending < 0:
                    self._broke()
                return
            try:
                self.transport.pop(self.socket.send(self.transport.peek(pending)))
            except BlockingIOError:
                return
            except OSError:
                self._broke()

    def _broke(self):
        self.transport.close_tail()
        self._dispatch()
        self.kill()

    def _dispatch(self):
        while True:
            event = self.collector.peek()
            if event is None:
                return
            self.events.append(event.type)
            if event.type == Event.DELIVERY:
                self._delivered(event.delivery)
            elif event.type == Event.LINK_REMOTE_OPEN and event.link.state & Endpoint.LOCAL_UNINIT:
                self._accept_link(event.link)
            elif event.type == Event.SESSION_REMOTE_OPEN and (
                    event.session.state & Endpoint.LOCAL_UNINIT):
                event.session.open()
            elif event.type == Event.CONNECTION_REMOTE_OPEN and (
                    self.is_server and event.connection.state & Endpoint.LOCAL_UNINIT):
                event.connection.open()
            self.collector.pop()

    def _delivered(self, delivery):
        link = getattr(delivery.link, "harness", None)
        if link is not None:
            link.delivered(delivery)

    def _accept_link(self, link):
        """A link that the other side begins: answered with its own termini."""
        wrapper = (Sender if link.is_sender else Receiver)(self, link)
        link.source.copy(link.remote_source)
        link.target.copy(link.remote_target)
        self.accepted_links.append(wrapper)
        if self.accepts_links:
            link.open()

    # What the other side said

    @property
    def remote_properties(self):
        return self.connection.remote_properties

    def frames_like(self, text, direction="<-"):
        """Frames of the trace that have `text`; `direction` is `<-` (from the router) or `->`."""
        return [frame for frame in self.frames if direction in frame and text in frame]

    # Sessions and links

    def session(self, incoming_capacity=None):
        """A new session; links take one by `session=`."""
        session = self.connection.session()
        if incoming_capacity:
            session.incoming_capacity = incoming_capacity
        session.open()
        return session

    @property
    def default_session(self):
        if self._session is None or self._session.state & Endpoint.LOCAL_CLOSED:
            self._session = self.session()
        return self._session

    def end(self, session, wait=True):
        session.close()
        if wait:
            self.wait_for(
                lambda: session.state & Endpoint.REMOTE_CLOSED, what="the session's end")

    def sender(self, address=None, wait=True, **how):
        """A link to send on, attached in full; None is an anonymous one. See `Link.attach`."""
        return Sender.attach(self, address, wait, **how)

    def receiver(self, address=None, credit=0, wait=True, **how):
        """A link to receive from, attached in full, with `credit` given."""
        receiver = Receiver.attach(self, address, wait, **how)
        if credit:
            receiver.flow(credit)
        return receiver

    def refusal(self, kind, address=None, **how):
        """Attaches a "sender" or "receiver" that is to be refused; gives the `Refused`, whose
        `link` is the refused one."""
        link = (Sender if kind == "sender" else Receiver).attach(self, address, False, **how)
        self.wait_for(lambda: link.is_closed, what="the refusal")
        condition = link.link.remote_condition
        assert condition is not None, "the link was closed without an error"
        refused = Refused("attach", condition)
        refused.link = link
        return refused


class LinkBase:
    """What senders and receivers have in common. `link` is Proton's own."""

    def __init__(self, client, link):
        self.client = client
        self.link = link
        link.harness = self

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


class Outcome:
    """A delivery's state as the other side has put it, copied so that it outlives the delivery."""

    NAMES = {0: None, Delivery.RECEIVED: "received", Delivery.ACCEPTED: "accepted",
             Delivery.REJECTED: "rejected", Delivery.RELEASED: "released",
             Delivery.MODIFIED: "modified"}

    def __init__(self, delivery):
        remote = delivery.remote
        self.state = self.NAMES.get(int(remote.type), int(remote.type))
        self.failed = remote.failed
        self.undeliverable = remote.undeliverable
        self.annotations = remote.annotations
        condition = remote.condition
        self.condition = condition.name if condition else None
        self.description = condition.description if condition else None
        self.info = condition.info if condition else None
        self.section_number = remote.section_number
        self.section_offset = remote.section_offset
        self.data = remote.data

    def __repr__(self):
        return "<%s %s %s>" % (self.state, self.condition or "", self.description or "")


class Outgoing:
    """A delivery that this side sends."""

    def __init__(self, sender, delivery):
        self.sender = sender
        self.delivery = delivery
        self.is_settled = False
        self.is_locally_settled = False
        self._outcome = None

    def updated(self):
        if self.delivery.remote_state:
            self._outcome = Outcome(self.delivery)
        if self.delivery.settled:
            self.is_settled = True
            if self.sender.client.settles:
                self.settle()

    @property
    def state(self):
        """The name of the state known now ("accepted", …), or None."""
        return self._outcome.state if self._outcome else None

    def outcome(self, deadline=None, settled=True):
        """Waits for the outcome (and, unless `settled=False`, the settlement)."""
        self.sender.client.wait_for(
            lambda: self.is_settled if settled else self._outcome, deadline,
            lambda: "an outcome; %s" % self)
        return self._outcome

    def settle(self):
        if not self.is_locally_settled:
            self.is_locally_settled = True
            self.delivery.settle()

    # A message in pieces

    def write(self, data):
        """Adds bytes to a message begun by `Sender.begin`."""
        self.sender.link.stream(data)
        return self

    def finish(self):
        """Ends the message."""
        self.sender.link.advance()
        if self.sender.settles_first:
            self.settle()
        return self

    def abort(self):
        """Aborts the message (in the wire's sense)."""
        self.is_locally_settled = True
        self.delivery.abort()

    def drained(self, deadline=None):
        """Waits until Proton has given the bytes written so far to the socket."""
        self.sender.client.wait_for(
            lambda: self.delivery.pending == 0 and not self.sender.client.wants_write, deadline,
            "bytes to be sent")
        return self

    def __repr__(self):
        return "<outgoing %s%s>" % (self._outcome, " settled" if self.is_settled else "")


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


class Incoming:
    """A delivery that arrives. `bytes` grow until `is_complete`."""

    def __init__(self, receiver, delivery):
        self.receiver = receiver
        self.delivery = delivery
        self.tag = delivery.tag
        self.is_presettled = delivery.settled
        self.is_complete = False
        self.is_aborted = False
        self.is_settled = False
        self.is_locally_settled = False
        self.remote = None
        self._parts = []
        self.size = 0

    def take(self, data):
        self.size += len(data)
        if self.receiver.keeps:
            self._parts.append(data)

    @property
    def bytes(self):
        if len(self._parts) > 1:
            self._parts = [b"".join(self._parts)]
        return self._parts[0] if self._parts else b""

    @property
    def message(self):
        """The decoded message."""
        message = Message()
        message.decode(self.bytes)
        return message

    @property
    def body(self):
        return self.message.body

    def update(self, state):
        """Sets a state (`Delivery.ACCEPTED`…) without settling; sent with the next wait."""
        self.delivery.update(state)
        return self

    def settle(self):
        if not self.is_locally_settled:
            self.is_locally_settled = True
            self.delivery.settle()
            self.receiver.client.flush()
        return self

    def accept(self):
        return self.update(Delivery.ACCEPTED).settle()

    def release(self):
        return self.update(Delivery.RELEASED).settle()

    def reject(self, condition=None, description=None, info=None):
        if condition:
            self.delivery.local.condition = Condition(condition, description, info)
        return self.update(Delivery.REJECTED).settle()

    def modify(self, failed=False, undeliverable=False, annotations=None):
        local = self.delivery.local
        local.failed, local.undeliverable = failed, undeliverable
        if annotations is not None:
            local.annotations = annotations
        return self.update(Delivery.MODIFIED).settle()

    def wait_settled(self, deadline=None):
        """Waits for the other side's settlement."""
        self.receiver.client.wait_for(lambda: self.is_settled, deadline, "a settlement")
        return self

    def wait_size(self, size, deadline=None):
        """Waits until so many bytes have arrived."""
        self.receiver.client.wait_for(
            lambda: self.size >= size, deadline,
            lambda: "%d bytes; there are %d" % (size, self.size))
        return self

    def wait_complete(self, deadline=None):
        self.receiver.client.wait_for(
            lambda: self.is_complete or self.is_aborted, deadline,
            lambda: "the message's end; %d bytes are here" % self.size)
        return self

    def __repr__(self):
        return "<incoming %s %d bytes%s%s>" % (
            self.tag, self.size, "" if self.is_complete else " partial",
            " presettled" if self.is_presettled else "")


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


class Acceptor:
    """Listens, so that a router's connector has someone to dial."""

    def __init__(self, host="127.0.0.1", port=0, **how):
        """`how` goes to each `Client` that comes of a connection."""
        self.how = how
        self.socket = sockets.create_server((host, port))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        self.host = host
        self.clients = []
        self.next_tick = None
        #: Called with the bare socket instead of making a Client, if set.
        self.on_socket = None
        pump.add(self)

    wants_read = True
    wants_write = False

    def serve(self, readable, writable):
        if not readable:
            return
        try:
            socket, _ = self.socket.accept()
        except BlockingIOError:
            return
        if self.on_socket:
            self.on_socket(socket)
        else:
            self.clients.append(Client(socket=socket, **self.how))

    def accept(self, deadline=None, opened=True):
        """The next connection, waited for until its open (unless `opened=False`)."""
        wait_for(lambda: self.clients, deadline, "a connection")
        client = self.clients.pop(0)
        if opened:
            client.wait_for(lambda: client.is_open, what="the router's open")
        return client

    def close(self):
        pump.remove(self)
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
        for client in self.clients:
            client.kill()
