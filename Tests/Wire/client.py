"""A connection over Proton's engine, under exact control: it does what the test says and nothing
else. See `harness` for the tour."""

import itertools
import socket as sockets
import struct
import time

from proton import (
    Collector, Condition, Connection, Endpoint, Event, Message, Transport)

from links import Receiver, Refused, Sender
from waiting import pump, wait_for

_numbers = itertools.count(1)


class Disconnected(AssertionError):
    """The socket was closed."""


class Client:
    """A connection to a router (or, from `Acceptor`, one that a router has made).

    `sasl` is the list of mechanisms as one text ("ANONYMOUS"), or None for a connection without a
    SASL layer. Unless `open=False`, waits for the router's open. Everything sent is on its way when
    the next wait begins; `flush()` sends it now. `over` is a connected stream of another kind, in
    place of a socket (see `web_socket`).
    """

    def __init__(self, router=None, port=None, host=None, open=True, sasl="ANONYMOUS", user=None,
                 password=None, container=None, hostname=None, properties=None, offered=None,
                 desired=None, idle_timeout=None, max_frame_size=None, channel_max=None,
                 trace=True, settles=True, ssl_domain=None, socket=None, over=None):
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
        if over is not None:
            socket = over
        elif socket is None:
            if port is None:
                port = router if isinstance(router, int) else router.port
            if host is None:
                host = "127.0.0.1" if router is None or isinstance(router, int) else router.host
            socket = sockets.create_connection((host, port), timeout=10)
        socket.setblocking(False)
        socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        self.socket = socket
        self.next_tick = None
        #: Every link, in the order of their attaching.
        self.links = []
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
        if readable or getattr(self.socket, "pending", False):
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
        if link.is_sender and link.remote_source.dynamic:
            link.source.address = "temp-%d" % next(_numbers)
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
