import AMQP
import Addressing
import EventLoop
import Routing

import Sessions
@testable import Forwarding

/// A table of a router `A` with two workers, and the effects of what was last done to it, in words.
struct Table {
    var table: AddressTable
    /// What the last event led to.
    var effects: [String] = []
    private var lastSlot: UInt32 = 0

    init(
        distribution: Distribution = .balanced,
        rules: [(pattern: String, rule: AddressRules.Rule)] = [], mode: RouterMode = .interior
    ) {
        table = AddressTable(
            router: RouterIdentity(id: "A", mode: mode),
            rules: AddressRules(defaultDistribution: distribution), workerCount: 2,
            randomText: { "RANDOM" })
        for (pattern, rule) in rules { _ = table.rules.insert(pattern, rule) }
    }

    /// A peer attaches; gives the link's place. Slots count from 1.
    @discardableResult
    mutating func attach(
        _ direction: LinkDirection, _ terminus: TerminusReport, worker: Int = 0,
        tenant: String? = nil, connection: UInt64 = 1, isEdge: Bool = false
    ) -> WorkerTicket {
        lastSlot += 1
        let place = WorkerTicket(worker: worker, ticket: Ticket(slot: lastSlot, generation: 1))
        let other = TerminusReport(kind: .null, address: nil)
        let request = LinkRequest(
            connection: ConnectionID(number: connection), place: place, direction: direction,
            name: "link",
            source: direction == .outgoing ? terminus : other,
            target: direction == .incoming ? terminus : other, load: OutletLoad(), capacity: 250,
            isAnnotated: false, isEdge: isEdge, counters: LinkCounters())
        run { table, effects in table.attach(request, tenant: tenant, into: &effects) }
        return place
    }

    @discardableResult
    mutating func send(
        to address: String?, worker: Int = 0, tenant: String? = nil, capability: Value? = nil
    ) -> WorkerTicket {
        attach(
            .incoming,
            TerminusReport(kind: .target, address: address, capabilities: capability),
            worker: worker, tenant: tenant)
    }

    @discardableResult
    mutating func receive(
        from address: String?, worker: Int = 0, tenant: String? = nil, capability: Value? = nil
    ) -> WorkerTicket {
        attach(
            .outgoing,
            TerminusReport(kind: .source, address: address, capabilities: capability),
            worker: worker, tenant: tenant)
    }

    mutating func detach(_ place: WorkerTicket, _ direction: LinkDirection) {
        run { table, effects in table.detach(place, direction, into: &effects) }
    }

    mutating func resolve(_ key: String, worker: Int = 0) {
        run { table, effects in
            table.resolve(worker: worker, key: Array(key.utf8), into: &effects)
        }
    }

    mutating func map(_ key: String, hint: UInt8? = nil, router: Int, isMapped: Bool = true) {
        run { table, effects in
            table.setRemote(
                key: key, hint: hint, router: RouterIndex(number: router), isMapped: isMapped,
                into: &effects)
        }
    }

    mutating func run(_ event: (inout AddressTable, inout [AddressTable.Effect]) -> Void) {
        var effects: [AddressTable.Effect] = []
        event(&table, &effects)
        self.effects = effects.map(Self.words)
    }

    var keys: Set<String> { Set(table.entries.values.map(\.key)) }

    // MARK: Words

    private static func words(_ effect: AddressTable.Effect) -> String {
        switch effect {
        case .tell(let worker, let letter): "\(worker): " + words(letter)
        case .announce(let key, let hint): "announce \(key) \(hint)"
        case .withdraw(let key): "withdraw \(key)"
        case .producersCame(let key): "producers of \(key)"
        case .producersWent(let key): "no producers of \(key)"
        case .tracked(let edge, let key, let isReachable):
            "C\(edge.number) \(key) \(isReachable.map { "\($0)" } ?? "forgotten")"
        }
    }

    private static func words(_ letter: WorkerLetter) -> String {
        switch letter {
        case .attached(let ticket, _, let attachment): words(ticket, attachment)
        case .refused(let ticket, _, let error):
            "\(ticket.slot) refused " + (error.map { "\($0.name) \($0.text ?? "-")" } ?? "")
        case .routeOpened(let route):
            "open \(route.route.number) \(String(decoding: route.key, as: UTF8.self)) "
                + "\(route.distribution)" + (route.isInProcess ? " in-process" : "")
                + (route.priority.map { " priority \($0)" } ?? "")
                + (route.fallback.map { " fallback \($0.number)" } ?? "")
        case .routeClosed(let route): "close \(route.number)"
        case .outletAdded(let route, let outlet):
            "\(route.number) +outlet \(outlet.place.worker)/\(outlet.place.ticket.slot)"
        case .outletRemoved(let route, let place):
            "\(route.number) -outlet \(place.worker)/\(place.ticket.slot)"
        case .remotesChanged(let route, let routers):
            "\(route.number) remotes \(routers.map(\.number))"
        case .resolved(let key, let route):
            "resolved \(String(decoding: key, as: UTF8.self)) "
                + (route.map { "\($0.number)" } ?? "nil")
        default: "\(letter)"
        }
    }

    private static func words(_ ticket: Ticket, _ attachment: Attachment) -> String {
        "\(ticket.slot) attached L\(attachment.link.number)"
            + (attachment.route.map { " route \($0.number)" } ?? "")
            + (attachment.phase == 0 ? "" : " phase \(attachment.phase)")
            + (attachment.to.map { " to \($0)" } ?? "")
            + (attachment.dynamicAddress.map { " dynamic \($0)" } ?? "")
    }
}
