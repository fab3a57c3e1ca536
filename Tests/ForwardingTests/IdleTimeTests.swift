import Basis
import Testing

@testable import Forwarding

@Suite struct `The idle time of a connection` {
    private let start = Instant(milliseconds: 1_000)

    private func duties(
        own: Milliseconds, peer: Milliseconds, ping: Milliseconds
    ) -> [IdleTime.Duty] {
        var idle = IdleTime()
        idle.start(own: own, peer: peer, ping: ping, at: start)
        return [0, 7_999, 8_000, 15_999, 16_000].map { idle.duty(at: start + Milliseconds($0)) }
    }

    @Test func `is kept to by half of what the peer bears, and ends what is silent`() {
        #expect(
            duties(own: 16_000, peer: 16_000, ping: 0)
                == [.none, .none, .heartbeat, .heartbeat, .giveUp])
        #expect(duties(own: 0, peer: 16_000, ping: 1)[2] == .heartbeat)
        #expect(duties(own: 16_000, peer: 0, ping: 1) == [.none, .none, .none, .none, .giveUp])
    }

    @Test func `brings a WebSocket's ping where neither side has one`() {
        #expect(
            duties(own: 0, peer: 0, ping: 8_000) == [.none, .none, .ping, .ping, .ping])
        #expect(duties(own: 0, peer: 0, ping: 0) == [.none, .none, .none, .none, .none])
        var idle = IdleTime()
        idle.start(own: 0, peer: 0, ping: 8_000, at: start)
        #expect(idle.next == start + 8_000)
        idle.start(own: 0, peer: 0, at: start)
        #expect(idle.next == nil)
    }

    private func time(_ milliseconds: UInt64) -> Instant { Instant(milliseconds: milliseconds) }

    @Test(arguments: [1, 2, 3, 999, 8_000, UInt64(UInt32.max)])
    func `ends a peer that was silent all of it, and none before`(own: UInt64) {
        var idle = IdleTime()
        idle.start(own: Milliseconds(own), peer: 0, at: time(5))
        #expect(idle.next == time(5 + own))
        #expect(idle.duty(at: time(4 + own)) == .none)
        #expect(idle.duty(at: time(5 + own)) == .giveUp)
        idle.heard = time(4 + own)
        #expect(idle.duty(at: time(5 + own)) == (own == 1 ? .giveUp : .none))
        #expect(idle.next == time(4 + 2 * own))
    }

    @Test func `counts from what was heard, whatever was said`() {
        var idle = IdleTime()
        idle.start(own: 1_000, peer: 0, at: time(0))
        for now in stride(from: UInt64(100), to: 1_000, by: 100) { idle.said = time(now) }
        #expect(idle.duty(at: time(1_000)) == .giveUp)
    }

    /// AMQP 2.4.5: the peer gives up after all of its time.
    @Test(arguments: [(1, 10), (19, 10), (23, 11), (2_000, 1_000), (1 << 32 - 1, 1 << 31 - 1)])
    func `spares the peer more than half of its own, and the router haste`(
        peer: UInt64, half: UInt64
    ) {
        var idle = IdleTime()
        idle.start(own: 0, peer: Milliseconds(peer), at: time(7))
        #expect(idle.next == time(7 + half))
        #expect(idle.duty(at: time(6 + half)) == .none)
        #expect(idle.duty(at: time(7 + half)) == .heartbeat)
        idle.said = time(7 + half)
        #expect(idle.duty(at: time(7 + half)) == .none)
        #expect(idle.next == time(7 + 2 * half))
    }

    @Test func `is as long as it will where neither has named one`() {
        var idle = IdleTime()
        #expect(idle.next == nil)
        idle.start(own: 0, peer: 0, at: time(0))
        #expect(idle.next == nil)
        #expect(idle.duty(at: .never) == .none)
    }

    @Test func `ends a peer rather than beat for it`() {
        var idle = IdleTime()
        idle.start(own: 100, peer: 200, at: time(0))
        #expect(idle.duty(at: time(100)) == .giveUp)
    }
}
