internal import AMQP

/// A terminus that is passed on, all of it as it came but for its address.
extension Terminus {
    /// The terminus under another address: its own, or if it has none that which a dynamic node is
    /// wanted at (RS-254).
    public func bytes(withAddress text: String) -> [UInt8] {
        guard kind == .source || kind == .target, let parts = try? everyField() else {
            return bytes
        }
        let place = address == nil && isDynamic && wantedAddress != nil ? 5 : 0
        var list = EncodedList()
        for index in 0..<max(parts.count, 1) {
            if index == place {
                if place == 0 {
                    list.append(string: text)
                } else {
                    list.append(properties(wanting: text))
                }
            } else if let part = parts[index] {
                list.append(raw: bytes[part])
            } else {
                list.appendNull()
            }
        }
        return list.described(kind == .source ? 0x28 : 0x29)
    }

    /// The address that the properties of a dynamic node name first (RS-254).
    public var wantedAddress: String? {
        guard let first = properties?.map?.pairs.first, first.key == .symbol(Self.wantedKey) else {
            return nil
        }
        return first.value.text
    }

    private static let wantedKey = "x-opt-qd.address"

    private func properties(wanting text: String) -> Value {
        var map = properties?.map ?? ValueMap()
        map.pairs[0].value = .string(text)
        return .map(map)
    }

    /// Outlives the connection (RS-262).
    public var isResumable: Bool { timeout > 0 || expiry == .never }
}
