internal import Basis

/// The routers that are known, by number, by id, and in order of their ids.
///
/// This router is number 0 and stays; another gets the lowest number that is free (IR 3.8). Numbers
/// mean nothing to other routers.
struct NodeTable: Sendable {
    static let myself = 0

    /// A slot without a place in `numbers` is free.
    private var slots: [Node]
    private var numbers: [RouterID: Int]
    /// No number below is free.
    private var lowestFree = 1
    /// The numbers in use, in order of their routers' ids.
    private(set) var ranked: [Int]

    init(myself: Node) {
        slots = [myself]
        numbers = [myself.id: NodeTable.myself]
        ranked = [NodeTable.myself]
    }

    var count: Int { ranked.count }

    subscript(number: Int) -> Node {
        get { slots[number] }
        _modify { yield &slots[number] }
    }

    func number(of router: RouterID) -> Int? { numbers[router] }

    /// The new node's number. The router must not be known.
    mutating func insert(_ node: Node) -> Int {
        let number = place(node)
        ranked.insert(number, at: rank(of: node.id))
        return number
    }

    /// Nodes of routers that are not known, in order of their ids; in one pass over all.
    mutating func insert(contentsOf nodes: [Node]) {
        guard !nodes.isEmpty else { return }
        var merged: [Int] = []
        merged.reserveCapacity(ranked.count + nodes.count)
        var known = ranked[...]
        for node in nodes {
            while let next = known.first, slots[next].id < node.id {
                merged.append(next)
                known.removeFirst()
            }
            merged.append(place(node))
        }
        ranked = merged + known
    }

    private mutating func place(_ node: Node) -> Int {
        let number = slots.indices[lowestFree...].first { !isUsed($0) } ?? slots.count
        if number < slots.count { slots[number] = node } else { slots.append(node) }
        lowestFree = number + 1
        numbers[node.id] = number
        return number
    }

    mutating func remove(_ number: Int) {
        invariant(number != NodeTable.myself, "a router forgot itself")
        let id = slots[number].id
        ranked.remove(at: rank(of: id))
        numbers[id] = nil
        slots[number] = Node(id: id, instance: 0)
        lowestFree = min(lowestFree, number)
    }

    /// Everyone's link states, with each vertex at its rank; and the rank of each number.
    func graph() -> (graph: Graph, ranks: [Int32]) {
        var ranks = Array(repeating: Int32(-1), count: slots.count)
        for (rank, number) in ranked.enumerated() { ranks[number] = Int32(rank) }
        var offsets: [Int32] = [0]
        var targets: [Int32] = []
        var costs: [Int32] = []
        offsets.reserveCapacity(ranked.count + 1)
        for number in ranked {
            for edge in slots[number].edges {
                targets.append(ranks[Int(edge.node)])
                costs.append(edge.cost)
            }
            offsets.append(Int32(targets.count))
        }
        let routers = ranked.map { slots[$0].id }
        return (Graph(routers: routers, offsets: offsets, targets: targets, costs: costs), ranks)
    }

    private func isUsed(_ number: Int) -> Bool { numbers[slots[number].id] == number }

    private func rank(of router: RouterID) -> Int {
        var low = 0
        var high = ranked.count
        while low < high {
            let middle = (low + high) / 2
            if slots[ranked[middle]].id < router { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
