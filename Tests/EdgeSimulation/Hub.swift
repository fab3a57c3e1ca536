internal import AMQP
internal import Addressing
internal import Basis
internal import Edge
internal import EventLoop
internal import Forwarding
internal import Routing
internal import Sessions

/// A link of an edge's, as its interior router has it.
struct HubLink {
    let place: WorkerTicket
    let direction: LinkDirection
    let purpose: EdgeLink
}

/// What an interior router keeps for edges, beside the routing protocol.
struct Hub {
    private(set) var table: AddressTable
    var tracking = AddressTracking()
    var heartbeats = Heartbeats()
    /// Connections of edges, by their numbers.
    var open: Set<Int> = []
    /// Counts starts: what was to happen to a former life does not happen to this one.
    var boot = 0
    private var lastSlot: UInt32 = 0
    private let counters = LinkCounters()
    private let load = OutletLoad()

    init(name: String) {
        table = AddressTable(
            router: RouterIdentity(id: name, mode: .interior),
            rules: AddressRules(defaultDistribution: .balanced), workerCount: 1,
            randomText: { "" })
        for service in [EdgeService.lookup, .heartbeat] {
            table.addInProcess(key: service.key, credit: service.credit)
        }
    }

    mutating func admit(_ connection: Int) -> Bool {
        open.insert(connection)
        return table.holdings.admit(ConnectionID(number: UInt64(connection))) == nil
    }

    mutating func attach(
        _ purpose: EdgeLink, of edge: String, on connection: Int,
        into effects: inout [AddressTable.Effect]
    ) -> HubLink? {
        lastSlot += 1
        let place = WorkerTicket(worker: 0, ticket: Ticket(slot: lastSlot, generation: 1))
        let isConsumer = purpose.isConsumer
        let none = TerminusReport(kind: .null, address: nil)
        let terminus = TerminusReport(
            kind: isConsumer ? .source : .target, address: purpose.address(of: edge),
            isDynamic: purpose.isAnswer,
            capabilities: purpose == .downlink ? .symbol("qd.router-edge-downlink") : nil)
        let request = LinkRequest(
            connection: ConnectionID(number: UInt64(connection)), place: place,
            direction: isConsumer ? .outgoing : .incoming, name: "",
            source: isConsumer ? terminus : none, target: isConsumer ? none : terminus,
            load: load, capacity: 250, isAnnotated: true, isEdge: true, counters: counters)
        if table.attach(request, tenant: nil, into: &effects) != nil { return nil }
        return HubLink(place: place, direction: request.direction, purpose: purpose)
    }

    mutating func detach(_ link: HubLink, into effects: inout [AddressTable.Effect]) {
        table.detach(link.place, link.direction, into: &effects)
    }

    mutating func setRemote(
        _ key: String, at router: Int, isMapped: Bool, into effects: inout [AddressTable.Effect]
    ) {
        table.setRemote(
            key: key, hint: 3, router: RouterIndex(number: router + 1), isMapped: isMapped,
            into: &effects)
    }

    mutating func left(_ connection: Int) {
        open.remove(connection)
        table.holdings.left(ConnectionID(number: UInt64(connection)))
        tracking.left(UplinkID(UInt64(connection)))
        heartbeats.ended(UplinkID(UInt64(connection)))
    }
}

extension EdgeLink {
    /// The interior sends on it.
    fileprivate var isConsumer: Bool {
        switch self {
        case .downlink, .tracking, .answers, .consumer: true
        case .anonymous, .heartbeat, .questions, .producer: false
        }
    }

    fileprivate var isAnswer: Bool { if case .answers = self { true } else { false } }

    fileprivate func address(of edge: String) -> String? {
        switch self {
        case .anonymous, .answers: nil
        case .downlink: edge
        case .tracking: EdgeService.tracking.rawValue
        case .heartbeat: EdgeService.heartbeat.rawValue
        case .questions: EdgeService.lookup.rawValue
        case .consumer(let key), .producer(let key): String(key.dropFirst(2))
        }
    }
}
