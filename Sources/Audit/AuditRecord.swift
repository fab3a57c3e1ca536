/// One event of the audit trail: what, and who and where.
package struct AuditRecord: Sendable {
    package indirect enum Value: Hashable, Sendable {
        case text(String)
        case number(UInt64)
        case list([Value])
        case map([Field])
    }

    package struct Field: Hashable, Sendable {
        package let key: String
        package let value: Value

        package init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    package let event: String
    package private(set) var fields: [Field] = []

    package init(_ event: String) { self.event = event }

    /// With one field more; nothing is said of what is nil.
    package func with(_ key: String, _ value: Value?) -> AuditRecord {
        guard let value else { return self }
        var record = self
        record.fields.append(Field(key, value))
        return record
    }

    package func with(_ key: String, _ text: String?) -> AuditRecord {
        with(key, text.map { Value.text($0) })
    }

    package func with(_ key: String, _ number: UInt64) -> AuditRecord {
        with(key, .number(number))
    }

    /// `"event":"…","key":…`
    var json: String {
        "\"event\":\(Self.quoted(event))"
            + fields.map { ",\(Self.quoted($0.key)):\($0.value.json)" }.joined()
    }

    /// A text of JSON, whatever is in it: a stranger chose some of them.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension AuditRecord.Value {
    fileprivate var json: String {
        switch self {
        case .text(let text): AuditRecord.quoted(text)
        case .number(let number): String(number)
        case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
        case .map(let fields):
            "{"
                + fields.map { "\(AuditRecord.quoted($0.key)):\($0.value.json)" }
                .joined(separator: ",") + "}"
        }
    }
}
