import Configuration
import Testing

@testable import Policy

/// RS-309 to RS-314, RS-501.
@Suite struct `What a link may attach` {
    private func ruling(
        _ group: String, _ wish: LinkWish, attached: Int = 0
    ) throws -> LinkRuling {
        let policy = try Rules.policy(Rules.open("V", group: group))
        let rights = try #require(policy.ruling(for: Rules.visitor()).rights)
        return rights.ruling(on: wish, attached: attached)
    }

    @Test(arguments: [
        ("", LinkWish(.sender, address: "a"), false),
        ("targets: a", LinkWish(.sender, address: "a"), true),
        ("targets: a", LinkWish(.receiver, address: "a"), false),
        ("sources: a", LinkWish(.receiver, address: "a"), true),
        ("sources: ok", LinkWish(.receiver, address: "amqp:/ok"), false),
        ("sources: *", LinkWish(.receiver, address: "$management"), true),
        ("sourcePattern: ${user}/#", LinkWish(.receiver, address: "bob/x"), true),
        ("targetPattern: ${user}/#", LinkWish(.sender, address: "bobx"), false),
        ("targets: *", LinkWish(.sender, address: nil), false),
        ("targets: *", LinkWish(.sender, address: ""), false),
        ("allowAnonymousSender: true", LinkWish(.sender, address: nil), true),
        ("sources: *", LinkWish(.receiver, address: nil), false),
        ("sources: *", LinkWish(.receiver, address: nil, isDynamic: true), false),
        ("allowDynamicSource: true", LinkWish(.receiver, address: nil, isDynamic: true), true),
        ("targets: *", LinkWish(.sender, address: "a", isWaypoint: true), true),
        (
            "targets: *\n allowWaypointLinks: false",
            LinkWish(.sender, address: "a", isWaypoint: true), false
        ),
        ("sources: *", LinkWish(.receiver, address: "a", isFallback: true), true),
        (
            "sources: *\n allowFallbackLinks: no way",
            LinkWish(.receiver, address: "a", isFallback: true), false
        ),
    ])
    func `is what the group says`(group: String, wish: LinkWish, isAllowed: Bool) throws {
        let group = group.replacing("no way", with: "false")
        #expect(try ruling(group, wish).isAllowed == isAllowed)
    }

    @Test(arguments: [(0, true), (1, true), (2, false), (Int.max, false)])
    func `is limited in number`(attached: Int, isAllowed: Bool) throws {
        let senders = try ruling(
            "targets: *\n maxSenders: 2", LinkWish(.sender, address: "a"), attached: attached)
        #expect(senders.isAllowed == isAllowed)
        #expect(isAllowed || senders.reason == .limit)
        let receivers = try ruling(
            "sources: *\n maxSenders: 2", LinkWish(.receiver, address: "a"), attached: attached)
        #expect(receivers.isAllowed == (attached < Int(Int32.max)))
    }

    @Test func `is not limited in number by a zero`() throws {
        let wish = LinkWish(.sender, address: "a")
        #expect(try ruling("targets: *\n maxSenders: 0", wish, attached: 9).isAllowed)
    }

    @Test(arguments: [
        (
            "maxSenders: 1", LinkWish(.sender, address: "a"), 1,
            "DENY AMQP Attach sender for user 'U', rhost 'H', vhost 'V' based on maxSenders limit"
        ),
        (
            "targets: b", LinkWish(.sender, address: "a"), 0,
            "DENY AMQP Attach sender link 'a' for user 'U', rhost 'H', vhost 'V' based on link target name"
        ),
        (
            "sources: b", LinkWish(.receiver, address: "a"), 0,
            "DENY AMQP Attach receiver link 'a' for user 'U', rhost 'H', vhost 'V' based on link source name"
        ),
        (
            "", LinkWish(.sender, address: nil), 0,
            "DENY AMQP Attach anonymous sender for user 'U', rhost 'H', vhost 'V'"
        ),
        (
            "", LinkWish(.receiver, address: nil, isDynamic: true), 0,
            "DENY AMQP Attach receiver dynamic source for user 'U', rhost 'H', vhost 'V',"
        ),
        (
            "allowWaypointLinks: false", LinkWish(.sender, address: "a", isWaypoint: true), 0,
            "DENY AMQP Attach sender link 'a' for user 'U', rhost 'H', vhost 'V'.  Waypoint capability "
                + "not permitted"
        ),
    ])
    func `is told in the words of the old router`(
        group: String, wish: LinkWish, attached: Int, line: String
    ) throws {
        let ruling = try ruling(group, wish, attached: attached)
        #expect(ruling.line(on: wish, user: "U", host: "H", vhost: "V") == line)
    }

    @Test func `is told by which line, and which item of it`() throws {
        let found = try ruling("targets: x, ab*", LinkWish(.sender, address: "abc"))
        #expect(found.item == "ab*")
        #expect(found.place.line == 8)
        #expect(try ruling("", LinkWish(.sender, address: "abc")).place.line == 6)
    }
}
