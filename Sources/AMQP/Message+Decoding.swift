extension Message {
    /// With `ignoringRest`, what follows the body and is no section is left unread: the first
    /// routers of this protocol append a stray map to some of their management replies.
    package init(decoding bytes: [UInt8], ignoringRest: Bool = false) throws(Malformed) {
        try self.init(decoding: bytes.span, ignoringRest: ignoringRest)
    }

    package init(decoding bytes: UnsafeRawBufferPointer) throws(Malformed) {
        try self.init(decoding: bytes.bindMemory(to: UInt8.self).span)
    }

    /// The sections before the body, as far as they are there and right: `bytes` may be the first part
    /// of a message, or of none. A body is left out, or at least what follows it.
    package init(headOf bytes: UnsafeRawBufferPointer) {
        self.init(body: .absent)
        let span = bytes.bindMemory(to: UInt8.self).span
        var offset = 0
        while offset < bytes.count {
            var scanner = SectionScanner(bytes, at: offset)
            // A descriptor that is no number is only known when it is decoded.
            if let code = try? scanner.sectionCode(), code >= Section.data.rawValue { return }
            guard
                case .described(let descriptor, let content) = try? Value(
                    decoding: span, at: &offset),
                let section = Section(descriptor: descriptor), take(section, content)
            else { return }
        }
    }

    /// Sections in any order; a section of annotations or fields that comes twice counts once, the
    /// later one.
    package init(decoding bytes: Span<UInt8>, ignoringRest: Bool = false) throws(Malformed) {
        self.init(body: .absent)
        var offset = 0
        while offset < bytes.count {
            let start = offset
            let value = try Value(decoding: bytes, at: &offset)
            guard case .described(let descriptor, let content) = value,
                let section = Section(descriptor: descriptor)
            else {
                if ignoringRest, body != .absent { return }
                throw Malformed(.notSection, at: start)
            }
            guard take(section, content) else { throw Malformed(.wrongType, at: start) }
        }
    }

    /// False if the content is not what the section wants.
    private mutating func take(_ section: Section, _ content: Value) -> Bool {
        switch (section, content) {
        case (.header, .list(let fields)):
            guard let header = Header(fields) else { return false }
            self.header = header
        case (.properties, .list(let fields)):
            guard let properties = Properties(fields) else { return false }
            self.properties = properties
        case (.deliveryAnnotations, .map(let map)): deliveryAnnotations = map
        case (.messageAnnotations, .map(let map)): messageAnnotations = map
        case (.applicationProperties, .map(let map)): applicationProperties = map
        case (.footer, .map(let map)): footer = map
        case (.value, let value): body = .value(value)
        case (.data, .binary(let part)):
            guard case .data(let parts) = body else {
                body = .data([part])
                return true
            }
            body = .data(parts + [part])
        case (.sequence, .list(let part)):
            guard case .sequence(let parts) = body else {
                body = .sequence([part])
                return true
            }
            body = .sequence(parts + [part])
        case (.header, _), (.properties, _), (.deliveryAnnotations, _), (.messageAnnotations, _),
            (.applicationProperties, _), (.footer, _), (.data, _), (.sequence, _):
            return false
        }
        return true
    }
}

extension Message.Header {
    fileprivate init?(_ list: [Value]) {
        var fields = Fields(list)
        durable = fields.next(\.boolean)
        priority = fields.next { if case .ubyte(let number) = $0 { number } else { nil } }
        ttl = fields.next(\.asUInt)
        firstAcquirer = fields.next(\.boolean)
        deliveryCount = fields.next(\.asUInt)
        guard fields.areRight else { return nil }
    }
}

extension Message.Properties {
    fileprivate init?(_ list: [Value]) {
        var fields = Fields(list)
        messageID = fields.next { $0 }
        userID = fields.next { if case .binary(let bytes) = $0 { bytes } else { nil } }
        to = fields.next(\.text)
        subject = fields.next(\.text)
        replyTo = fields.next(\.text)
        correlationID = fields.next { $0 }
        contentType = fields.next(\.text)
        contentEncoding = fields.next(\.text)
        absoluteExpiryTime = fields.next(\.asTimestamp)
        creationTime = fields.next(\.asTimestamp)
        groupID = fields.next(\.text)
        groupSequence = fields.next(\.asUInt)
        replyToGroupID = fields.next(\.text)
        guard fields.areRight else { return nil }
    }
}

extension Value {
    fileprivate var asUInt: UInt32? {
        guard case .uint(let number) = self else { return nil }
        return number
    }

    fileprivate var asTimestamp: Int64? {
        guard case .timestamp(let instant) = self else { return nil }
        return instant
    }
}

/// The fields of a section, taken one after another; null or missing gives nil.
private struct Fields {
    private var rest: ArraySlice<Value>
    private var allRight = true

    init(_ list: [Value]) { rest = list[...] }

    /// Whether every field had its type, and none is left over.
    var areRight: Bool { allRight && rest.isEmpty }

    mutating func next<Content>(_ content: (Value) -> Content?) -> Content? {
        guard let value = rest.popFirst(), !value.isNull else { return nil }
        let content = content(value)
        if content == nil { allRight = false }
        return content
    }
}
