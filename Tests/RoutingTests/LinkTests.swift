import AMQP
import EventLoop
import Forwarding
import Routing
import Sessions
import Testing

@Suite struct `Links on addresses` {
    @Test func `a sender opens the address on its worker and is attached (RS-34)`() {
        var table = Table()
        table.send(to: "a/b", worker: 1)
        #expect(
            table.effects == ["1: open 1 M0a/b balanced", "1: 1 attached L1 route 1 to a/b"])
    }

    @Test func `a receiver is a consumer at once, and is announced (RS-44)`() {
        var table = Table()
        table.receive(from: "a")
        #expect(
            table.effects == [
                "0: open 1 M0a balanced", "0: 1 +outlet 0/1", "announce M0a 3",
                "0: 1 attached L1 route 1",
            ])
    }

    @Test func `a second consumer is told to all workers before it is answered, and not announced`()
    {
        var table = Table()
        table.send(to: "a", worker: 1)
        table.receive(from: "a")
        table.receive(from: "a", worker: 1)
        #expect(
            table.effects == [
                "0: 1 +outlet 1/3", "1: 1 +outlet 1/3", "1: 3 attached L3 route 1",
            ])
    }

    @Test func `a new replica hears of the consumers that are there, in their order`() {
        var table = Table()
        table.receive(from: "a")
        table.receive(from: "a")
        table.send(to: "a", worker: 1)
        #expect(
            table.effects == [
                "1: open 1 M0a balanced", "1: 1 +outlet 0/1", "1: 1 +outlet 0/2",
                "1: 3 attached L3 route 1 to a",
            ])
    }

    @Test func `of several consumers, only the last to go is withdrawn`() {
        var table = Table()
        table.send(to: "a")
        let first = table.receive(from: "a")
        let second = table.receive(from: "a", worker: 1)
        table.detach(first, .outgoing)
        #expect(table.effects == ["0: 1 -outlet 0/2", "1: 1 -outlet 0/2"])
        table.detach(second, .outgoing)
        #expect(table.effects == ["0: 1 -outlet 1/3", "1: 1 -outlet 1/3", "withdraw M0a"])
    }

    @Test func `the last link to go closes the address on every worker (RS-61)`() {
        var table = Table()
        let sender = table.send(to: "a", worker: 1)
        let receiver = table.receive(from: "a")
        table.detach(receiver, .outgoing)
        table.detach(sender, .incoming)
        #expect(table.effects == ["0: close 1", "1: close 1"])
        #expect(table.table.entries.isEmpty)
        #expect(table.table.routesByKey.isEmpty)
        #expect(table.table.links.isEmpty)
    }

    @Test func `an address that comes again is a new one, with new counters (RS-61)`() {
        var table = Table()
        table.detach(table.send(to: "a"), .incoming)
        table.send(to: "a")
        #expect(table.effects == ["0: open 2 M0a balanced", "0: 2 attached L2 route 2 to a"])
    }

    @Test func `a detach of what is not attached leads to nothing`() {
        var table = Table()
        let sender = table.send(to: "a")
        table.detach(sender, .outgoing)
        #expect(table.effects == [])
        table.detach(sender, .incoming)
        table.detach(sender, .incoming)
        #expect(table.effects == [])
    }

    @Test func `an incoming and an outgoing link may have equal tickets`() {
        var table = Table()
        let place = WorkerTicket(worker: 0, ticket: Ticket(slot: 1, generation: 1))
        let links = [
            LinkPlace(place, .incoming), LinkPlace(place, .outgoing), LinkPlace(place, .incoming),
        ]
        #expect(Set(links).count == 2)
        table.detach(place, .incoming)
        #expect(table.effects == [])
    }

    @Test func `the same address in other words is the same route (RS-110)`() {
        var table = Table()
        table.receive(from: "amqp://host:1/a/b")
        table.send(to: "/a/b.")
        #expect(table.effects == ["0: 2 attached L2 route 1 to /a/b."])
    }

    @Test func `what looks alike but has other bytes is another address (RS-111)`() {
        var table = Table()
        table.receive(from: "caf\u{E9}")
        table.receive(from: "cafe\u{301}")
        #expect(table.table.entries.count == 2)
    }

    @Test(arguments: [nil, ""] as [String?])
    func `a sender without an address is anonymous (RS-42)`(address: String?) {
        var table = Table()
        let text = address.flatMap { $0.isEmpty ? nil : $0 }
        table.send(to: text)
        #expect(table.effects == ["0: 1 attached L1"])
        #expect(table.table.entries.isEmpty)
    }

    @Test func `a sender with a null target is anonymous (RS-42)`() {
        var table = Table()
        table.attach(.incoming, TerminusReport(kind: .null, address: nil))
        #expect(table.effects == ["0: 1 attached L1"])
    }

    @Test func `an anonymous sender that goes leads to nothing`() {
        var table = Table()
        table.detach(table.send(to: nil), .incoming)
        #expect(table.effects == [])
        #expect(table.table.links.isEmpty)
    }

    @Test func `the entry counts senders and lists consumers in their order`() {
        var table = Table()
        let sender = table.send(to: "a")
        table.send(to: "a", worker: 1)
        let first = table.receive(from: "a", worker: 1)
        let second = table.receive(from: "a")
        #expect(table.table.entry(forKey: "M0a")?.inletCount == 2)
        #expect(table.table.entry(forKey: "M0a")?.outlets.map(\.place) == [first, second])
        table.detach(sender, .incoming)
        table.detach(first, .outgoing)
        #expect(table.table.entry(forKey: "M0a")?.inletCount == 1)
        #expect(table.table.entry(forKey: "M0a")?.outlets.map(\.place) == [second])
    }
}
