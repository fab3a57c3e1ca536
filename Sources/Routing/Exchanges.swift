package import Addressing
package import Forwarding

/// An address in one of its phases.
package struct NextHop: Hashable, Sendable {
    package var address: String
    package var phase: Phase

    package init(address: String, phase: Phase) {
        self.address = address
        self.phase = phase
    }
}

/// An exchange (RS-280): shares the messages for its address out by their subjects.
package struct Exchange: Sendable {
    /// The number that management knows it by.
    package let number: UInt64
    package let name: String
    package var place: NextHop
    /// Who gets what nobody else got (RS-283).
    package var alternate: NextHop?
    package var method: SubjectTree.Method
    package let counters = ExchangeCounters()

    package init(
        number: UInt64, name: String, place: NextHop, alternate: NextHop?,
        method: SubjectTree.Method
    ) {
        self.number = number
        self.name = name
        self.place = place
        self.alternate = alternate
        self.method = method
    }
}

/// One way out of an exchange (RS-281, RS-282).
package struct Binding: Sendable {
    package let number: UInt64
    package let name: String?
    /// The exchange's name.
    package let exchange: String
    package let key: String
    package let hop: NextHop
    package let matched = Gauge()

    package init(number: UInt64, name: String?, exchange: String, key: String, hop: NextHop) {
        self.number = number
        self.name = name
        self.exchange = exchange
        self.key = key
        self.hop = hop
    }
}

/// Why an exchange or a binding cannot be, in the words of MG-189.
package enum ExchangeFault: String, Error {
    case duplicateName = "duplicate exchange name"
    case duplicateAddress = "duplicate exchange address"
    case noExchange = "Named exchange does not exist"
    case invalidKey = "The binding key pattern is invalid"
    case duplicateBinding = "Duplicate next hop name"
    case duplicateHop = "Next hop for key already exists"
}

/// The exchanges with their bindings, and the addresses that are held for them in the table.
///
/// Pure: changes in, effects of the table out.
package struct Exchanges: Sendable {
    package typealias Effects = [AddressTable.Effect]

    /// In the order of their making.
    package private(set) var exchanges: [Exchange] = []
    package private(set) var bindings: [Binding] = []

    package init() {}

    package func exchange(named name: String) -> Exchange? {
        exchanges.first { $0.name == name }
    }

    package func bindings(of exchange: Exchange) -> [Binding] {
        bindings.filter { $0.exchange == exchange.name }
    }

    // MARK: Faults

    /// What stands against an exchange.
    package func faults(of exchange: Exchange) -> [ExchangeFault] {
        var faults: [ExchangeFault] = []
        if self.exchange(named: exchange.name) != nil { faults.append(.duplicateName) }
        if isTaken(exchange.place.address, but: nil) { faults.append(.duplicateAddress) }
        return faults
    }

    /// What stands against another form of an exchange that is there.
    package func faults(of new: Exchange, for old: Exchange) -> [ExchangeFault] {
        isTaken(new.place.address, but: old) ? [.duplicateAddress] : []
    }

    private func isTaken(_ address: String, but own: Exchange?) -> Bool {
        exchanges.contains {
            $0.number != own?.number
                && ParsedAddress.normalised($0.place.address) == ParsedAddress.normalised(address)
        }
    }

    /// What stands against a binding.
    package func faults(of binding: Binding) -> [ExchangeFault] {
        guard let exchange = exchange(named: binding.exchange) else { return [.noExchange] }
        var faults: [ExchangeFault] = []
        if !exchange.method.canRead(binding.key) { faults.append(.invalidKey) }
        let others = bindings(of: exchange)
        if let name = binding.name, others.contains(where: { $0.name == name }) {
            faults.append(.duplicateBinding)
        }
        if others.contains(where: { $0.key == binding.key && $0.hop == binding.hop }) {
            faults.append(.duplicateHop)
        }
        return faults
    }

    // MARK: Changes

    /// Nothing stands against it.
    package mutating func add(
        _ exchange: Exchange, _ table: inout AddressTable, into effects: inout Effects
    ) {
        exchanges.append(exchange)
        table.hold(exchange.place.address, exchange.place.phase, into: &effects)
        if let hop = exchange.alternate { table.holdAsProducer(hop, into: &effects) }
        tell(of: exchange, &table, into: &effects)
    }

    /// Another alternate, another way of reading keys: the bindings stay that can be read so.
    package mutating func replace(
        _ exchange: Exchange, by new: Exchange, _ table: inout AddressTable,
        into effects: inout Effects
    ) {
        let kept = bindings(of: exchange)
        remove(exchange, &table, into: &effects)
        add(new, &table, into: &effects)
        for binding in kept where faults(of: binding).isEmpty {
            add(binding, &table, into: &effects)
        }
    }

    /// With its bindings (RS-486).
    package mutating func remove(
        _ exchange: Exchange, _ table: inout AddressTable, into effects: inout Effects
    ) {
        guard let index = exchanges.firstIndex(where: { $0.number == exchange.number }) else {
            return
        }
        let gone = bindings(of: exchange)
        exchanges.remove(at: index)
        bindings.removeAll { $0.exchange == exchange.name }
        if let route = table.route(of: exchange.place.address, exchange.place.phase) {
            table.setExchange(nil, at: route, into: &effects)
        }
        for binding in gone { table.letGoAsProducer(of: binding.hop, into: &effects) }
        if let hop = exchange.alternate { table.letGoAsProducer(of: hop, into: &effects) }
        table.letGo(of: exchange.place.address, exchange.place.phase, into: &effects)
    }

    /// Nothing stands against it.
    package mutating func add(
        _ binding: Binding, _ table: inout AddressTable, into effects: inout Effects
    ) {
        guard let exchange = exchange(named: binding.exchange) else { return }
        bindings.append(binding)
        table.holdAsProducer(binding.hop, into: &effects)
        tell(of: exchange, &table, into: &effects)
    }

    package mutating func remove(
        _ binding: Binding, _ table: inout AddressTable, into effects: inout Effects
    ) {
        guard let index = bindings.firstIndex(where: { $0.number == binding.number }) else {
            return
        }
        bindings.remove(at: index)
        if let exchange = exchange(named: binding.exchange) {
            tell(of: exchange, &table, into: &effects)
        }
        table.letGoAsProducer(of: binding.hop, into: &effects)
    }

    // MARK: In the table

    private func tell(
        of exchange: Exchange, _ table: inout AddressTable, into effects: inout Effects
    ) {
        guard let own = table.hop(to: exchange.place) else { return }
        var keys = SubjectTree(exchange.method)
        var hops: [ExchangeDescription.Hop] = []
        var places: [NextHop: Int] = [:]
        var ways: [ExchangeDescription.Binding] = []
        for binding in bindings(of: exchange) {
            if places[binding.hop] == nil, let hop = table.hop(to: binding.hop) {
                places[binding.hop] = hops.count
                hops.append(hop)
            }
            guard let place = places[binding.hop] else { continue }
            keys.insert(binding.key, ways.count)
            ways.append(ExchangeDescription.Binding(hop: place, matched: binding.matched))
        }
        table.setExchange(
            ExchangeDescription(
                own: own, hops: hops, alternate: exchange.alternate.flatMap { table.hop(to: $0) },
                bindings: ways, keys: keys, counters: exchange.counters),
            at: own.route, into: &effects)
    }
}
