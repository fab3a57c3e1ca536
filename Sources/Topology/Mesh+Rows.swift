extension Mesh {
    /// One router as management shows it (MG-160).
    package struct Row: Hashable, Sendable {
        package let index: Int
        package let id: RouterID
        /// 0 while unknown.
        package let instance: Instance
        /// The neighbour on the way; nil if the router is a neighbour, out of reach, or this one.
        package let nextHop: RouterID?
        /// Nil if out of reach or this router.
        package let cost: Int?
        /// Nil unless a neighbour.
        package let trunk: TrunkID?
        package let linkState: [RouterID]
        package let mobileSequence: SequenceNumber
        package let addressCount: Int
    }

    /// Every router, this one first, then in order of their numbers.
    package var rows: [Row] { nodes.ranked.sorted().map(row) }

    /// It leads to a neighbour that no newer one leads to.
    package func isInUse(_ trunk: TrunkID) -> Bool {
        nodes.ranked.contains { nodes[$0].trunk == trunk }
    }

    private func row(_ number: Int) -> Row {
        let node = nodes[number]
        let isMyself = number == NodeTable.myself
        let isDirect = node.path.map { $0.nextHop == number } ?? true
        return Row(
            index: number, id: node.id, instance: node.instance,
            nextHop: isDirect ? nil : node.path.map { nodes[$0.nextHop].id },
            cost: node.path?.cost, trunk: node.trunk,
            linkState: node.edges.map { nodes[Int($0.node)].id },
            mobileSequence: isMyself ? announced.sequence : node.mobileSequence,
            addressCount: node.addresses.count)
    }
}
