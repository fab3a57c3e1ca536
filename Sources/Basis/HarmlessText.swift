extension String {
    /// The text as one line that a log or a terminal may show, whoever wrote it: control
    /// characters, ends of lines and marks that turn the direction of writing are escaped as
    /// `\n`, `\r`, `\t`, `\x1B` or `\u202E`.
    public var harmless: String {
        guard utf8.contains(where: { !(0x20..<0x7F).contains($0) }) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.isHarmless {
                text.unicodeScalars.append(scalar)
            } else {
                text += scalar.escaped
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isHarmless: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    fileprivate var escaped: String {
        switch self {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let digits = String(value, radix: 16, uppercase: true)
            let width = value < 0x100 ? 2 : 4
            let zeros = String(repeating: "0", count: max(0, width - digits.count))
            return (value < 0x100 ? "\\x" : "\\u") + zeros + digits
        }
    }
}
