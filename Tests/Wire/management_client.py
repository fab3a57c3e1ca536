"""Management requests of a test."""

import itertools

from proton import Message

PREFIX = "org.apache.qpid.dispatch."


class Failed(AssertionError):
    """The agent answered with a status that is no success."""

    def __init__(self, status, description):
        self.status = status
        self.description = description
        super().__init__("%s %s" % (status, description))


class Management:
    """Speaks AMQP management over a `Client`.

    Type names without a dot get the long prefix. Answers with a status below 300 give their body,
    others raise `Failed`.
    """

    def __init__(self, client, address="$management"):
        self.client = client
        self.receiver = client.receiver(dynamic=True, credit=50)
        self.receiver.refills = True
        self.sender = client.sender(address)
        self.numbers = itertools.count(1)

    def request(self, operation, type=None, name=None, identity=None, body=None, **properties):
        """Sends one request and waits for its response message, whatever its status."""
        fields = {"operation": operation}
        for key, value in (("type", type), ("name", name), ("identity", identity)):
            if value is not None:
                fields[key] = value
        fields.update(properties)
        number = "r%d" % next(self.numbers)
        self.sender.send(Message(
            reply_to=self.receiver.remote_address, correlation_id=number, properties=fields,
            body={} if body is None else body))
        while True:
            incoming = self.receiver.receive()
            incoming.accept()
            if incoming.message.correlation_id == number:
                return incoming.message

    def call(self, operation, **request):
        """As `request`, but checks the status and gives the body."""
        response = self.request(operation, **request)
        status = response.properties["statusCode"]
        if not 200 <= status < 300:
            raise Failed(status, response.properties.get("statusDescription"))
        return response.body

    @staticmethod
    def long(type):
        return type if type is None or "org." in type else PREFIX + type

    def query(self, type, *attributes):
        """All entities of a type, as dictionaries."""
        body = self.call(
            "QUERY", type="org.amqp.management", name="self", entityType=self.long(type),
            body={"attributeNames": list(attributes)})
        return [dict(zip(body["attributeNames"], row)) for row in body["results"]]

    def read(self, type, name=None, identity=None):
        return self.call("READ", type=self.long(type), name=name, identity=identity)

    def create(self, type, name=None, **attributes):
        return self.call("CREATE", type=self.long(type), name=name, body=attributes)

    def update(self, type, name=None, identity=None, **attributes):
        return self.call(
            "UPDATE", type=self.long(type), name=name, identity=identity, body=attributes)

    def delete(self, type, name=None, identity=None):
        return self.call("DELETE", type=self.long(type), name=name, identity=identity)

    def address(self, key):
        """The `router.address` entity of a key such as "M0a/b", or None."""
        found = [each for each in self.query("router.address") if each["name"] == key]
        return found[0] if found else None
