import Configuration
import Testing

@testable import Policy

@Suite struct `What a policy lets somebody do` {
    private let policy = """
        vhost {
            hostname: V
            groups: {
                people: {
                    users: bob
                    remoteHosts: 10.0.0.1
                    targets: own-${user}*
                    sourcePattern: a/#
                    allowDynamicSource: true
                    managementAccess: read
                    managementScope: router
                }
            }
        }
        """

    private func lines(_ visitor: Visitor, _ links: LinkWish...) throws -> (lines: [String], Bool) {
        let explanation = try Rules.policy(policy).explanation(of: visitor, links: links)
        let lines = explanation.lines.map { line in
            "\(line.isAllowed ? "+" : "-") \(line.what) | \(line.rule) | "
                + (line.place?.text(main: "f") ?? "")
        }
        return (lines, explanation.isAllowed)
    }

    @Test func `is told line by line`() throws {
        let (lines, isAllowed) = try lines(
            Rules.visitor(), LinkWish(.sender, address: "own-bob.x"),
            LinkWish(.receiver, address: "b"))
        #expect(!isAllowed)
        #expect(
            lines == [
                "+ open | vhost 'V', group 'people' | f:4",
                "+ send to 'own-bob.x' | 'own-${user}*' | f:7",
                "- receive from 'b' | no item of sources or sourcePattern | f:8",
                "- send to any address (anonymous sender) | allowAnonymousSender | f:4",
                "+ receive from a dynamic source | allowDynamicSource | f:9",
                "- manage | managementAccess is 'read', managementScope 'router' | f:10",
            ])
    }

    @Test func `is nothing where the open is denied`() throws {
        let (lines, isAllowed) = try lines(
            Rules.visitor(host: "10.0.0.2"), LinkWish(.sender, address: "own-bob"))
        #expect(!isAllowed)
        #expect(
            lines == ["- open | User is not allowed to connect from this network host | f:6"])
    }

    @Test func `is everything where no policy is enforced`() throws {
        let explanation = Policy().explanation(of: Rules.visitor(), links: [])
        #expect(explanation.isAllowed)
        #expect(explanation.lines.count == 1)
    }

    @Test(arguments: [
        ("read", "mesh", true), ("all", "mesh", true), ("none", "mesh", false),
        ("all", "router", false),
    ])
    func `reaches other routers' management or not`(
        access: String, scope: String, isAllowed: Bool
    ) throws {
        let policy = try Rules.policy(
            Rules.open(
                "V", group: "targets: *\n managementAccess: \(access)\n managementScope: \(scope)"))
        let rights = try #require(policy.ruling(for: Rules.visitor()).rights)
        let wish = LinkWish(
            .sender, address: "_topo/0/B/$management", isForManagementElsewhere: true)
        #expect(rights.ruling(on: wish).isAllowed == isAllowed)
    }
}
