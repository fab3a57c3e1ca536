/// A set of levels as configuration writes it: `info+`, `trace,error+`, `none` (MG-201, MG-202).
public struct LogLevels: Sendable {
    /// A part of the text is no level.
    public struct Unknown: Error, CustomStringConvertible {
        public let part: String

        public var description: String {
            "'\(part)' is not a valid log level. Should be one of {none, trace, debug, info, "
                + "notice, warning, error, critical}."
        }
    }

    /// A bit for each level; nil to leave it to the default.
    public let mask: UInt8?

    private static let names =
        ["default", "none"] + LogLevel.allCases.map(\.name)

    /// Reads a list separated by commas, blanks, `;` or `:`. With `default` in it, the rest does not
    /// count.
    public init(_ text: String) throws(Unknown) {
        var mask: UInt8?
        var isDefault = false
        for part in text.split(whereSeparator: { ", ;:".contains($0) }) {
            if let bits = try Self.levels(String(part)) {
                mask = (mask ?? 0) | bits
            } else {
                isDefault = true
            }
        }
        self.mask = isDefault ? nil : mask
    }

    /// The bits of one part; nil for `default`. A name may be shortened, in any letter case.
    private static func levels(_ part: String) throws(Unknown) -> UInt8? {
        let hasPlus = part.last == "+"
        let name = (hasPlus ? part.dropLast() : part[...]).lowercased()
        guard !name.isEmpty, let found = names.first(where: { $0.hasPrefix(name) }) else {
            throw Unknown(part: part)
        }
        switch found {
        case "default": return nil
        case "none": return 0
        default: break
        }
        guard let level = LogLevel.allCases.first(where: { $0.name == found }) else {
            throw Unknown(part: part)
        }
        guard hasPlus else { return level.bit }
        return LogLevel.allCases.filter { $0.rawValue >= level.rawValue }
            .reduce(0) { $0 | $1.bit }
    }
}
