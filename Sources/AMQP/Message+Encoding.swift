extension Message {
    /// The message's bytes, a section after the other. Lists of fields end with their last field
    /// that is not nil.
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        if let header { bytes.append(.header, .list(header.fields)) }
        if let deliveryAnnotations { bytes.append(.deliveryAnnotations, .map(deliveryAnnotations)) }
        if let messageAnnotations { bytes.append(.messageAnnotations, .map(messageAnnotations)) }
        if let properties { bytes.append(.properties, .list(properties.fields)) }
        if let applicationProperties {
            bytes.append(.applicationProperties, .map(applicationProperties))
        }
        switch body {
        case .absent: break
        case .value(let value): bytes.append(.value, value)
        case .data(let parts): for part in parts { bytes.append(.data, .binary(part)) }
        case .sequence(let parts): for part in parts { bytes.append(.sequence, .list(part)) }
        }
        if let footer { bytes.append(.footer, .map(footer)) }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ section: Section, _ value: Value) {
        // A described value with a `smallulong` (AMQP 1.6.10) as descriptor.
        append(contentsOf: [0x00, 0x53, UInt8(section.rawValue)])
        value.append(to: &self)
    }
}

extension Message.Header {
    fileprivate var fields: [Value] {
        trimmed([
            durable.map(Value.bool), priority.map(Value.ubyte), ttl.map(Value.uint),
            firstAcquirer.map(Value.bool), deliveryCount.map(Value.uint),
        ])
    }
}

extension Message.Properties {
    fileprivate var fields: [Value] {
        trimmed([
            messageID, userID.map(Value.binary), to.map(Value.string), subject.map(Value.string),
            replyTo.map(Value.string), correlationID, contentType.map(Value.symbol),
            contentEncoding.map(Value.symbol), absoluteExpiryTime.map(Value.timestamp),
            creationTime.map(Value.timestamp), groupID.map(Value.string),
            groupSequence.map(Value.uint), replyToGroupID.map(Value.string),
        ])
    }
}

/// Without the nils at the end: a short list means nulls (AMQP 1.4).
private func trimmed(_ fields: [Value?]) -> [Value] {
    let end = fields.lastIndex { $0 != nil } ?? -1
    return fields[...end].map { $0 ?? .null }
}
