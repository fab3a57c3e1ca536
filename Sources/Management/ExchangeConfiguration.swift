internal import AMQP

/// `router.config.exchange` (MG-176, MG-189).
package struct ExchangeConfiguration: Hashable, Sendable {
    package var number: UInt64
    package var exchangeName: String
    package var address: String
    package var phase = 0
    package var alternateAddress: String?
    package var alternatePhase: Int?
    /// `amqp` or `mqtt`.
    package var matchMethod = "amqp"
    package var bindings = 0
    package var received: UInt64 = 0
    package var dropped: UInt64 = 0
    package var forwarded: UInt64 = 0
    package var diverted: UInt64 = 0

    package init(number: UInt64, exchangeName: String, address: String) {
        self.number = number
        self.exchangeName = exchangeName
        self.address = address
    }
}

extension ExchangeConfiguration: Reported {
    package static let type = "router.config.exchange"
    package var name: String? { exchangeName }
    package var identity: String { String(number) }

    package static let columns: Columns<ExchangeConfiguration> = [
        Column("name") { .string($0.exchangeName) },
        Column("identity") { .string($0.identity) },
        Column("address") { .string($0.address) },
        Column("phase") { .small($0.phase) },
        Column("alternateAddress") { .text($0.alternateAddress) },
        Column("alternatePhase") { $0.alternatePhase.map(Value.small) ?? .null },
        Column("matchMethod") { .string($0.matchMethod) },
        Column("bindingCount") { .size($0.bindings) },
        Column("receivedCount") { .count($0.received) },
        Column("droppedCount") { .count($0.dropped) },
        Column("forwardedCount") { .count($0.forwarded) },
        Column("divertedCount") { .count($0.diverted) },
    ]
}

/// `router.config.binding` (MG-189).
package struct BindingConfiguration: Hashable, Sendable {
    package var number: UInt64
    package var name: String?
    package var exchangeName: String
    package var bindingKey: String
    package var nextHopAddress: String
    package var nextHopPhase = 0
    package var matched: UInt64 = 0

    package init(
        number: UInt64, name: String?, exchangeName: String, bindingKey: String,
        nextHopAddress: String
    ) {
        self.number = number
        self.name = name
        self.exchangeName = exchangeName
        self.bindingKey = bindingKey
        self.nextHopAddress = nextHopAddress
    }
}

extension BindingConfiguration: Reported {
    package static let type = "router.config.binding"
    package var identity: String { String(number) }

    package static let columns: Columns<BindingConfiguration> = [
        Column("name") { .text($0.name) },
        Column("identity") { .string($0.identity) },
        Column("exchangeName") { .string($0.exchangeName) },
        Column("bindingKey") { .string($0.bindingKey) },
        Column("nextHopAddress") { .string($0.nextHopAddress) },
        Column("nextHopPhase") { .small($0.nextHopPhase) },
        Column("matchedCount") { .count($0.matched) },
    ]
}
