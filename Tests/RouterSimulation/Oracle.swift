internal import Topology

/// Shortest paths by another way than the router's own, to hold against it.
///
/// Costs come from relaxing edges until nothing gets cheaper. The tree then follows from the rule
/// itself (IR 4.1): of the neighbours that offer the final cost, the one that Dijkstra's search
/// settles first is the nearest, and of these the first by id.
package struct Oracle {
    struct Edge {
        let target: Int
        let cost: Int
    }

    /// By vertex; the vertices are in order of their routers' ids.
    var edges: [[Edge]]

    struct Tree {
        /// By vertex; -1 out of reach.
        var cost: [Int]
        /// By vertex; -1 for the root and what is out of reach.
        var before: [Int]
        var hops: [Int]
        /// By vertex: the neighbour of the root on the way; -1 as above.
        var nextHop: [Int]
        /// What can be reached, nearest first.
        var order: [Int]

        func path(to vertex: Int) -> [Int] {
            var path: [Int] = []
            var place = before[vertex]
            while place >= 0 {
                path.append(place)
                place = before[place]
            }
            return path.reversed()
        }
    }

    func tree(from root: Int) -> Tree {
        let cost = costs(from: root)
        let order = edges.indices.filter { cost[$0] >= 0 }.sorted {
            (cost[$0], $0) < (cost[$1], $1)
        }
        let none = Array(repeating: -1, count: edges.count)
        var tree = Tree(cost: cost, before: none, hops: none, nextHop: none, order: order)
        tree.hops[root] = 0
        for vertex in order {
            if vertex != root {
                let before = tree.before[vertex]
                tree.hops[vertex] = tree.hops[before] + 1
                tree.nextHop[vertex] = before == root ? vertex : tree.nextHop[before]
            }
            for edge in edges[vertex]
            where tree.before[edge.target] < 0 && edge.target != root
                && cost[edge.target] == cost[vertex] + edge.cost
            {
                tree.before[edge.target] = vertex
            }
        }
        return tree
    }

    /// The most hops of any way that is no longer than the tree's.
    func longestHops(along tree: Tree) -> Int {
        var hops = Array(repeating: 0, count: edges.count)
        for vertex in tree.order {
            for edge in edges[vertex] where tree.cost[edge.target] == tree.cost[vertex] + edge.cost
            {
                hops[edge.target] = max(hops[edge.target], hops[vertex] + 1)
            }
        }
        return hops.max() ?? 0
    }

    private func costs(from root: Int) -> [Int] {
        var cost = Array(repeating: -1, count: edges.count)
        var isWaiting = Array(repeating: false, count: edges.count)
        var waiting = [root]
        cost[root] = 0
        var next = 0
        while next < waiting.count {
            let vertex = waiting[next]
            next += 1
            isWaiting[vertex] = false
            for edge in edges[vertex] {
                let longer = cost[vertex] + edge.cost
                guard cost[edge.target] < 0 || longer < cost[edge.target] else { continue }
                cost[edge.target] = longer
                if !isWaiting[edge.target] {
                    isWaiting[edge.target] = true
                    waiting.append(edge.target)
                }
            }
        }
        return cost
    }
}
