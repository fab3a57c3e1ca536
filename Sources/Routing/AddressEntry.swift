internal import Addressing
package import Forwarding

/// One address in use: who sends to it, who consumes it, and which workers hold a replica.
package struct AddressEntry: Sendable {
    package let route: RouteID
    /// The routing key (RS-112): `M0a/b`.
    package let key: String
    package let distribution: Distribution
    /// The address's own priority, if configured.
    package let priority: UInt8?
    /// The router itself consumes it.
    package internal(set) var isInProcess = false
    /// How many configured entities keep it although nothing is attached.
    package internal(set) var holders = 0
    /// Consumers' links, in the order of their attach.
    package var outlets: some Sequence<OutletDescription> { places.lazy.compactMap { $0 } }
    package private(set) var outletCount = 0
    /// Those that have gone leave a gap, until gaps are as many as links.
    private var places: [OutletDescription?] = []
    /// Where each stands, while there are many and some go.
    private var placeOf: [WorkerTicket: Int]?
    private static let fewOutlets = 64
    /// Routers that have announced it.
    package internal(set) var remotes: Set<RouterIndex> = []
    /// Links that send to it.
    package internal(set) var inletCount = 0
    /// What shares its messages out among other addresses.
    package internal(set) var exchange: ExchangeDescription?
    /// Of an address with a fallback, its other half: that of the fallback's consumers, or that of
    /// its own. One is there as long as the other is in use.
    package internal(set) var twin: RouteID?
    /// Of its links, those of edges.
    var edges: [ConnectionID: EdgeShare] = [:]
    /// No edge has, or had, more of its consumers.
    var mostOutletsOfAnEdge = 0
    /// Every edge with producers was told that there are consumers.
    var isToldToAll = false
    /// What a sender may send before it was taken, where that is not the connection's to say.
    package internal(set) var inletCredit: Int?
    /// What each worker with a replica counts.
    package internal(set) var replicas: [Int: AddressCounters] = [:]

    init(route: RouteID, key: String, distribution: Distribution, priority: UInt8?) {
        self.route = route
        self.key = key
        self.distribution = distribution
        self.priority = priority
    }

    /// Adds a consumer; true if it is the only one. In place: a copy of the entry that is held
    /// meanwhile would copy all consumers for each that comes.
    mutating func add(_ outlet: OutletDescription) -> Bool {
        placeOf?[outlet.place] = places.count
        places.append(outlet)
        outletCount += 1
        return outletCount == 1
    }

    /// Takes a consumer out; true if it was the last.
    mutating func removeOutlet(at place: WorkerTicket) -> Bool {
        guard let index = index(of: place) else { return false }
        places[index] = nil
        placeOf?[place] = nil
        outletCount -= 1
        if outletCount * 2 <= places.count {
            places.removeAll { $0 == nil }
            placeOf = nil
        }
        return outletCount == 0
    }

    private mutating func index(of place: WorkerTicket) -> Int? {
        guard places.count > Self.fewOutlets else {
            return places.firstIndex { $0?.place == place }
        }
        if placeOf == nil {
            var made: [WorkerTicket: Int] = [:]
            made.reserveCapacity(outletCount)
            for (index, outlet) in places.enumerated() {
                if let outlet { made[outlet.place] = index }
            }
            placeOf = made
        }
        return placeOf?[place]
    }

    /// Nothing keeps it (RS-61).
    var isUnused: Bool {
        !isInProcess && holders == 0 && outletCount == 0 && remotes.isEmpty && inletCount == 0
    }

    /// Another router may be told of its consumers here (IR 5.3).
    var isMobile: Bool { key.hasPrefix("M") || key.hasPrefix("H") }

    /// It stands for an edge and all that is below it (IR 8.3).
    var isOfEdge: Bool { key.hasPrefix("H") }

    /// Others than the edge behind that connection have consumers.
    func hasConsumers(besides edge: ConnectionID) -> Bool {
        !remotes.isEmpty || exchange != nil || outletCount > (edges[edge]?.outlets ?? 0)
    }

    /// Every edge has consumers beyond it, without a look at each.
    var hasConsumersForAll: Bool {
        !remotes.isEmpty || exchange != nil || outletCount > mostOutletsOfAnEdge
    }

    /// Others are told of it: it has consumers here, or an exchange (IR 5.3, RS-480).
    var isDestination: Bool { isMobile && (outletCount > 0 || exchange != nil) }

    /// The code of its distribution among routers (IR 4.3).
    var hint: UInt8 {
        switch distribution {
        case .multicast: 1
        case .closest: 2
        case .balanced: 3
        case .unavailable: 5
        }
    }

    /// A count of all workers.
    package func total(_ counter: (AddressCounters) -> UInt64) -> UInt64 {
        replicas.values.reduce(0) { $0 + counter($1) }
    }

    /// Unsettled balanced deliveries by trunk, of all workers; nil before the first (MG-152).
    package var transitOutstanding: [Int64]? {
        let tables = replicas.values.compactMap { $0.byTrunk }
        guard let first = tables.first else { return nil }
        return first.indices.map { place in
            Int64(bitPattern: tables.reduce(0) { $0 &+ $1[place] })
        }
    }
}
