/// An AMQP message, all its sections decoded (AMQP 3.2).
///
/// For messages that this program makes or consumes: management, the routing protocol, the command
/// line. Forwarded messages are never decoded. A section that is nil is absent on the wire; an
/// empty one is written empty.
package struct Message: Hashable, Sendable {
    package enum Body: Hashable, Sendable {
        /// No body section, which AMQP does not allow but senders have sent.
        case absent
        case value(Value)
        /// One element per data section.
        case data([[UInt8]])
        /// One element per sequence section.
        case sequence([[Value]])
    }

    package var header: Header?
    package var deliveryAnnotations: ValueMap?
    package var messageAnnotations: ValueMap?
    package var properties: Properties?
    package var applicationProperties: ValueMap?
    package var body: Body
    package var footer: ValueMap?

    package init(
        header: Header? = nil, messageAnnotations: ValueMap? = nil, properties: Properties? = nil,
        applicationProperties: ValueMap? = nil, body: Body
    ) {
        self.header = header
        self.messageAnnotations = messageAnnotations
        self.properties = properties
        self.applicationProperties = applicationProperties
        self.body = body
    }
}

extension Message {
    /// AMQP 3.2.1. A field that is nil is null on the wire.
    package struct Header: Hashable, Sendable {
        package var durable: Bool?
        package var priority: UInt8?
        /// Milliseconds to live.
        package var ttl: UInt32?
        package var firstAcquirer: Bool?
        package var deliveryCount: UInt32?

        package init(durable: Bool? = nil, priority: UInt8? = nil, ttl: UInt32? = nil) {
            self.durable = durable
            self.priority = priority
            self.ttl = ttl
        }
    }

    /// AMQP 3.2.4. A field that is nil is null on the wire.
    package struct Properties: Hashable, Sendable {
        /// A ulong, uuid, binary or string; as is `correlationID`.
        package var messageID: Value?
        package var userID: [UInt8]?
        package var to: String?
        package var subject: String?
        package var replyTo: String?
        package var correlationID: Value?
        package var contentType: String?
        package var contentEncoding: String?
        /// Milliseconds since 1970; as is `creationTime`.
        package var absoluteExpiryTime: Int64?
        package var creationTime: Int64?
        package var groupID: String?
        package var groupSequence: UInt32?
        package var replyToGroupID: String?

        package init(
            to: String? = nil, subject: String? = nil, replyTo: String? = nil,
            correlationID: Value? = nil
        ) {
            self.to = to
            self.subject = subject
            self.replyTo = replyTo
            self.correlationID = correlationID
        }
    }
}

/// The numeric descriptors of a message's sections (AMQP 3.2).
enum Section: UInt64 {
    case header = 0x70
    case deliveryAnnotations, messageAnnotations, properties, applicationProperties
    case data, sequence, value, footer

    /// By number or by name.
    init?(descriptor: Value) {
        switch descriptor {
        case .ulong(let code): self.init(rawValue: code)
        case .symbol("amqp:header:list"): self = .header
        case .symbol("amqp:delivery-annotations:map"): self = .deliveryAnnotations
        case .symbol("amqp:message-annotations:map"): self = .messageAnnotations
        case .symbol("amqp:properties:list"): self = .properties
        case .symbol("amqp:application-properties:map"): self = .applicationProperties
        case .symbol("amqp:data:binary"): self = .data
        case .symbol("amqp:amqp-sequence:list"): self = .sequence
        case .symbol("amqp:amqp-value:*"): self = .value
        case .symbol("amqp:footer:map"): self = .footer
        default: return nil
        }
    }
}
