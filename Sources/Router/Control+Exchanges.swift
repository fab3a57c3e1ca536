internal import AMQP
internal import Addressing
internal import Configuration
internal import Forwarding
internal import Management
internal import Routing

/// Exchanges and their bindings, by the configuration file and by management (MG-189, RS-486).
extension Control {
    // MARK: Exchanges

    func createExchange(_ wanted: WantedEntity) throws(ManagementError) -> Entity {
        let made = try add(exchange: wanted.name, wanted.attributes)
        return Entity(RouterSnapshot(self).configuration(of: made))
    }

    func loadExchange(_ declared: EntityDeclaration) throws(ManagementError) {
        _ = try add(exchange: declared.fullName, declared.attributes)
    }

    private func add(
        exchange name: String?, _ attributes: ValueMap
    ) throws(ManagementError) -> Exchange {
        let exchange = try exchange(name, attributes)
        try check(exchanges.faults(of: exchange))
        exchanges.add(exchange, &table, into: &effects)
        perform()
        return exchange
    }

    private func exchange(
        _ name: String?, _ attributes: ValueMap
    ) throws(ManagementError) -> Exchange {
        Exchange(
            try ExchangeConfiguration(number: 0, name: name, body: attributes),
            number: table.nextNumber())
    }

    /// The file says it otherwise: its bindings stay.
    func replaceExchange(_ declared: EntityDeclaration) throws(ManagementError) {
        let new = try exchange(declared.fullName, declared.attributes)
        guard let old = exchanges.exchange(named: new.name) else { return }
        try check(exchanges.faults(of: new, for: old))
        exchanges.replace(old, by: new, &table, into: &effects)
        perform()
    }

    func deleteExchange(_ entity: Entity) {
        remove(exchanges.exchanges.first { String($0.number) == entity.identity })
    }

    func unloadExchange(_ declared: EntityDeclaration) {
        remove(exchanges.exchange(named: declared.fullName))
    }

    private func remove(_ exchange: Exchange?) {
        guard let exchange else { return }
        exchanges.remove(exchange, &table, into: &effects)
        perform()
    }

    // MARK: Bindings

    func createBinding(_ wanted: WantedEntity) throws(ManagementError) -> Entity {
        let made = try add(binding: wanted.name, wanted.attributes)
        return Entity(RouterSnapshot(self).configuration(of: made))
    }

    func loadBinding(_ declared: EntityDeclaration) throws(ManagementError) {
        _ = try add(binding: declared.fullName, declared.attributes)
    }

    private func add(
        binding name: String?, _ attributes: ValueMap
    ) throws(ManagementError) -> Binding {
        let binding = Binding(
            try BindingConfiguration(number: 0, name: name, body: attributes),
            number: table.nextNumber())
        try check(exchanges.faults(of: binding))
        exchanges.add(binding, &table, into: &effects)
        perform()
        return binding
    }

    func deleteBinding(_ entity: Entity) {
        remove(exchanges.bindings.first { String($0.number) == entity.identity })
    }

    func unloadBinding(_ declared: EntityDeclaration) {
        remove(exchanges.bindings.first { $0.name == declared.fullName })
    }

    private func remove(_ binding: Binding?) {
        guard let binding else { return }
        exchanges.remove(binding, &table, into: &effects)
        perform()
    }

    private func check(_ found: [ExchangeFault]) throws(ManagementError) {
        var faults = Faults()
        for fault in found { faults.add(fault.rawValue) }
        try faults.check()
    }
}

// MARK: Shown

extension RouterSnapshot {
    var exchangeRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(
            exchanges.exchanges.lazy.map { Entity(configuration(of: $0)) })
    }

    var bindingRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(exchanges.bindings.lazy.map { Entity(configuration(of: $0)) })
    }

    func configuration(of exchange: Exchange) -> ExchangeConfiguration {
        var row = ExchangeConfiguration(
            number: exchange.number, exchangeName: exchange.name, address: exchange.place.address)
        row.phase = Int(exchange.place.phase.number)
        row.alternateAddress = exchange.alternate?.address
        row.alternatePhase = exchange.alternate.map { Int($0.phase.number) }
        row.matchMethod = exchange.method.rawValue
        row.bindings = exchanges.bindings(of: exchange).count
        row.received = exchange.counters.received.count
        row.dropped = exchange.counters.dropped.count
        row.forwarded = exchange.counters.forwarded.count
        row.diverted = exchange.counters.diverted.count
        return row
    }

    func configuration(of binding: Binding) -> BindingConfiguration {
        var row = BindingConfiguration(
            number: binding.number, name: binding.name, exchangeName: binding.exchange,
            bindingKey: binding.key, nextHopAddress: binding.hop.address)
        row.nextHopPhase = Int(binding.hop.phase.number)
        row.matched = binding.matched.value.count
        return row
    }
}

extension Exchange {
    init(_ asked: ExchangeConfiguration, number: UInt64) {
        self.init(
            number: number, name: asked.exchangeName,
            place: NextHop(address: asked.address, phase: Phase(asked.phase) ?? .first),
            alternate: asked.alternateAddress.map {
                NextHop(address: $0, phase: Phase(asked.alternatePhase ?? 0) ?? .first)
            },
            method: SubjectTree.Method(rawValue: asked.matchMethod) ?? .amqp)
    }
}

extension Binding {
    init(_ asked: BindingConfiguration, number: UInt64) {
        self.init(
            number: number, name: asked.name, exchange: asked.exchangeName, key: asked.bindingKey,
            hop: NextHop(
                address: asked.nextHopAddress, phase: Phase(asked.nextHopPhase) ?? .first))
    }
}
