internal import EventLoop

/// A multicast message while its copies are being made.
struct Fan {
    let route: Route
    var group: Ticket?
    /// Chunks made so far, one for each form.
    var stripped: Chunk?
    var annotated: Chunk?
    var copies = 0
    /// Other workers with consumers: whether they want annotations, and their trunks.
    var workers: [(worker: Int, isAnnotated: Bool, hasOutlets: Bool, trunks: [Ticket])] = []

    /// `group` is that of copies for other addresses, if there are any.
    init(route: Route, group: Ticket? = nil) {
        self.route = route
        self.group = group
    }

    mutating func add(_ outlet: OutletDescription) {
        let index = index(of: outlet.place.worker)
        workers[index].hasOutlets = true
        if outlet.isAnnotated { workers[index].isAnnotated = true }
    }

    mutating func add(trunk: WorkerTicket) {
        let index = index(of: trunk.worker)
        workers[index].isAnnotated = true
        workers[index].trunks.append(trunk.ticket)
    }

    private mutating func index(of worker: Int) -> Int {
        if let index = workers.firstIndex(where: { $0.worker == worker }) { return index }
        workers.append((worker, false, false, []))
        return workers.count - 1
    }
}
