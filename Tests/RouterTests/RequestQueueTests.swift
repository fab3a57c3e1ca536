import Forwarding
import Seeded
import Testing

@testable import Router

@Suite struct `Requests that wait` {
    private let one = ConnectionID(number: 1)
    private let two = ConnectionID(number: 2)

    @Test func `are served in turn for each connection, each one's in their order`() {
        var queue = RequestQueue<Int>()
        for number in 1...3 { #expect(queue.add(number, from: one, octets: 1).isEmpty) }
        for number in 11...12 { #expect(queue.add(number, from: two, octets: 1).isEmpty) }
        var served: [Int] = []
        while let next = queue.next(unless: { _ in nil }) { served.append(next) }
        #expect(served == [1, 11, 2, 12, 3])
        #expect((queue.count, queue.octets) == (0, 0))
    }

    @Test func `of a connection that is gone are taken out`() {
        var queue = RequestQueue<Int>()
        for number in 1...3 { _ = queue.add(number, from: one, octets: 1) }
        _ = queue.add(11, from: two, octets: 1)
        #expect(queue.next { _ in nil } == 1)
        #expect(queue.drop(from: one) == [2, 3])
        #expect(queue.drop(from: one).isEmpty)
        #expect(queue.next { _ in nil } == 11)
        #expect(queue.next { _ in nil } == nil)
        #expect((queue.count, queue.octets) == (0, 0))
    }

    @Test func `beyond the bound displace the newest of whoever has most`() {
        var queue = RequestQueue<Int>()
        let third = RequestQueue<Int>.mostOctets / 3
        for number in 1...2 { #expect(queue.add(number, from: one, octets: third).isEmpty) }
        #expect(queue.add(11, from: two, octets: third) == [2])
        #expect(queue.add(3, from: one, octets: third * 2) == [3])
        #expect(queue.next { _ in nil } == 1)
        #expect(queue.next { _ in nil } == 11)
        #expect((queue.count, queue.octets) == (0, 0))
        let huge = RequestQueue<Int>.mostOctets
        #expect(queue.add(4, from: one, octets: huge) == [4])
        #expect((queue.count, queue.octets) == (0, 0))
    }

    @Test func `behind one that has an obstacle wait until that is gone`() {
        var queue = RequestQueue<Int>()
        for number in 1...3 { _ = queue.add(number, from: one, octets: 1) }
        for number in 11...13 { _ = queue.add(number, from: two, octets: 1) }
        let obstacle = { (request: Int) in request == 2 ? "full" : nil }
        var served: [Int] = []
        while let next = queue.next(unless: obstacle) { served.append(next) }
        #expect(served == [1, 11, 12, 13])
        #expect((queue.hasTurns, queue.hasHeld) == (false, true))
        _ = queue.add(4, from: one, octets: 1)
        queue.release { _ in false }
        #expect(queue.next(unless: obstacle) == nil)
        queue.release { $0 == "full" }
        #expect((queue.hasTurns, queue.hasHeld) == (true, false))
        while let next = queue.next(unless: { _ in nil }) { served.append(next) }
        #expect(served == [1, 11, 12, 13, 2, 3, 4])
    }

    @Test func `held up, of a connection that is gone are taken out`() {
        var queue = RequestQueue<Int>()
        for number in 1...3 { _ = queue.add(number, from: one, octets: 1) }
        #expect(queue.next { _ in "full" } == nil)
        #expect(queue.drop(from: one) == [1, 2, 3])
        #expect((queue.count, queue.octets, queue.hasHeld) == (0, 0, false))
        queue.release { _ in true }
        #expect(queue.next { _ in nil } == nil)
    }

    /// Against plain arrays: what is there, what it weighs, and that nobody waits for a second turn
    /// of another.
    @Test(arguments: 0..<50) func `are those of a plain list`(seed: UInt64) {
        var chance = Seed(number: seed)
        var queue = RequestQueue<Int>()
        var lists: [ConnectionID: [(request: Int, octets: Int)]] = [:]
        for request in 0..<2_000 {
            let asker = ConnectionID(number: .random(in: 0..<9, using: &chance))
            switch Int.random(in: 0..<10, using: &chance) {
            case 0..<6:
                let octets = Int.random(in: 0...(1 << 20), using: &chance)
                lists[asker, default: []].append((request, octets))
                for displaced in queue.add(request, from: asker, octets: octets) {
                    let owner = lists.first { $0.value.last?.request == displaced }
                    lists[owner!.key]!.removeLast()
                }
            case 6..<9:
                let isHeld = chance.below(4) == 0
                if chance.below(3) == 0 { queue.release { _ in true } }
                let next = queue.next { isHeld && $0 % 3 == 0 ? "" : nil }
                let owner = lists.first { $0.value.first?.request == next && next != nil }
                if !queue.hasHeld {
                    #expect((owner == nil) == lists.values.allSatisfy(\.isEmpty))
                }
                if let owner { lists[owner.key]!.removeFirst() }
            default:
                #expect(queue.drop(from: asker) == (lists[asker] ?? []).map(\.request))
                lists[asker] = nil
            }
            let all = lists.values.joined()
            let (count, octets) = (queue.count, queue.octets)
            #expect(count == all.count)
            let weight = RequestQueue<Int>.weight
            #expect(octets == all.reduce(0) { $0 + $1.octets + weight })
        }
    }
}
