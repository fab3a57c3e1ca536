package import AMQP

/// What a service says of a user that it lets in: the properties of its `open` (RS-338, RS-538).
public struct ServiceVerdict: Hashable, Sendable {
    /// Empty if it says none.
    public let user: String
    /// Nil if it says nothing of addresses: then it limits nothing.
    public let permissions: ServicePermissions?

    /// What is said cannot be taken.
    package enum Fault: Error {
        case longName, manyAddresses, longAddress

        var words: String {
            switch self {
            case .longName: "the user's name has more than \(ServiceVerdict.longestName) octets"
            case .manyAddresses:
                "'address-authz' has more than \(ServiceVerdict.mostAddresses) addresses"
            case .longAddress:
                "'address-authz' has an address of more than \(ServiceVerdict.longestAddress) octets"
            }
        }
    }

    static let longestName = 1_024
    static let mostAddresses = 10_000
    static let longestAddress = 4_096

    /// A name may be a text, too, in place of a map whose `sub` is one.
    package init(_ properties: Value?) throws(Fault) {
        let identity = properties?.map?["authenticated-identity"]
        user = identity?.map?["sub"]?.text ?? identity?.text ?? ""
        guard user.utf8.count <= Self.longestName else { throw .longName }
        guard let said = properties?.map?["address-authz"] else {
            permissions = nil
            return
        }
        // What is no map allows nothing.
        var permissions = ServicePermissions()
        let addresses = said.map ?? [:]
        guard addresses.count <= Self.mostAddresses else { throw .manyAddresses }
        for pair in addresses {
            guard let address = pair.key.text else { continue }
            guard address.utf8.count <= Self.longestAddress else { throw .longAddress }
            let words = Self.words(pair.value)
            if words.contains("send") { permissions.targets.append(address) }
            if words.contains("recv") { permissions.sources.append(address) }
        }
        self.permissions = permissions
    }

    private static func words(_ value: Value) -> [String] {
        switch value {
        case .array(let array): array.elements.compactMap(\.text)
        case .list(let values): values.compactMap(\.text)
        default: value.text.map { [$0] } ?? []
        }
    }
}

/// Where a user may send, and from where receive: names, or the beginnings of names with a `*` behind
/// them (RS-312).
public struct ServicePermissions: Hashable, Sendable {
    public var targets: [String] = []
    public var sources: [String] = []

    package init(targets: [String] = [], sources: [String] = []) {
        self.targets = targets
        self.sources = sources
    }
}
