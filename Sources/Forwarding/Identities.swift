public import EventLoop

/// The number that management and the log know a connection by: `[C7]` (MG-130).
public struct ConnectionID: Hashable, Comparable, Sendable {
    public let number: UInt64
    public init(number: UInt64) { self.number = number }
    public static func < (left: ConnectionID, right: ConnectionID) -> Bool {
        left.number < right.number
    }
}

/// The number that management and the log know a link by: `[L12]`.
public struct LinkID: Hashable, Comparable, Sendable {
    public let number: UInt64
    public init(number: UInt64) { self.number = number }
    public static func < (left: LinkID, right: LinkID) -> Bool { left.number < right.number }
}

/// One address of the router's table, for as long as it is in use.
public struct RouteID: Hashable, Sendable {
    public let number: Int
    public init(number: Int) { self.number = number }
}

/// One router of the mesh, for as long as it is known; 0 is this one (MG-146).
public struct RouterIndex: Hashable, Comparable, Sendable {
    public let number: Int
    public init(number: Int) { self.number = number }
    public static func < (left: RouterIndex, right: RouterIndex) -> Bool {
        left.number < right.number
    }
}

/// Where a message entered the mesh, as far as it is counted: a router's number, bounded by what there
/// are places for (MG-141).
public struct EntryRouter: Hashable, Sendable {
    let number: UInt8

    /// This router, which is not counted.
    public static let here = EntryRouter(number: 0)

    private init(number: UInt8) { self.number = number }

    /// One that is not known has the last place.
    init(_ index: RouterIndex?) {
        number = UInt8(clamping: index?.number ?? NumberedCounters.places)
    }
}

/// Something of a worker's, as others name it.
public struct WorkerTicket: Hashable, Sendable {
    public let worker: Int
    public let ticket: Ticket

    public init(worker: Int, ticket: Ticket) {
        self.worker = worker
        self.ticket = ticket
    }
}

/// Which way deliveries go over a link, as the router sees it.
public enum LinkDirection: Sendable {
    case incoming, outgoing

    var opposite: LinkDirection { self == .incoming ? .outgoing : .incoming }
}

/// One end of a link, among all workers' links.
public struct LinkEnd: Hashable, Sendable {
    public let worker: Int
    public let ticket: Ticket
    public let direction: LinkDirection

    public init(_ place: WorkerTicket, _ direction: LinkDirection) {
        worker = place.worker
        ticket = place.ticket
        self.direction = direction
    }

    public var place: WorkerTicket { WorkerTicket(worker: worker, ticket: ticket) }
}

/// What a connection is for, by our own configuration (RS-17).
public enum ConnectionRole: String, CaseIterable, Sendable {
    case normal
    case interRouter = "inter-router"
    case edge
    case routeContainer = "route-container"

    /// Both ends are routers.
    public var isOfRouters: Bool { self == .interRouter || self == .edge }
}

/// How the deliveries to an address find their consumers (RS-150 to RS-167).
public enum Distribution: Sendable { case closest, balanced, multicast, unavailable }
