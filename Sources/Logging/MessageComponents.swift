/// Which parts of its messages a listener or connector has written to the log (MG-220).
public struct MessageComponents: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// In the order in which they stand in a line; the first is the lowest bit.
    public static let names = [
        "message-id", "user-id", "to", "subject", "reply-to", "correlation-id", "content-type",
        "content-encoding", "absolute-expiry-time", "creation-time", "group-id", "group-sequence",
        "reply-to-group-id", "app-properties",
    ]

    public static let all = MessageComponents(rawValue: (1 << UInt16(names.count)) - 1)

    /// Nil for a name that is none.
    public init?(name: String) {
        guard let place = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: 1 << UInt16(place))
    }

    /// Reads names parted by commas, `all` or `none`; what is none of them is given, too.
    public static func read(_ text: String) -> (components: MessageComponents, unknown: [String]) {
        var components: MessageComponents = []
        var unknown: [String] = []
        for part in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
            switch part {
            case "all": components = .all
            case "none": break
            default:
                if let component = MessageComponents(name: String(part)) {
                    components.insert(component)
                } else {
                    unknown.append(String(part))
                }
            }
        }
        return (components, unknown)
    }
}
