import Basis
import Edge
import Testing

private let edge = UplinkID(7)

@Suite("What an edge is told of addresses") struct AddressTrackingTests {
    @Test func `waits for its tracking link`() {
        var tracking = AddressTracking()
        tracking.changed(edge, "M0a", true)
        tracking.changed(edge, "M0b", true)
        tracking.changed(edge, "M0b", false)
        #expect(tracking.waiting == [])
        tracking.listens(edge)
        #expect(tracking.next(for: edge, most: 9).map(\.key) == ["M0a"])
        #expect(tracking.waiting == [])
    }

    @Test func `is the newest of each address, in the order of their first change`() {
        var tracking = AddressTracking()
        tracking.listens(edge)
        tracking.changed(edge, "M0a", true)
        tracking.changed(edge, "M0b", true)
        for turn in 0..<1_000 { tracking.changed(edge, "M0a", turn % 2 == 0) }
        let words = tracking.next(for: edge, most: 9)
        #expect(words.map(\.key) == ["M0a", "M0b"])
        #expect(words.map(\.isReachable) == [false, true])
    }

    @Test func `comes no faster than it is taken`() {
        var tracking = AddressTracking()
        tracking.listens(edge)
        for number in 0..<100 { tracking.changed(edge, "M0\(number)", true) }
        #expect(tracking.next(for: edge, most: 32).count == 32)
        #expect(tracking.next(for: edge, most: 0).count == 0)
        #expect(tracking.waiting == [edge])
        #expect(tracking.next(for: edge, most: 100).count == 68)
    }

    @Test func `is told anew on a new link, and ends with the connection`() {
        var tracking = AddressTracking()
        tracking.listens(edge)
        tracking.changed(edge, "M0a", true)
        _ = tracking.next(for: edge, most: 9)
        tracking.listensNoMore(edge)
        tracking.listens(edge)
        #expect(tracking.next(for: edge, most: 9).map(\.key) == ["M0a"])
        tracking.left(edge)
        #expect(tracking.next(for: edge, most: 9).isEmpty && tracking.waiting == [])
    }

    @Test func `is nothing of an address that the edge sends to no more`() {
        var tracking = AddressTracking()
        tracking.changed(edge, "M0a", true)
        tracking.changed(edge, "M0a", nil)
        tracking.listens(edge)
        #expect(tracking.waiting == [])
        tracking.changed(edge, "M0b", true)
        tracking.changed(edge, "M0c", true)
        tracking.changed(edge, "M0b", nil)
        #expect(tracking.next(for: edge, most: 9).map(\.key) == ["M0c"])
        tracking.changed(edge, "M0c", false)
        tracking.changed(edge, "M0c", nil)
        #expect(tracking.waiting == [])
    }

    @Test func `waits in one place however often an address comes and goes`() {
        var tracking = AddressTracking()
        tracking.listens(edge)
        tracking.changed(edge, "M0b", true)
        for _ in 0..<5_000 {
            tracking.changed(edge, "M0a", true)
            tracking.changed(edge, "M0a", nil)
        }
        tracking.changed(edge, "M0a", true)
        #expect(tracking.next(for: edge, most: 9).map(\.key) == ["M0b", "M0a"])
    }

    @Test func `is taken in by one edge however slow another is`() {
        var tracking = AddressTracking()
        let others = (0..<1_000).map { UplinkID(UInt64($0)) }
        for each in others {
            tracking.listens(each)
            tracking.changed(each, "M0a", true)
        }
        #expect(tracking.waiting == others)
        for each in others.dropFirst() { #expect(tracking.next(for: each, most: 1).count == 1) }
        #expect(tracking.waiting == [UplinkID(0)])
    }
}

@Suite("Heartbeats") struct HeartbeatTests {
    @Test func `that stop for more than eight seconds are told once (IR-89)`() {
        var heartbeats = Heartbeats()
        var now = Instant(milliseconds: 0)
        heartbeats.began(edge, at: now)
        now = now + .seconds(8)
        #expect(heartbeats.takeSilent(at: now) == [])
        heartbeats.beat(edge, at: now)
        now = now + .seconds(8)
        #expect(heartbeats.takeSilent(at: now) == [])
        now = now + 1
        #expect(heartbeats.takeSilent(at: now) == [edge])
        #expect(heartbeats.takeSilent(at: now) == [])
        #expect(!heartbeats.isWatching)
    }

    @Test func `are owed by nobody without the link`() {
        var heartbeats = Heartbeats()
        heartbeats.beat(edge, at: Instant(milliseconds: 0))
        #expect(!heartbeats.isWatching)
        heartbeats.began(edge, at: Instant(milliseconds: 0))
        heartbeats.ended(edge)
        #expect(heartbeats.takeSilent(at: Instant(milliseconds: 60_000)) == [])
    }
}
