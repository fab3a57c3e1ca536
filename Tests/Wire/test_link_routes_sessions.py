"""The sessions on which links go on (RS-463)."""

from harness import *
from placement import placements
from routed import Routed


@placements
class Sessions(Routed):
    def test_a_session_is_kept_for_each_that_asks(self):
        """RS-463: a container may end it for one client's mistake, and says why."""
        broker = self.broker()
        client, other = self.near(), self.near()
        kept = other.sender("lr/q")
        client.sender("lr/q")
        broker.accepts_links = False
        mistake = client.receiver("lr/wrong", wait=False)
        wait_for(lambda: len(broker.accepted_links) == 3)
        session = broker.accepted_links[2].link.session
        self.assertEqual(session, broker.accepted_links[1].link.session)
        session.condition = Condition("amqp:not-found", "no such queue")
        broker.end(session, wait=False)
        for link in client.links:
            self.assert_condition(link.wait_closed(), "amqp:not-found", "no such queue")
        self.assertFalse(mistake.remote_address)
        broker.accepts_links = True
        broker.accepted_links[0].flow(1)
        kept.send(body="still here")
        self.assertEqual(broker.accepted_links[0].receive().body, "still here")
        client.sender("lr/q")

    def test_a_session_ends_with_its_last_link(self):
        """RS-463: a container may keep till then what was on its way to a link."""
        broker = self.broker()
        for ends in ("client", "container"):
            client = self.near()
            links = [client.sender("lr/q") for _ in range(2)]
            far = broker.accepted_links[-2:]
            session = far[0].link.session
            self.assertEqual(session, far[1].link.session)
            for number in range(2):
                first, second = (links, far) if ends == "client" else (far, links)
                first[number].link.close()
                first[number].client.flush()
                second[number].wait_closed()
                second[number].detach(wait=False)
                first[number].wait_closed()
                broker.sync()
                self.assertEqual(bool(session.state & Endpoint.REMOTE_CLOSED), number == 1)

    def test_many_that_ask_share_sessions(self):
        """RS-463"""
        broker = self.broker()
        client = self.near()
        for _ in range(260):
            session = client.connection.session()
            session.open()
            client.sender("lr/q", session=session, wait=False)
        wait_for(lambda: all(link.is_attached for link in client.links), 20)
        self.assertEqual(len({link.link.session for link in broker.accepted_links}), 256)

    def test_the_sessions_end_takes_all_its_links(self):
        """RS-463"""
        broker = self.broker()
        client = self.near()
        links = [client.sender("lr/q"), client.receiver("lr/q")]
        sessions = {each.link.session for each in broker.accepted_links}
        self.assertEqual(len(sessions), 1)
        broker.end(sessions.pop(), wait=False)
        for link in links:
            self.assert_condition(
                link.wait_closed(), "qd:routed-link-lost",
                "Connectivity to the peer container was lost")
        client.sender("lr/q")


if __name__ == "__main__":
    main()
