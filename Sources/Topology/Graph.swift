/// Who can send to whom at what cost: a directed graph in rows, ready to be searched.
///
///     routers   A        B     C            in order, so that a vertex is its router's rank
///     offsets   0        2     3      4
///     targets   B   C    A     A
///     costs     1   4    1     4
package struct Graph: Sendable {
    let routers: [RouterID]
    let offsets: [Int32]
    let targets: [Int32]
    let costs: [Int32]

    /// The tree of shortest paths from one vertex (IR 4.1).
    struct Tree: Sendable {
        /// By vertex; -1 if it cannot be reached.
        var cost: [Int]
        /// By vertex; -1 for the root and what cannot be reached.
        var predecessor: [Int32]
        /// The vertices that can be reached, nearest first, the root itself included.
        var order: [Int32]

        /// From the root to the vertex before this one.
        func path(to vertex: Int) -> [Int32] {
            var path: [Int32] = []
            var place = predecessor[vertex]
            while place >= 0 {
                path.append(place)
                place = predecessor[Int(place)]
            }
            return path.reversed()
        }
    }

    func vertex(of router: RouterID) -> Int? {
        var low = 0
        var high = routers.count
        while low < high {
            let middle = (low + high) / 2
            if routers[middle] < router { low = middle + 1 } else { high = middle }
        }
        return low < routers.count && routers[low] == router ? low : nil
    }

    /// The most hops that any shortest path from the tree's root has: of paths equally long, the
    /// tree holds one, and other routers may take another.
    func longestHops(along tree: Tree) -> Int {
        var hops = [Int32](repeating: 0, count: routers.count)
        var most: Int32 = 0
        for vertex in tree.order.lazy.map(Int.init) {
            for edge in Int(offsets[vertex])..<Int(offsets[vertex + 1]) {
                let target = Int(targets[edge])
                guard tree.cost[target] == tree.cost[vertex] + Int(costs[edge]) else { continue }
                hops[target] = max(hops[target], hops[vertex] + 1)
                most = max(most, hops[target])
            }
        }
        return Int(most)
    }

    /// Dijkstra's search. Of vertices equally near, the lexicographically smallest is settled first,
    /// and a cost gives way only to a smaller one: all routers must find the same tree (IR-57).
    ///
    /// Takes time in proportion to edges times the logarithm of vertices. Costs are at least 1, so
    /// whatever is as near as the next vertex is already in the heap when that one leaves it.
    func shortestPaths(from root: Int) -> Tree {
        var tree = Tree(
            cost: Array(repeating: -1, count: routers.count),
            predecessor: Array(repeating: -1, count: routers.count), order: [])
        tree.order.reserveCapacity(routers.count)
        var heap = NearestFirst()
        tree.cost[root] = 0
        heap.insert(cost: 0, vertex: root)
        while let (cost, vertex) = heap.removeNearest() {
            if cost > tree.cost[vertex] { continue }  // a shorter way was found since
            tree.order.append(Int32(truncatingIfNeeded: vertex))
            for edge in Int(offsets[vertex])..<Int(offsets[vertex + 1]) {
                let target = Int(targets[edge])
                let longer = cost + Int(costs[edge])
                if tree.cost[target] >= 0 && tree.cost[target] <= longer { continue }
                tree.cost[target] = longer
                tree.predecessor[target] = Int32(truncatingIfNeeded: vertex)
                heap.insert(cost: longer, vertex: target)
            }
        }
        return tree
    }
}

/// A binary heap of (cost, vertex), each packed into one word so that one comparison orders both.
private struct NearestFirst {
    private var keys: [UInt64] = []

    mutating func insert(cost: Int, vertex: Int) {
        let key = UInt64(cost) << 20 | UInt64(vertex)
        keys.append(key)
        var place = keys.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            if keys[parent] <= key { break }
            keys[place] = keys[parent]
            place = parent
        }
        keys[place] = key
    }

    mutating func removeNearest() -> (cost: Int, vertex: Int)? {
        guard let nearest = keys.first, let key = keys.popLast() else { return nil }
        if !keys.isEmpty { sink(key) }
        return (Int(nearest >> 20), Int(nearest & 0xF_FFFF))
    }

    private mutating func sink(_ key: UInt64) {
        var place = 0
        while true {
            var child = 2 * place + 1
            if child >= keys.count { break }
            if child + 1 < keys.count && keys[child + 1] < keys[child] { child += 1 }
            if key <= keys[child] { break }
            keys[place] = keys[child]
            place = child
        }
        keys[place] = key
    }
}
