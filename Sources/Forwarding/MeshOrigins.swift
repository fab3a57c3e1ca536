package import Topology

/// Which routers' messages may pass here on their way to which others (IR 4.2), by the numbers that
/// workers know routers by.
///
/// A value, of which each worker has its own copy: it searches the tree of a router when that one's
/// first message comes. So a change of the mesh costs control and workers nothing for the routers
/// whose messages never come this way.
public struct MeshOrigins: Sendable {
    private var trees: OriginTrees
    /// By the router's number; -1 for a number without a router.
    private var vertices: [Int32] = []
    private var numbers: [Int32]

    package init(_ trees: OriginTrees, indices: [RouterID: RouterIndex]) {
        self.trees = trees
        numbers = Array(repeating: -1, count: trees.count)
        for (router, index) in indices {
            guard let vertex = trees.vertex(of: router) else { continue }
            while vertices.count <= index.number { vertices.append(-1) }
            vertices[index.number] = Int32(truncatingIfNeeded: vertex)
            numbers[vertex] = Int32(truncatingIfNeeded: index.number)
        }
    }

    /// False if either is not known.
    mutating func isValid(_ origin: RouterIndex, of destination: RouterIndex) -> Bool {
        guard let root = vertex(origin), let leaf = vertex(destination) else { return false }
        return trees.isValidOrigin(root, of: leaf)
    }

    /// The neighbour that hands us what entered the mesh at `origin`.
    mutating func parent(of origin: RouterIndex) -> RouterIndex? {
        guard let root = vertex(origin), let parent = trees.parent(from: root),
            numbers[parent] >= 0
        else { return nil }
        return RouterIndex(number: Int(numbers[parent]))
    }

    private func vertex(_ router: RouterIndex) -> Int? {
        guard router.number < vertices.count, vertices[router.number] >= 0 else { return nil }
        return Int(vertices[router.number])
    }
}
