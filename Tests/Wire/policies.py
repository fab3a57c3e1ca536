"""A router with policies, for tests."""

from harness import *
from security import Passwords

#: A group that may do everything.
FREE = dict(remoteHosts="*", sources="*", targets="*", allowDynamicSource=True,
            allowAnonymousSender=True, allowUserIdProxy=True)


def vhost(hostname, groups=None, **attributes):
    """A vhost section; without groups, one that allows everybody everything."""
    if groups is None:
        groups = {"$default": FREE}
    if "$default" in groups:
        attributes.setdefault("allowUnknownUser", True)
    return ("vhost", dict(hostname=hostname, groups=groups, **attributes))


class PolicyTest(WireTest):
    """`VHOSTS` hold on the listener "clients"; the first listener is one for a vhost without limits."""

    VHOSTS = []
    POLICY = {}
    LISTENERS = []
    USERS = ["bob", "eve"]

    @classmethod
    def setUpClass(cls):
        cls.passwords = Passwords()
        cls.addClassCleanup(cls.passwords.remove)
        for user in cls.USERS:
            cls.passwords.add(user, "secret")
        cls.CONFIGURATION = [
            ("router", dict(id="TEST", mode="standalone", saslConfigDir=cls.passwords.folder)),
            ("listener", dict(host="127.0.0.1", port=0, policyVhost="all")),
            ("listener", dict(name="clients", host="127.0.0.1", port=0)),
            ("log", dict(module="POLICY", enable="trace+")),
            ("policy", dict(enableVhostPolicy=True, **cls.POLICY)), vhost("all"),
            *cls.LISTENERS, *cls.VHOSTS]
        super().setUpClass()

    def visit(self, hostname=None, user=None, listener="clients", **how):
        """A client for a vhost; with a name, one that logs in."""
        if user:
            how.update(sasl="PLAIN", user=user, password="secret")
        return self.connect(port=self.router.ports[listener], hostname=hostname, **how)

    def assert_turned_away(self, hostname=None, user=None, reason=None, **how):
        """RS-305: an open like any, and then the reason."""
        client = self.visit(hostname, user, open=False, **how)
        client.open(wait=False)
        client.wait_for(lambda: client.is_closed, what="the router's close")
        self.assertTrue(client.is_open)
        self.assert_condition(client.connection.remote_condition, "amqp:resource-limit-exceeded",
                              "connection disallowed by local policy")
        if reason:
            self.router.wait_for_text("vhost '%s': %s" % (hostname or "", reason))
        return client

    def assert_disallowed(self, refused, condition="amqp:unauthorized-access"):
        """RS-309"""
        self.assert_refused(refused, condition, "link disallowed by local policy")

    def stats(self, hostname):
        return self.management().read("vhostStats", name="vhostStats/" + hostname)
