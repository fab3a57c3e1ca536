internal import Addressing
internal import Management

/// The configured treatments of addresses, found by what tells one from another, however many.
struct AddressConfigurations: Sendable {
    private var byNumber: [UInt64: AddressConfiguration] = [:]
    private var numbersByName: [String: UInt64] = [:]
    private var numbersByPattern: [String: UInt64] = [:]

    var count: Int { byNumber.count }

    /// In the order of their making (MG-104).
    var ordered: [AddressConfiguration] {
        byNumber.sorted { $0.key < $1.key }.map(\.value)
    }

    func contains(name: String) -> Bool { numbersByName[name] != nil }

    subscript(pattern pattern: String) -> AddressConfiguration? {
        numbersByPattern[pattern].flatMap { byNumber[$0] }
    }

    mutating func add(_ address: AddressConfiguration) {
        byNumber[address.number] = address
        if let name = address.name { numbersByName[name] = address.number }
        numbersByPattern[address.match.pattern] = address.number
    }

    /// Gives what was there.
    mutating func remove(number: UInt64) -> AddressConfiguration? {
        guard let address = byNumber.removeValue(forKey: number) else { return nil }
        if let name = address.name { numbersByName[name] = nil }
        numbersByPattern[address.match.pattern] = nil
        return address
    }
}
