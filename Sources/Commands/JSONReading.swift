internal import AMQP
internal import FoundationEssentials

extension JSONText {
    /// The value that JSON text is: objects become maps, integers longs, other numbers doubles.
    static func decode(_ text: String) throws(Failure) -> Value {
        do {
            return try JSONDecoder().decode(Decoded.self, from: Data(text.utf8)).value
        } catch {
            // FoundationEssentials knows the place and does not tell it.
            let what = text.isEmpty ? "There is no JSON" : "This is not valid JSON"
            throw Failure(
                "JSONDecodeError", "\(what): 'python3 -m json.tool' tells where a text is broken")
        }
    }

    private struct Decoded: Decodable {
        let value: Value

        init(from decoder: any Decoder) throws {
            if let map = try? decoder.container(keyedBy: Key.self) {
                let keys = map.allKeys.sorted { $0.stringValue < $1.stringValue }
                value = .map(
                    ValueMap(
                        try keys.map {
                            (
                                .string($0.stringValue),
                                try map.decode(Decoded.self, forKey: $0).value
                            )
                        }))
            } else if var list = try? decoder.unkeyedContainer() {
                var values: [Value] = []
                while !list.isAtEnd { values.append(try list.decode(Decoded.self).value) }
                value = .list(values)
            } else {
                value = try Self.single(decoder.singleValueContainer())
            }
        }

        private static func single(_ value: any SingleValueDecodingContainer) throws -> Value {
            if value.decodeNil() { return .null }
            if let flag = try? value.decode(Bool.self) { return .bool(flag) }
            if let number = try? value.decode(Int64.self) { return .long(number) }
            if let number = try? value.decode(UInt64.self) { return .ulong(number) }
            if let number = try? value.decode(Double.self) { return .double(number) }
            return .string(try value.decode(String.self))
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
