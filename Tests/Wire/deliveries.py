"""Deliveries over Proton's engine, as tests send and receive them. See `harness` for the tour."""

from proton import Condition, Delivery, Message


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
        self.is_whole = False
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
        self.is_whole = True
        self.sender.link.advance()
        if self.sender.settles_first:
            self.settle()
        return self

    def abort(self):
        """Aborts the message (in the wire's sense)."""
        self.is_whole = True
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
