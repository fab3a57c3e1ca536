"""Links that go on to a container, by link routes and auto links."""

import contextlib

import mesh
from routers import Router, configuration, free_port, listener, load, section, wait

#: What martlet-bench calls itself where it is the container.
NAME = "martlet-bench-0"


def routes(prefix="routed", **to):
    return "".join(section("linkRoute", prefix=prefix, direction=direction, **to)
                   for direction in ("in", "out"))


def text(port=0):
    """What a router needs beside its clients' listener."""
    return (listener(port, name="containers", role="route-container") + routes(containerId=NAME)
            + section("autoLink", address="auto.0", direction="out", containerId=NAME))


class Containers:
    """A router with a listener for containers, beside that for clients."""

    def __init__(self, command, name, is_old=False):
        self.ports = (free_port(), free_port()) if is_old else (0, 0)
        router = section("router", mode="standalone", id="Bench")
        file = configuration(name, router + listener(self.ports[0], name="clients")
                             + text(self.ports[1]))
        self.router = Router([command, "-c", file], self.ports[0] or None, name)
        self.is_old = is_old

    def __enter__(self):
        self.router.__enter__()
        if not self.is_old:
            self.router.port = wait_for_port(self.router, "clients")
        port = self.ports[1] or wait_for_port(self.router, "containers")
        self.container = ["-c", "-R", f"amqp://127.0.0.1:{port}"]
        return self

    def __exit__(self, *error):
        self.router.__exit__(*error)


def wait_for_port(router, name):
    wait(lambda: router.listening(name), f"the listener {name}", router._gave_up)
    return router.listening(name)


def pair(command, arguments, is_old=False):
    """The same load to a receiver, over a routed link and by an auto link, one after the other."""
    with Containers(command, "containers", is_old) as these:
        return [these.router.load(["-a", address, *where, *arguments], judged=not is_old)
                for address, where in [("bench", []), ("routed", these.container),
                                       ("auto", these.container)]]


def chain(daemon, arguments):
    """The same load through two routers to a receiver, and over a routed link."""
    with contextlib.ExitStack() as stack:
        far = mesh.node(daemon, "A", [], stack, text())
        near = mesh.node(daemon, "B", [far.listening("trunks")], stack, routes())
        load(["-n", "100", "-a", "warm", "-R", far.url, near.url])
        plain = mesh.load_both(near, far, arguments)
        port = far.listening("containers")
        where = ["-a", "routed", "-c", "-R", f"amqp://127.0.0.1:{port}"]
        # The near router must know of the route.
        load([*where, "-n", "100", near.url])
        return plain, mesh.load_both(near, far, [*arguments, *where])


def many(daemon, connections=100, links=100):
    """Receivers of clients, all over one connection to the container."""
    with Containers(daemon, "containers") as these:
        return these.router.load(["-C", str(connections), "-L", str(links), "-l", "60",
                                  "-a", "routed", *these.container])
