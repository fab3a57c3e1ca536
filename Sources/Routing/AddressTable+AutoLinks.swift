internal import Addressing
package import Forwarding

/// Addresses that stay although nothing is attached, and links that the router attaches itself.
extension AddressTable {
    /// The routing key of an auto link's address.
    package func key(of link: AutoLink) -> String {
        ParsedAddress(link.address, router: router).key(phase: link.routedPhase)
    }

    /// Makes the address stay for as long as an auto link is configured. It is balanced where its
    /// configuration says nothing else that it can be (RS-240).
    package mutating func hold(_ link: AutoLink, into effects: inout [Effect]) {
        let rule = rules.configuredRule(for: link.address)?.distribution ?? .balanced
        let route = open(
            key(of: link), distribution: rule == .unavailable ? .balanced : rule, into: &effects)
        entries[route]?.holders += 1
    }

    /// The auto link is configured no more.
    package mutating func letGo(of link: AutoLink, into effects: inout [Effect]) {
        guard let route = entry(forKey: key(of: link))?.route else { return }
        entries[route]?.holders -= 1
        closeIfUnused(route, into: &effects)
    }

    /// A container has answered an auto link's attach (RS-233, RS-234).
    package mutating func attach(
        _ request: LinkRequest, for link: AutoLink, into effects: inout [Effect]
    ) {
        let route = open(key(of: link), into: &effects)
        accept(
            request, route: route, phase: link.routedPhase, dynamicAddress: nil, to: link.address,
            into: &effects)
    }
}
