import Configuration
import Testing

@testable import Policy

/// RS-338, RS-538, RS-539.
@Suite struct `Lists of an authentication service` {
    private func rights(_ group: String = "") throws -> Rights {
        let policy = try Rules.policy(Rules.open("V", group: group))
        return try #require(policy.ruling(for: Rules.visitor()).rights)
    }

    @Test(arguments: [
        (LinkWish(.sender, address: "in"), true), (LinkWish(.receiver, address: "in"), false),
        (LinkWish(.receiver, address: "out"), true), (LinkWish(.sender, address: "out"), false),
        (LinkWish(.sender, address: "all.x"), true), (LinkWish(.sender, address: "all."), true),
        (LinkWish(.sender, address: "all"), false), (LinkWish(.sender, address: "groups"), false),
        (LinkWish(.receiver, address: "groups"), false), (LinkWish(.sender, address: nil), true),
        (LinkWish(.receiver, address: nil, isDynamic: true), true),
        (LinkWish(.receiver, address: nil), false),
    ])
    func `win over those of the group`(wish: LinkWish, isAllowed: Bool) throws {
        var rights = try rights("sources: groups\n targets: groups")
        rights.limit(by: "S", targets: ["in", "all.*"], sources: ["out"])
        let ruling = rights.ruling(on: wish)
        #expect(ruling.isAllowed == isAllowed)
        #expect(ruling.place.file == "authServicePlugin S")
    }

    @Test func `leave what else the group says`() throws {
        var rights = try rights("maxSenders: 1\n allowWaypointLinks: false")
        rights.limit(by: "S", targets: ["*"], sources: ["*"])
        let wish = LinkWish(.sender, address: "a")
        #expect(rights.ruling(on: wish).isAllowed)
        #expect(rights.ruling(on: wish, attached: 1).reason == .limit)
        let waypoint = LinkWish(.sender, address: "a", isWaypoint: true)
        #expect(rights.ruling(on: waypoint).reason == .waypoint)
        #expect(!rights.allows(.userIDProxy))
    }

    @Test(arguments: [[], [""], ["*x"], ["a*b"]])
    func `name no more than they say`(list: [String]) throws {
        var rights = try rights("targets: *")
        rights.limit(by: "S", targets: list, sources: list)
        for address in ["a", "x", "ab", "axb"] {
            #expect(!rights.ruling(on: LinkWish(.sender, address: address)).isAllowed)
            #expect(!rights.ruling(on: LinkWish(.receiver, address: address)).isAllowed)
        }
    }

    @Test func `substitute no user, whatever a name is like`() throws {
        var rights = try rights()
        rights.limit(by: "S", targets: ["${user}"], sources: [])
        #expect(!rights.ruling(on: LinkWish(.sender, address: "bob")).isAllowed)
        #expect(rights.ruling(on: LinkWish(.sender, address: "${user}")).isAllowed)
    }

    @Test func `hold without a vhost, and nothing limits in number`() throws {
        let rights = Rights(
            user: "bob", vhost: "V", service: "S", targets: ["in"], sources: ["out"])
        #expect(rights.ruling(on: LinkWish(.sender, address: "in"), attached: .max).isAllowed)
        #expect(rights.ruling(on: LinkWish(.receiver, address: "out"), attached: .max).isAllowed)
        #expect(!rights.ruling(on: LinkWish(.sender, address: "out")).isAllowed)
        #expect(!rights.allows(.userIDProxy))
        #expect(!rights.allows(.waypointLinks))
        #expect(rights.maxMessageSize == 0)
    }
}
