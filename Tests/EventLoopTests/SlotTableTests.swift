import EventLoop
import Seeded
import Testing

@Suite struct `A slot table` {
    @Test func `holds what a dictionary by ticket would hold`() {
        var seed = Seed()
        var table = SlotTable<Int>(capacity: 4)
        var twin: [Ticket: Int] = [:]
        var gone: [Ticket] = []
        for number in 0..<20_000 {
            if seed.below(5) < 3 {
                let ticket = table.insert(number)
                #expect(twin.updateValue(number, forKey: ticket) == nil)
            } else if let ticket = twin.keys.min(by: { $0.packed < $1.packed }) {
                table.remove(ticket)
                twin[ticket] = nil
                gone.append(ticket)
            }
            #expect(table.count == twin.count)
        }
        for (ticket, number) in twin {
            let isThere = table.contains(ticket)
            #expect(isThere)
            let found = table[ticket]
            #expect(found == number)
        }
        let wrong = gone.filter { table.contains($0) }
        #expect(wrong.isEmpty)
        #expect(Set(table.tickets) == Set(twin.keys))
    }

    @Test func `tells a slot's earlier tenant from its present one`() {
        var table = SlotTable<String>()
        let first = table.insert("first")
        table.remove(first)
        let second = table.insert("second")
        #expect(second.slot == first.slot)
        let isThere = table.contains(first)
        #expect(!isThere)
        let found = table[second]
        #expect(found == "second")
    }

    @Test func `takes a ticket back from its packed number`() {
        let ticket = Ticket(slot: 7, generation: .max)
        #expect(Ticket(packed: ticket.packed) == ticket)
        #expect(Ticket(slot: 0, generation: 1).packed != 0)
    }

    @Test func `stops the program if a ticket has outlived its record`() async {
        await #expect(processExitsWith: .failure) {
            var table = SlotTable<Int>()
            let ticket = table.insert(1)
            table.remove(ticket)
            _ = table[ticket]
        }
    }
}
