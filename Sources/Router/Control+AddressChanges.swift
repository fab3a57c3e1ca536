internal import AMQP
internal import Configuration
internal import Logging
internal import Management
internal import Routing

/// Addresses that are configured while the router runs. They count for addresses that come into
/// the table from then on (MG-191).
extension Control {
    func createAddress(
        name: String?, _ attributes: ValueMap
    ) throws(ManagementError) -> Entity {
        if let name, addresses.contains(where: { $0.name == name }) {
            throw ManagementError(.badRequest, "Name conflicts with an existing entity")
        }
        let address = try AddressConfiguration(
            number: table.nextNumber(), name: name, body: attributes)
        try addAddress(address)
        return Entity(address)
    }

    /// The addresses of the configuration file. One that cannot be is left out (MG-44, MG-46); one
    /// without a name is called by its place among them (MG-63).
    func loadAddresses(_ configuration: RouterConfiguration) {
        for (place, entry) in configuration.addresses.enumerated() {
            var body: ValueMap = ["distribution": .string(entry.2.rawValue)]
            body["prefix"] = entry.prefix.map(Value.string)
            body["pattern"] = entry.pattern.map(Value.string)
            do throws(ManagementError) {
                try addAddress(
                    AddressConfiguration(
                        number: table.nextNumber(), name: "address/\(place)", body: body))
            } catch {
                log.write(
                    .router, .warning,
                    "Ignoring configured address \(entry.prefix ?? entry.pattern ?? ""): "
                        + error.description)
            }
        }
    }

    /// Adds a treatment; one for the same pattern may not be there.
    func addAddress(_ address: AddressConfiguration) throws(ManagementError) {
        let new = addresses + [address]
        guard let rules = AddressRules(new, settings) else {
            throw ManagementError(.badRequest, "Already exists")
        }
        addresses = new
        table.rules = rules
    }

    func deleteAddress(_ identity: String) {
        addresses.removeAll { $0.identity == identity }
        if let rules = AddressRules(addresses, settings) { table.rules = rules }
    }
}
