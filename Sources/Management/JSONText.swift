package import AMQP

/// Writes values of AMQP as JSON (MG-125).
struct JSONText {
    /// Blanks for each level, not below 0 nor more than `mostIndent`; nil for all on one line.
    let indent: Int?
    static let mostIndent = 16

    func text(_ value: Value) -> String {
        var text = ""
        write(value, level: 0, to: &text)
        return text
    }

    private func write(_ value: Value, level: Int, to text: inout String) {
        switch value {
        case .map(let map):
            group("{", "}", map.map { $0 }, level: level, to: &text) { pair, text in
                quote(pair.key.text ?? "", to: &text)
                text += ": "
                write(pair.value, level: level + 1, to: &text)
            }
        case .list(let values):
            group("[", "]", values, level: level, to: &text) { value, text in
                write(value, level: level + 1, to: &text)
            }
        case .bool(let flag): text += flag ? "true" : "false"
        case .string(let string), .symbol(let string): quote(string, to: &text)
        default: text += value.integer.map(String.init) ?? "null"
        }
    }

    private func group<Member>(
        _ opening: String, _ closing: String, _ members: [Member], level: Int,
        to text: inout String, _ write: (Member, inout String) -> Void
    ) {
        text += opening
        for (place, member) in members.enumerated() {
            if place > 0 { text += indent == nil ? ", " : "," }
            startLine(level + 1, &text)
            write(member, &text)
        }
        if !members.isEmpty { startLine(level, &text) }
        text += closing
    }

    private func startLine(_ level: Int, _ text: inout String) {
        guard let indent else { return }
        text += "\n" + String(repeating: " ", count: indent * level)
    }

    private func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case let scalar where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension Value {
    /// As JSON on one line.
    package var json: String { JSONText(indent: nil).text(self) }
}
