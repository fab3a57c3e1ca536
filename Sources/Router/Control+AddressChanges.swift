internal import AMQP
internal import Addressing
internal import Configuration
internal import Logging
internal import Management
internal import Routing
internal import Schema

/// Addresses that are configured while the router runs. They count for addresses that come into
/// the table from then on (MG-191).
extension Control {
    func createAddress(_ asked: WantedEntity) throws(ManagementError) -> Entity {
        let (name, attributes) = (asked.name, asked.attributes)
        var faults = Faults()
        if let name, addresses.contains(name: name) {
            faults.add("Name conflicts with an existing entity")
        }
        let wanted = faults.gather { () throws(ManagementError) in
            try AddressConfiguration(number: 0, name: name, body: attributes)
        }
        try faults.check()
        guard let wanted else { throw ManagementError(.badRequest) }
        return Entity(try addAddress(wanted))
    }

    func loadAddress(_ declared: EntityDeclaration) throws(ManagementError) {
        guard let settings = AddressSettings(declared) else { return }
        var address = AddressConfiguration(number: 0, settings)
        if declared.name == nil { address.name = freeName(settings.name) }
        try addAddress(address)
    }

    func unloadAddress(_ declared: EntityDeclaration) {
        guard let settings = AddressSettings(declared),
            let existing = addresses[pattern: settings.match.pattern]
        else { return }
        deleteAddress(number: existing.number)
    }

    /// The name for an address without one. One that stayed when the file was read again may be called
    /// by the number already.
    private func freeName(_ wanted: String) -> String {
        guard addresses.contains(name: wanted) else { return wanted }
        // Among one more than there are one is free, and the first nearly always.
        let count = addresses.count
        let free = (count...count * 2).lazy.map { "address/\($0)" }
            .first { !self.addresses.contains(name: $0) }
        return free ?? wanted
    }

    /// Adds a treatment under a number of its own; one for the same pattern may not be there.
    @discardableResult
    private func addAddress(
        _ address: AddressConfiguration
    ) throws(ManagementError) -> AddressConfiguration {
        guard table.rules.insert(address.match.pattern, AddressRules.Rule(address)) else {
            throw ManagementError(.badRequest, "Already exists")
        }
        var address = address
        address.number = table.nextNumber()
        addresses.add(address)
        return address
    }

    func deleteAddress(_ entity: Entity) {
        if let number = UInt64(entity.identity) { deleteAddress(number: number) }
    }

    private func deleteAddress(number: UInt64) {
        guard let removed = addresses.remove(number: number) else { return }
        table.rules.remove(removed.match.pattern)
    }
}

extension AddressConfiguration {
    init(number: UInt64, _ settings: AddressSettings) {
        self.init(
            number: number, name: settings.name, match: settings.match,
            distribution: settings.distribution.rawValue)
        isWaypoint = settings.isWaypoint
        ingressPhase = settings.ingressPhase
        egressPhase = settings.egressPhase
        priority = settings.priority
        hasFallback = settings.hasFallback
    }
}
