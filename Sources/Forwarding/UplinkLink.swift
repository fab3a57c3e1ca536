/// A link that an edge attaches to its interior router, as control wants it (IR 8.2).
public struct UplinkLink: Sendable {
    public enum Purpose: Sendable {
        /// Takes whatever is for elsewhere.
        case anonymous
        /// Brings what is for this router by name.
        case downlink
        /// Brings the messages of an address.
        case consumer(RouteID)
        /// Takes those of an address that has consumers beyond.
        case producer(RouteID)
        /// Brings what a service says, for control.
        case answers
        /// Takes control's own messages.
        case requests
    }

    public let connection: ConnectionID
    /// Control's own name for it.
    public let number: UInt64
    public let purpose: Purpose
    /// Of our own end and the peer's; nil for none.
    public let source: String?
    public let target: String?
    /// Of the terminus at the peer's end.
    public let capability: String?
    /// The peer is to make a node for it.
    public let isDynamic: Bool

    public init(
        connection: ConnectionID, number: UInt64, purpose: Purpose, source: String? = nil,
        target: String? = nil, capability: String? = nil, isDynamic: Bool = false
    ) {
        self.connection = connection
        self.number = number
        self.purpose = purpose
        self.source = source
        self.target = target
        self.capability = capability
        self.isDynamic = isDynamic
    }

    /// We send on it.
    public var isSender: Bool {
        switch purpose {
        case .anonymous, .producer, .requests: true
        case .downlink, .consumer, .answers: false
        }
    }

    /// One of those that bear messages; the others have a session of their own.
    var isOfMessages: Bool {
        switch purpose {
        case .anonymous, .downlink, .consumer, .producer: true
        case .answers, .requests: false
        }
    }
}
