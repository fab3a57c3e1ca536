internal import AMQP
internal import Basis
internal import EventLoop

/// One worker's replica of an address: its consumers, and how they share its deliveries.
final class Route {
    /// A consumer's link, of this worker or of another.
    enum Outlet {
        case local(OutgoingLink)
        case foreign(OutletDescription)

        func place(worker: Int) -> WorkerTicket {
            switch self {
            case .local(let link): WorkerTicket(worker: worker, ticket: link.ticket)
            case .foreign(let description): description.place
            }
        }

        /// It is a link of that connection.
        func isOn(_ connection: PeerConnection?) -> Bool {
            guard let connection, case .local(let link) = self else { return false }
            return link.connection === connection
        }

        /// Undelivered and unsettled deliveries (RS-152).
        var value: Int {
            switch self {
            case .local(let link): link.value
            case .foreign(let description): description.load.value
            }
        }

        var capacity: Int {
            switch self {
            case .local(let link): link.capacity
            case .foreign(let description): description.capacity
            }
        }
    }

    let id: RouteID
    let key: [UInt8]
    let distribution: Distribution
    let priority: UInt8?
    let isInProcess: Bool
    /// What shares its messages out among other addresses.
    var exchange: ExchangeDescription? { didSet { hasOwnWay = isInProcess || exchange != nil } }
    /// That what comes to its exchange goes round in a circle has been said.
    var isCircleNamed = false
    /// Its messages do not simply go to consumers.
    private(set) var hasOwnWay: Bool
    let counters: AddressCounters
    /// Consumers of this router, in the order of their turn.
    var outlets: [Outlet] = []
    /// Whose turn it is.
    var turn = 0
    /// Routers with consumers.
    var remotes: [RouterIndex] = []
    var remoteTurn = 0
    /// Unsettled balanced deliveries over each trunk (RS-152).
    private var trunkLoads: [TrunkLoad] = []
    /// The address is gone; a link may remember it.
    var isClosed = false
    /// Senders of this worker that are attached to the address.
    var inlets: [Ticket] = []
    /// Where the messages go that no consumer takes (RS-216).
    private(set) var fallback: Route?
    /// The address whose fallback this is.
    private(set) weak var primary: Route?

    init(_ description: RouteDescription) {
        id = description.route
        key = description.key
        distribution = description.distribution
        priority = description.priority
        isInProcess = description.isInProcess
        hasOwnWay = description.isInProcess
        counters = description.counters
    }

    /// Where each consumer stands, while there are many and some go.
    private var places: [WorkerTicket: Int]?
    /// So few are looked through.
    private static let fewOutlets = 64

    /// Adds a consumer whose turn comes after all others' (RS-151).
    func addLast(_ outlet: Outlet) {
        places = nil
        guard turn > 0 else { return outlets.append(outlet) }
        outlets.insert(outlet, at: turn)
        turn += 1
    }

    /// Takes a consumer out; `worker` is this one. The others keep their order, but where they are
    /// many: then one that goes costs the same however many they are, and the last takes its place.
    func removeOutlet(_ place: WorkerTicket, worker: Int) {
        if outlets.count <= Self.fewOutlets {
            places = nil
            guard let index = outlets.firstIndex(where: { $0.place(worker: worker) == place })
            else { return }
            outlets.remove(at: index)
            if turn > index { turn -= 1 }
        } else {
            guard let index = takePlace(of: place, worker: worker) else { return }
            let last = outlets.removeLast()
            if index < outlets.count {
                outlets[index] = last
                places?[last.place(worker: worker)] = index
            }
        }
        if turn >= outlets.count { turn = 0 }
    }

    private func takePlace(of place: WorkerTicket, worker: Int) -> Int? {
        if places == nil {
            var made: [WorkerTicket: Int] = [:]
            made.reserveCapacity(outlets.count)
            for (index, outlet) in outlets.enumerated() {
                made[outlet.place(worker: worker)] = index
            }
            places = made
        }
        return places?.removeValue(forKey: place)
    }

    /// The load of a trunk that has had messages of the address.
    @inline(__always)
    func load(of trunk: WorkerTicket) -> TrunkLoad? {
        for load in trunkLoads where load.trunk == trunk { return load }
        return nil
    }

    /// The load of a trunk that is about to have one more.
    @inline(__always)
    func raisedLoad(of trunk: WorkerTicket, number: Int) -> TrunkLoad {
        let load = load(of: trunk) ?? newLoad(of: trunk, number: number)
        load.raise()
        return load
    }

    private func newLoad(of trunk: WorkerTicket, number: Int) -> TrunkLoad {
        trunkLoads.removeAll { $0.count == 0 }
        let load = TrunkLoad(trunk, number: number, counters.countsByTrunk())
        trunkLoads.append(load)
        return load
    }

    /// Somebody would take a message.
    var hasConsumers: Bool { hasOwnWay || !outlets.isEmpty || !remotes.isEmpty }
    /// Somebody would take a message, of the address itself or of its fallback (RS-35, RS-217).
    var isServed: Bool { hasConsumers || fallback?.hasConsumers ?? false }

    func setFallback(_ route: Route?) {
        fallback?.primary = nil
        fallback = route
        route?.primary = self
    }

    /// The address is gone.
    func close() {
        isClosed = true
        primary?.setFallback(nil)
        setFallback(nil)
    }
}

/// Unsettled deliveries of one address over one trunk.
final class TrunkLoad {
    let trunk: WorkerTicket
    private(set) var count = 0
    /// Where management sees it, and under which number.
    private let shown: NumberedCounters
    private let number: Int

    init(_ trunk: WorkerTicket, number: Int, _ shown: NumberedCounters) {
        self.trunk = trunk
        self.number = number
        self.shown = shown
    }

    func raise() {
        count += 1
        shown.raise(number)
    }

    func lower() {
        count -= 1
        shown.lower(number)
    }
}
