package import Addressing
internal import Schema

/// A place that an exchange sends to.
package struct NextHop: Hashable, Sendable {
    package var address: String
    package var phase: Phase
}

/// An `exchange` section (RS-280).
package struct ExchangeSettings: Hashable, Sendable {
    package var name: String
    package var address: String
    package var phase: Phase
    /// Where messages go that nobody else got.
    package var alternate: NextHop?
    package var matchMethod: SubjectTree.Method

    init(_ entity: EntityDeclaration) throws(ExchangeFault) {
        guard let address = entity.text("address") else {
            throw .init("exchange address is mandatory")
        }
        name = entity.fullName
        self.address = address
        phase = try entity.phase("phase")
        matchMethod = entity.choice("matchMethod") ?? .amqp
        let alternatePhase = try entity.phase("alternatePhase")
        alternate = entity.text("alternateAddress").map {
            NextHop(address: $0, phase: alternatePhase)
        }
    }
}

/// A `binding` section (RS-280).
package struct BindingSettings: Hashable, Sendable {
    package var name: String
    package var exchange: String
    /// `#` if none is given.
    package var key: String
    package var nextHop: NextHop

    init(_ entity: EntityDeclaration) throws(ExchangeFault) {
        guard let exchange = entity.text("exchangeName") else {
            throw .init("Binding configuration requires an exchange")
        }
        guard let address = entity.text("nextHopAddress") else {
            throw .init("No next hop specified")
        }
        name = entity.fullName
        self.exchange = exchange
        key = entity.text("bindingKey") ?? "#"
        nextHop = NextHop(address: address, phase: try entity.phase("nextHopPhase"))
    }
}

/// Why an exchange or a binding cannot be, in the words of MG-189.
struct ExchangeFault: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

extension EntityDeclaration {
    fileprivate func phase(_ attribute: String) throws(ExchangeFault) -> Phase {
        guard let phase = Phase(configured: number(attribute) ?? 0) else {
            throw ExchangeFault("phase must be in the range 0-9")
        }
        return phase
    }
}

/// The exchanges of a configuration with their bindings: those that can be, in the file's order.
struct Exchanges {
    private(set) var exchanges: [ExchangeSettings] = []
    private(set) var bindings: [BindingSettings] = []

    /// Bindings may stand before their exchange.
    init(_ entities: [EntityDeclaration], _ problems: inout [Problem]) {
        for entity in entities where entity.type.name == Schema.exchange.name {
            Self.telling(entity, &problems) { () throws(ExchangeFault) in
                try add(ExchangeSettings(entity))
            }
        }
        for entity in entities where entity.type.name == Schema.binding.name {
            Self.telling(entity, &problems) { () throws(ExchangeFault) in
                try add(BindingSettings(entity))
            }
        }
    }

    private static func telling(
        _ entity: EntityDeclaration, _ problems: inout [Problem],
        _ body: () throws(ExchangeFault) -> Void
    ) {
        do throws(ExchangeFault) {
            try body()
        } catch {
            let what = entity.type.sectionName
            problems.append(
                Problem(
                    .warning, from: .routes, line: entity.line,
                    "Error configuring \(what): \(error.reason)", remedy: "the section is ignored"))
        }
    }

    private mutating func add(_ exchange: ExchangeSettings) throws(ExchangeFault) {
        guard !exchanges.contains(where: { $0.name == exchange.name }) else {
            throw .init("duplicate exchange name")
        }
        guard !exchanges.contains(where: { $0.address == exchange.address }) else {
            throw .init("duplicate exchange address")
        }
        exchanges.append(exchange)
    }

    private mutating func add(_ binding: BindingSettings) throws(ExchangeFault) {
        guard let exchange = exchanges.first(where: { $0.name == binding.exchange }) else {
            throw .init("Named exchange does not exist")
        }
        guard exchange.matchMethod.canRead(binding.key) else {
            throw .init("The binding key pattern is invalid")
        }
        let isThere = bindings.contains { other in
            other.exchange == binding.exchange && other.key == binding.key
                && other.nextHop == binding.nextHop
        }
        guard !isThere else { throw .init("Next hop for key already exists") }
        bindings.append(binding)
    }
}
