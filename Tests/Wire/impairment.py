"""A TCP proxy that treats what it carries badly, in ways that a seed decides."""

import collections
import random
import selectors
import socket as sockets
import struct
import threading
import time

CHUNK = 16_384
#: Bytes that a direction may hold; beyond, its sender's socket is not read.
HELD = 4 << 20


class Direction:
    """What one peer of a connection has sent and the other has not yet got."""

    def __init__(self, source, target):
        self.source = source
        self.target = target
        self.chunks = collections.deque()
        self.held = 0
        self.passed = 0
        self.last_due = 0.0
        self.ready_at = 0.0
        self.is_ended = False
        self.is_shut = False


class Carried:
    """One connection and its two directions."""

    def __init__(self, near, far):
        self.near = near
        self.far = far
        self.directions = [Direction(near, far), Direction(far, near)]
        self.is_silent = False


class Impairment:
    """Listens on `port` and carries every connection to `target` (a port of 127.0.0.1).

    May be changed while it runs: `delay` and `jitter` in seconds (order is kept), `stall_chance`
    for each chunk and `stall` in seconds, `rate` in bytes a second, `corrupts_at` (the offset of a
    byte to be changed, in either direction), `silent_after` (bytes, after which nothing more is
    carried, and no end either), `refuses` (new connections are closed at once), `target`.
    `reset`, `silence`, `half_close` and `close` do it to all connections that there are.
    """

    def __init__(self, target, seed=1, **settings):
        self.target = target
        self.random = random.Random(seed)
        self.delay = self.jitter = 0.0
        self.stall_chance = self.stall = 0.0
        self.rate = None
        self.corrupts_at = None
        self.silent_after = None
        self.refuses = False
        for name, value in settings.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        self.carried = []
        self.accepted = 0
        self.orders = collections.deque()
        self.listener = sockets.create_server(("127.0.0.1", 0), backlog=16)
        if self.rate:
            # A narrow network holds little; connections have it from their listener in time.
            self.listener.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 16_384)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.waker, self.woken = sockets.socketpair()
        self.woken.setblocking(False)
        self.is_running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    # Orders, from the test's thread

    def _order(self, what):
        done = threading.Event()
        self.orders.append((what, done))
        self.waker.send(b"x")
        done.wait(5)

    def reset(self):
        """Cuts every connection so that both ends see a reset."""
        self._order(lambda: [self._cut(each, reset=True) for each in list(self.carried)])

    def close(self):
        """Ends every connection in an orderly way."""
        self._order(lambda: [self._cut(each) for each in list(self.carried)])

    def silence(self):
        """Carries nothing more on the connections that there are, and tells no one."""
        def silence():
            for each in self.carried:
                each.is_silent = True
        self._order(silence)

    def half_close(self):
        """Ends the dialling side's stream; the other direction goes on."""
        def shut():
            for each in self.carried:
                each.directions[0].is_ended = True
        self._order(shut)

    def stop(self):
        def stop():
            self.is_running = False
        self._order(stop)
        self.thread.join(5)

    # The proxy's own thread

    def _run(self):
        while self.is_running:
            now = time.monotonic()
            with selectors.DefaultSelector() as selector:
                selector.register(self.listener, selectors.EVENT_READ)
                selector.register(self.woken, selectors.EVENT_READ)
                wait = self._register(selector, now)
                ready = {key.fileobj for key, _ in selector.select(wait)}
            if self.woken in ready:
                self.woken.recv(4096)
            while self.orders:
                what, done = self.orders.popleft()
                what()
                done.set()
            if self.listener in ready:
                self._accept()
            for each in list(self.carried):
                try:
                    self._serve(each, ready)
                except OSError:
                    self._cut(each, reset=True)
        for each in list(self.carried):
            self._cut(each)
        self.listener.close()

    def _register(self, selector, now):
        """Registers what can be read or written; gives how long there is to wait."""
        wait = 1.0
        wanted = {}
        for each in self.carried:
            if each.is_silent:
                continue
            for direction in each.directions:
                if not direction.is_ended and direction.held < HELD:
                    wanted[direction.source] = (
                        wanted.get(direction.source, 0) | selectors.EVENT_READ)
                if direction.chunks:
                    due = max(direction.chunks[0][0], direction.ready_at)
                    if due <= now:
                        wanted[direction.target] = (
                            wanted.get(direction.target, 0) | selectors.EVENT_WRITE)
                    else:
                        wait = min(wait, due - now)
        for socket, events in wanted.items():
            selector.register(socket, events)
        return wait

    def _accept(self):
        near, _ = self.listener.accept()
        self.accepted += 1
        if self.refuses:
            near.close()
            return
        try:
            far = sockets.create_connection(("127.0.0.1", self.target), timeout=2)
        except OSError:
            near.close()
            return
        for socket in (near, far):
            socket.setblocking(False)
            socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
            if self.rate:
                socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 16_384)
        self.carried.append(Carried(near, far))

    def _serve(self, each, ready):
        if each.is_silent:
            return
        now = time.monotonic()
        for direction in each.directions:
            if direction.source in ready and not direction.is_ended and direction.held < HELD:
                self._read(each, direction, now)
            self._write(each, direction, now)
        if all(direction.is_shut for direction in each.directions):
            self._cut(each)

    def _read(self, each, direction, now):
        limit = CHUNK if not self.rate else min(CHUNK, max(512, int(self.rate / 50)))
        if self.rate and direction.held >= limit:
            return
        try:
            data = direction.source.recv(limit)
        except BlockingIOError:
            return
        if not data:
            direction.is_ended = True
            return
        offset = direction.passed
        direction.passed += len(data)
        if self.corrupts_at is not None and offset <= self.corrupts_at < direction.passed:
            data = bytearray(data)
            data[self.corrupts_at - offset] ^= 0xA5
            self.corrupts_at = None
        if self.silent_after is not None and direction.passed > self.silent_after:
            self.silent_after = None
            each.is_silent = True
            return
        due = now + self.delay + self.random.uniform(0, self.jitter)
        if self.stall_chance and self.random.random() < self.stall_chance:
            due += self.stall
        direction.last_due = due = max(direction.last_due, due)
        direction.chunks.append((due, bytes(data)))
        direction.held += len(data)

    def _write(self, each, direction, now):
        while direction.chunks and max(direction.chunks[0][0], direction.ready_at) <= now:
            due, data = direction.chunks[0]
            try:
                count = direction.target.send(data)
            except BlockingIOError:
                return
            direction.held -= count
            if count < len(data):
                direction.chunks[0] = (due, data[count:])
            else:
                direction.chunks.popleft()
            if self.rate:
                direction.ready_at = now + count / self.rate
        if direction.is_ended and not direction.chunks and not direction.is_shut:
            direction.is_shut = True
            direction.target.shutdown(sockets.SHUT_WR)

    def _cut(self, each, reset=False):
        if each in self.carried:
            self.carried.remove(each)
        for socket in (each.near, each.far):
            if reset:
                socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
            socket.close()
