/// Which destinations other routers reach through this one (IR 4.2): the valid origins.
///
/// A tree is searched when its origin is first asked for, and kept. A copy shares what is already
/// there and goes on alone, so that each thread may hold one and ask it for every message; a new
/// one is due after ``Mesh/Effect/originTreesChanged``.
package struct OriginTrees: Sendable {
    /// What matters of one origin's tree here.
    private struct Part: Sendable {
        /// From the origin to the vertex before this router; empty if the origin does not reach it.
        let path: [Int32]
        /// A bit for each vertex that the origin reaches through this router.
        var beneath: [UInt64]
    }

    private let graph: Graph
    private let myself: Int
    private var parts: [Int: Part] = [:]

    init(graph: Graph, myself: Int) {
        self.graph = graph
        self.myself = myself
    }

    /// Messages that entered the mesh at `origin` may go to `destination` by way of this router.
    /// False if either is unknown; this router is a valid origin of everyone.
    package mutating func isValidOrigin(_ origin: RouterID, of destination: RouterID) -> Bool {
        guard let root = graph.vertex(of: origin), let leaf = graph.vertex(of: destination) else {
            return false
        }
        return isValidOrigin(root, of: leaf)
    }

    /// How many routers there are, this one included.
    package var count: Int { graph.routers.count }

    /// The place of a router in order of all routers' ids; nil if it is not known.
    package func vertex(of router: RouterID) -> Int? { graph.vertex(of: router) }

    /// As with their ids, by vertices.
    package mutating func isValidOrigin(_ origin: Int, of destination: Int) -> Bool {
        if origin == myself { return true }
        return part(of: origin).beneath[destination / 64] >> (destination % 64) & 1 == 1
    }

    /// The neighbour that hands a message from `origin` to this router if each router sends it along
    /// the origin's tree, both by vertex; nil if the origin is unreachable, or this router.
    package mutating func parent(from origin: Int) -> Int? {
        guard origin != myself else { return nil }
        return part(of: origin).path.last.map(Int.init)
    }

    /// Whether a message that passed the routers of `trace`, oldest first, came to this router along
    /// the tree of the first of them.
    package mutating func isOnTree(trace: [RouterID]) -> Bool {
        guard let origin = trace.first, let root = graph.vertex(of: origin), root != myself else {
            return false
        }
        let path = part(of: root).path
        return path.count == trace.count
            && zip(path, trace).allSatisfy { graph.routers[Int($0)] == $1 }
    }

    /// This router and those whose messages for `destination` pass it, in order; empty if unknown.
    package mutating func validOrigins(of destination: RouterID) -> [RouterID] {
        guard let leaf = graph.vertex(of: destination) else { return [] }
        return graph.routers.indices.filter { isValidOrigin($0, of: leaf) }.map {
            graph.routers[$0]
        }
    }

    private mutating func part(of origin: Int) -> Part {
        if let part = parts[origin] { return part }
        let tree = graph.shortestPaths(from: origin)
        var part = Part(
            path: tree.path(to: myself),
            beneath: Array(repeating: 0, count: (graph.routers.count + 63) / 64))
        for vertex in tree.order.lazy.map(Int.init) {
            let before = Int(tree.predecessor[vertex])
            guard before >= 0 else { continue }
            let isBeneath =
                before == myself || part.beneath[before / 64] >> (before % 64) & 1 == 1
            if isBeneath { part.beneath[vertex / 64] |= 1 << (vertex % 64) }
        }
        parts[origin] = part
        return part
    }
}
