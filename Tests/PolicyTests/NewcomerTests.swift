import Testing

@testable import Policy

@Suite struct `Connections that have not opened` {
    @Test func `are bounded for each host, and in all`() {
        var newcomers = Newcomers(most: 3, mostOfHost: 2)
        for number in 1...2 as ClosedRange<UInt64> {
            #expect(newcomers.mayCome(from: "10.0.0.1"))
            newcomers.come(number, from: "10.0.0.1")
        }
        #expect(!newcomers.mayCome(from: "10.0.0.1"))
        #expect(!newcomers.mayCome(from: "::ffff:10.0.0.1"))
        #expect(newcomers.mayCome(from: "10.0.0.2"))
        newcomers.come(3, from: "10.0.0.2")
        #expect(!newcomers.mayCome(from: "10.0.0.3"))
        newcomers.deny()
        #expect(newcomers.denied == 1)
        newcomers.left(1)
        newcomers.left(1)
        newcomers.left(9)
        #expect(newcomers.mayCome(from: "10.0.0.1"))
        #expect(newcomers.count == 2)
    }

    @Test(arguments: [
        ("2001:db8::1", "2001:db8::ffff", false), ("2001:db8::1", "2001:db8:0:1::1", true),
        ("10.0.0.1", "10.0.0.2", true), ("fe80::1%a", "fe80::2%b", false), ("x", "y", true),
    ])
    func `are of one host if they share a network of IPv6`(
        first: String, second: String, isAllowed: Bool
    ) {
        var newcomers = Newcomers(most: 0, mostOfHost: 1)
        newcomers.come(1, from: first)
        #expect(newcomers.mayCome(from: second) == isAllowed)
    }

    @Test func `are not bounded by zeros`() {
        var newcomers = Newcomers(most: 0, mostOfHost: 0)
        for number in 0..<1_000 as Range<UInt64> {
            #expect(newcomers.mayCome(from: "h"))
            newcomers.come(number, from: "h")
        }
    }
}
