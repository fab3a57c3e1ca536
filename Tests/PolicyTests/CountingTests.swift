import Configuration
import Testing

@testable import Policy

/// RS-304, RS-320.
@Suite struct `Connections of a vhost` {
    private func admissions(
        _ limits: String, group: String = ""
    ) throws -> (Admissions, Policy) {
        (Admissions(), try Rules.policy(Rules.open("V", limits, group: group)))
    }

    @Test(arguments: [
        ("maxConnections: 2", Denial.Reason.connections),
        ("maxConnectionsPerUser: 2", .connectionsOfUser),
        ("maxConnectionsPerHost: 2", .connectionsOfHost),
    ])
    func `are limited`(limit: String, reason: Denial.Reason) throws {
        var (admissions, policy) = try admissions(limit)
        for number in 1...2 as ClosedRange<UInt64> {
            let ruling = admissions.admit(
                Rules.visitor(), connection: number, place: "h:\(number)", by: policy)
            #expect(ruling.rights != nil)
        }
        let third = admissions.admit(Rules.visitor(), connection: 3, place: "h:3", by: policy)
        #expect(third.denial?.reasons == [reason])
        #expect(third.denial?.place?.line == 3)
        admissions.left(1)
        admissions.left(1)
        admissions.left(9)
        let fourth = admissions.admit(Rules.visitor(), connection: 4, place: "h:4", by: policy)
        #expect(fourth.rights != nil)
        let counts = try #require(admissions.counts["V"])
        #expect((counts.approved, counts.denied, counts.current) == (3, 1, 2))
        #expect(counts.byUser["bob"]?.values.sorted() == ["h:2", "h:4"])
    }

    @Test func `are limited for a user by the group first`() throws {
        var (admissions, policy) = try admissions(
            "maxConnectionsPerUser: 9", group: "maxConnectionsPerUser: 1")
        _ = admissions.admit(Rules.visitor(), connection: 1, place: "", by: policy)
        let second = admissions.admit(Rules.visitor(), connection: 2, place: "", by: policy)
        #expect(second.denial?.reasons == [.connectionsOfUser])
        let other = admissions.admit(
            Rules.visitor(user: "eve"), connection: 3, place: "", by: policy)
        #expect(other.rights != nil)
    }

    @Test func `are denied for all that stands against them`() throws {
        var (admissions, policy) = try admissions(
            "maxConnections: 0\n maxConnectionsPerUser: 0\n maxConnectionsPerHost: 0")
        let denial = admissions.admit(Rules.visitor(), connection: 1, place: "", by: policy).denial
        #expect(denial?.lines(for: Rules.visitor()).count == 3)
        #expect(admissions.counts["V"]?.denied == 1)
    }

    @Test func `are forgotten with the last one of a user`() throws {
        var (admissions, policy) = try admissions("")
        for number in 1...100 as ClosedRange<UInt64> {
            _ = admissions.admit(
                Rules.visitor(user: "u\(number)"), connection: number, place: "", by: policy)
            admissions.left(number)
        }
        #expect(admissions.counts["V"]?.byUser.isEmpty == true)
        #expect(admissions.counts["V"]?.byHost.isEmpty == true)
        #expect(admissions.counts["V"]?.approved == 100)
    }

    @Test func `count no vhost that nobody has`() throws {
        var (admissions, policy) = try admissions("")
        _ = admissions.admit(Rules.visitor("x"), connection: 1, place: "", by: policy)
        #expect(admissions.counts.isEmpty)
        admissions.know(vhost: "V")
        #expect(admissions.counts["V"]?.denied == 0)
    }
}
