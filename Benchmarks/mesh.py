"""Several routers: a chain, a mesh that has nothing to do, a trunk that is cut."""

import contextlib
import re
import socket
import statistics
import threading
import time

from routers import Router, configuration, free_port, listener, load, section, wait


def node(daemon, name, trunks, stack, more=""):
    """A router that takes trunks on a port of its own, and dials `trunks`; `more` are sections."""
    text = section("router", mode="interior", id=name) + listener(name="clients")
    text += listener(name="trunks", role="inter-router")
    for port in trunks:
        text += section("connector", host="127.0.0.1", port=port, role="inter-router",
                        saslMechanisms="ANONYMOUS")
    text += more
    router = Router([daemon, "-c", configuration(name, text)], name=name)
    wait(lambda: router.listening("trunks"), f"{name} to listen", router._gave_up)
    router.port = router.listening("clients")
    return stack.enter_context(router)


def old_node(command, name, trunks, stack):
    port, trunk_port = free_port(), free_port()
    text = section("router", mode="interior", id=name) + listener(port)
    text += listener(trunk_port, role="inter-router")
    for peer in trunks:
        text += section("connector", host="127.0.0.1", port=peer, role="inter-router",
                        saslMechanisms="ANONYMOUS")
    router = Router([command, "-c", configuration(name, text)], port, name)
    router.listening = lambda _="": trunk_port
    return stack.enter_context(router)


def chain(make, command, arguments, judged=True):
    """Messages from a sender at one router to a receiver at the next; CPU of each router."""
    with contextlib.ExitStack() as stack:
        first = make(command, "A", [], stack)
        second = make(command, "B", [first.listening("trunks")], stack)
        # The routers must know each other, or the run would begin with a wait for credit.
        load(["-n", "100", "-a", "warm", "-R", second.url, first.url])
        return load_both(first, second, arguments, judged)


def reference_chain(command, arguments):
    """The same over two null forwarders: what two processes in a row cost on this machine."""
    with contextlib.ExitStack() as stack:
        first = reference(command, [], stack)
        second = reference(command, [str(first.port), "chain.0"], stack)
        return load_both(first, second, ["-a", "chain", *arguments])


def reference(command, upstream, stack):
    port = free_port()
    return stack.enter_context(Router([command, str(port), *upstream], port))


def load_both(first, second, arguments, judged=True):
    before = [router.processor_seconds() for router in (first, second)]
    result = load(["-R", second.url, *arguments, first.url], judged)
    after = [router.processor_seconds() for router in (first, second)]
    got = max(result.get("got", 0), 1)
    result["processorMicrosecondsEach"] = [
        (late - early) * 1e6 / got for early, late in zip(before, after)]
    result["processorMicrosecondsPerMessage"] = max(result["processorMicrosecondsEach"])
    return result


def idle(daemon, count=10, seconds=20):
    """A ring of routers that know each other: what part of a core each of them uses."""
    with contextlib.ExitStack() as stack:
        routers = [node(daemon, "R0", [], stack)]
        for number in range(1, count):
            trunks = [routers[-1].listening("trunks")]
            if number == count - 1:
                trunks.append(routers[0].listening("trunks"))
            routers.append(node(daemon, f"R{number}", trunks, stack))
        far = f"'R{count // 2}'"
        wait(lambda: re.search(rf"Computed next hops.*{far}", routers[0].text()),
             "the mesh to form", seconds=60)
        time.sleep(10)
        before = [router.processor_seconds() for router in routers]
        time.sleep(seconds)
        spent = [(router.processor_seconds() - early) / seconds
                 for router, early in zip(routers, before)]
        return {"routers": count, "median": statistics.median(spent), "most": max(spent),
                "resident": max(router.resident() for router in routers)}


class Cable:
    """A trunk's way through this process, to be cut: sockets are closed, none is taken again."""

    def __init__(self, port):
        self.to = port
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.ends = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.socket.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)

    def cut(self):
        self.socket.close()
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def failover(daemon):
    """Three routers in a triangle, 1,000 msg/s from A to B: the trunk A-B is cut under way.

    `longestSilence` of the result is the longest time without an arrival.
    """
    with contextlib.ExitStack() as stack:
        first = node(daemon, "A", [], stack)
        cable = Cable(first.listening("trunks"))
        second = node(daemon, "B", [cable.port], stack)
        node(daemon, "C", [first.listening("trunks"), second.listening("trunks")], stack)
        wait(lambda: "'C': 'C'" in first.text() and "'C': 'C'" in second.text(),
             "the triangle to form", seconds=60)
        load(["-n", "100", "-a", "warm", "-R", second.url, first.url])
        timer = threading.Timer(2, cable.cut)
        timer.start()
        result = load(["-r", "1000", "-n", "4000", "-R", second.url, first.url])
        timer.join()
        return result
