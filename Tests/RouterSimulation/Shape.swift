internal import Seeded

/// Who has a connector to whom.
package enum Shape: Hashable, Sendable {
    case line(Int)
    case ring(Int)
    case star(Int)
    /// Each router has at most three below it.
    case tree(Int)
    case grid(width: Int, height: Int)
    case full(Int)
    /// A tree at random and so many links more for each router, with costs from 1 to 20.
    case random(Int, extra: Int)
    /// Two links between the same neighbours.
    case doubled(Int)

    package var size: Int {
        switch self {
        case .line(let size), .ring(let size), .star(let size), .tree(let size), .full(let size),
            .random(let size, _), .doubled(let size):
            size
        case .grid(let width, let height): width * height
        }
    }

    func links(chance: inout Seed) -> [Link] {
        switch self {
        case .line(let size): (1..<size).map { Link($0 - 1, $0, cost: 1) }
        case .ring(let size): (0..<size).map { Link($0, ($0 + 1) % size, cost: 1) }
        case .star(let size): (1..<size).map { Link($0, 0, cost: 1) }
        case .tree(let size): (1..<size).map { Link($0, ($0 - 1) / 3, cost: 1) }
        case .doubled(let size):
            (1..<size).flatMap { [Link($0 - 1, $0, cost: 1), Link($0, $0 - 1, cost: 1)] }
        case .full(let size):
            (0..<size).flatMap { one in (one + 1..<size).map { Link(one, $0, cost: 1) } }
        case .grid(let width, let height): grid(width, height)
        case .random(let size, let extra): random(size, extra, &chance)
        }
    }

    private func grid(_ width: Int, _ height: Int) -> [Link] {
        var links: [Link] = []
        for place in 0..<width * height {
            if place % width + 1 < width { links.append(Link(place, place + 1, cost: 1)) }
            if place / width + 1 < height { links.append(Link(place, place + width, cost: 1)) }
        }
        return links
    }

    private func random(_ size: Int, _ extra: Int, _ chance: inout Seed) -> [Link] {
        let order = (0..<size).shuffled(using: &chance)
        var links = (1..<size).map { place in
            Link(order[place], order[chance.below(place)], cost: 1 + chance.below(20))
        }
        var pairs = Set(links.map { Set($0.ends) })
        for _ in 0..<size * extra {
            let one = chance.below(size)
            let other = chance.below(size)
            guard one != other, pairs.insert([one, other]).inserted else { continue }
            links.append(Link(one, other, cost: 1 + chance.below(20)))
        }
        return links
    }
}
