internal import AMQP
internal import Configuration
internal import Logging
internal import Management
internal import Routing
internal import Schema

/// Addresses that are configured while the router runs. They count for addresses that come into
/// the table from then on (MG-191).
extension Control {
    func createAddress(
        name: String?, _ attributes: ValueMap
    ) throws(ManagementError) -> Entity {
        var faults = Faults()
        if let name, addresses.contains(name: name) {
            faults.add("Name conflicts with an existing entity")
        }
        let wanted = faults.gather { () throws(ManagementError) in
            try AddressConfiguration(number: 0, name: name, body: attributes)
        }
        var declared = EntityDeclaration(type: Schema.address, line: 0)
        declared.given["enableFallback"] = .boolean(wanted?.hasFallback ?? false)
        for problem in declared.unsupported {
            faults.add(ManagementError(.notImplemented, problem.reason))
        }
        try faults.check()
        guard let wanted else { throw ManagementError(.badRequest) }
        return Entity(try addAddress(wanted))
    }

    /// The addresses of the configuration file.
    func loadAddresses(_ configuration: RouterConfiguration) {
        for settings in configuration.addresses {
            do throws(ManagementError) {
                try addAddress(AddressConfiguration(number: 0, settings))
            } catch {
                log.write(
                    .router, .warning,
                    "Ignoring configured address \(settings.place.pattern): \(error.description)")
            }
        }
    }

    /// Adds a treatment under a number of its own; one for the same pattern may not be there.
    @discardableResult
    func addAddress(
        _ address: AddressConfiguration
    ) throws(ManagementError) -> AddressConfiguration {
        guard table.rules.insert(address.place.pattern, AddressRules.Rule(address)) else {
            throw ManagementError(.badRequest, "Already exists")
        }
        var address = address
        address.number = table.nextNumber()
        addresses.add(address)
        return address
    }

    func deleteAddress(number: UInt64) {
        guard let removed = addresses.remove(number: number) else { return }
        table.rules.remove(removed.place.pattern)
    }
}

extension AddressConfiguration {
    init(number: UInt64, _ settings: AddressSettings) {
        let place: Place =
            switch settings.place {
            case .prefix(let text): .prefix(text)
            case .pattern(let text): .pattern(text)
            }
        self.init(
            number: number, name: settings.name, place: place,
            distribution: settings.distribution.rawValue)
        isWaypoint = settings.isWaypoint
        ingressPhase = settings.ingressPhase
        egressPhase = settings.egressPhase
        priority = settings.priority
    }
}
