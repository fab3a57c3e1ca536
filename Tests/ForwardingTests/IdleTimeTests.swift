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
}
