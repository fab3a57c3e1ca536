internal import Addressing
package import Forwarding

/// What other routers have, and what they are told.
extension AddressTable {
    /// A router has consumers of the address, or no longer has.
    package mutating func setRemote(
        key: String, hint: UInt8?, router: RouterIndex, isMapped: Bool, into effects: inout [Effect]
    ) {
        guard isMapped || routesByKey[Array(key.utf8)] != nil else { return }
        let route = open(
            key, distribution: distribution(key: key, hint: hint), into: &effects)
        if isMapped {
            entries[route]?.remotes.insert(router)
        } else {
            entries[route]?.remotes.remove(router)
        }
        guard let entry = entries[route] else { return }
        for worker in entry.replicas.keys.sorted() {
            effects.append(.tell(worker: worker, .remotesChanged(route, entry.remotes.sorted())))
        }
        tellEdges(of: route, into: &effects)
        closeIfUnused(route, into: &effects)
    }

    /// The treatment of an address that another router announced (IR 5.2).
    private func distribution(key: String, hint: UInt8?) -> Distribution {
        if key.hasPrefix("M"), let rule = rules.configuredRule(for: String(key.dropFirst(2))) {
            return rule.distribution
        }
        return switch hint {
        case 0, 1: .multicast
        case 2: .closest
        case 3: .balanced
        default: rules.defaultDistribution == .unavailable ? .balanced : rules.defaultDistribution
        }
    }

    /// A router can be reached by its own address, or no longer can.
    package mutating func setRouter(
        _ id: String, _ index: RouterIndex, isReachable: Bool, into effects: inout [Effect]
    ) {
        setRemote(
            key: "R" + id, hint: 2, router: index, isMapped: isReachable, into: &effects)
    }

    /// The addresses that this router has consumers for, as others should know them.
    package var announced: [(key: String, hint: UInt8)] {
        entries.values.filter(\.isDestination).map { ($0.key, $0.hint) }
            .sorted { $0.key < $1.key }
    }
}
