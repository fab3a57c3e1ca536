import EventLoop
import Testing

@testable import Forwarding

@Suite struct `Copies of a multicast message` {
    @Test func `are taken once`() {
        let recent = RecentCopies()
        var stamp = CopyStamp(number: 1)
        for _ in 0..<100 {
            stamp.advance()
            #expect(recent.isFirst(stamp))
            #expect(!recent.isFirst(stamp))
        }
    }

    /// Steps of the golden ratio come nearest to where they began after Fibonacci numbers of them:
    /// after 10,946 still further off than a place is wide, after 17,711 no longer.
    @Test func `are known after thousands of others of the same worker`() {
        let recent = RecentCopies()
        let first = CopyStamp(by: Chance())
        var stamp = first
        #expect(recent.isFirst(stamp))
        for _ in 0..<17_710 {
            stamp.advance()
            #expect(recent.isFirst(stamp))
        }
        #expect(!recent.isFirst(first))
    }

    @Test func `are never stamped with the number that stands for none`() {
        var stamp = CopyStamp(number: 0 &- 0x9E37_79B9_7F4A_7C15)
        stamp.advance()
        #expect(stamp.number != 0)
    }
}
