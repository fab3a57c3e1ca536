/// What a router needs to know of a message: found by stepping over the encoded sections before
/// the body, decoding none (AMQP 3.2).
///
///     [header 0x70][delivery-annotations 0x71][message-annotations 0x72][properties 0x73 …]
///                                             ▲                        ▲
///                                      annotations.lowerBound   annotations.upperBound
///
/// Without message-annotations both stand where the section would be.
public struct MessageHead {
    /// How far to look.
    public enum Depth { case annotations, properties }

    /// What the look came to.
    public enum Scan {
        case found(MessageHead)
        /// The part that has arrived ends too early to know.
        case incomplete
        case invalid(AMQPError)
    }

    /// Header priority; 4 if none is given, at most 9 (AMQP 3.2.1, IR 1.5).
    public var priority: UInt8 = 4
    /// The whole message-annotations section with its descriptor.
    public var annotations = 0..<0
    /// The annotations have keys of a router's own (`x-opt-qd.…`).
    public var hasRouterKeys = false
    /// The annotations have other keys.
    public var hasUserKeys = false
    /// `x-opt-qd.to`: where its text is.
    public var to: Range<Int>?
    /// `x-opt-qd.ingress`: where its text is.
    public var ingress: Range<Int>?
    /// `x-opt-qd.trace`: its elements, encoded, and how many.
    public var trace: Range<Int>?
    public var traceCount = 0
    /// `x-opt-qd.phase`; 0 if absent.
    public var phase = 0
    /// `x-opt-qd.stream` is there.
    public var isStream = false
    /// What all copies of a multicast message have in common and no other message has; 0 if
    /// nothing tells. It stands in `x-opt-qd.class`, which qdrouterd drops unread.
    public var stamp: UInt64 = 0
    /// How many routers' exchanges have made it a copy, one after the other. It stands in
    /// `x-opt-martlet.exchanges`, which qdrouterd passes on as a user's.
    public var exchanges = 0
    /// `to` of the properties: where its octets are, whether it is a text, a symbol or a binary; empty if
    /// it is anything else.
    public var propertiesTo: Range<Int>?
    /// `user-id` of the properties: where its octets are; if it is no binary and no text, all of its
    /// encoding.
    public var userID: Range<Int>?

    /// Of a message that is not looked into.
    @inlinable
    public init() {}

    /// Leaves out which routers it has passed: they are not of this router's mesh.
    public mutating func forgetWay() {
        ingress = nil
        trace = nil
        traceCount = 0
        stamp = 0
    }

    /// Looks into `bytes`, which are the start of a message, or all of it (`isWhole`).
    ///
    /// `trusted` says that the peer's router annotations count (RS-198); if not, they are noticed
    /// only to be left out.
    @inlinable
    public static func scan(
        _ bytes: UnsafeRawBufferPointer, isWhole: Bool, depth: Depth, trusted: Bool
    ) -> Scan {
        guard bytes.count > 0 else { return isWhole ? .invalid(invalidFormat) : .incomplete }
        // Most messages of ordinary clients start with properties or the body.
        if depth == .annotations, bytes.count >= 3, bytes[0] == 0, bytes[1] == 0x53,
            bytes[2] > 0x72
        {
            return .found(MessageHead())
        }
        return scanSections(bytes, isWhole: isWhole, depth: depth, trusted: trusted)
    }

    @usableFromInline static let invalidFormat = AMQPError(
        name: "amqp:decode-error", text: "invalid message format")

    @usableFromInline
    static func scanSections(
        _ bytes: UnsafeRawBufferPointer, isWhole: Bool, depth: Depth, trusted: Bool
    ) -> Scan {
        var head = MessageHead()
        do throws(SectionScanner.Fault) {
            if let error = try head.read(bytes, isWhole: isWhole, depth: depth, trusted: trusted) {
                return .invalid(error)
            }
            return .found(head)
        } catch {
            switch error {
            case .truncated where !isWhole: return .incomplete
            case .truncated, .malformed: return .invalid(invalidFormat)
            }
        }
    }

    private mutating func read(
        _ bytes: UnsafeRawBufferPointer, isWhole: Bool, depth: Depth, trusted: Bool
    ) throws(SectionScanner.Fault) -> AMQPError? {
        var scanner = SectionScanner(bytes)
        while true {
            let start = scanner.at
            // A later section may decide: without it, nothing is known of a message's first part.
            if scanner.left == 0, !isWhole { throw .truncated }
            let code = try scanner.sectionCode()
            switch code {
            case 0x70:
                try readHeader(&scanner)
                annotations = scanner.at..<scanner.at
            case 0x71:
                try scanner.skipValue()
                annotations = scanner.at..<scanner.at
            case 0x72:
                if let error = try readAnnotations(&scanner, trusted: trusted) { return error }
                annotations = start..<scanner.at
            case 0x73 where depth == .properties:
                try readProperties(&scanner)
                return nil
            default: return nil
            }
            if code == 0x72, depth == .annotations { return nil }
        }
    }

    private mutating func readHeader(
        _ scanner: inout SectionScanner
    ) throws(SectionScanner.Fault) {
        let (count, end) = try scanner.compound(.list)
        if count >= 2 {
            try scanner.skipValue()
            let code = try scanner.byte()
            if code == 0x50 { priority = min(try scanner.byte(), 9) }
        }
        guard scanner.at <= end else { throw .malformed }
        scanner.at = end
    }

    private mutating func readProperties(
        _ scanner: inout SectionScanner
    ) throws(SectionScanner.Fault) {
        let (count, _) = try scanner.compound(.list)
        guard count >= 2 else { return }
        try scanner.skipValue()
        try readUserID(&scanner)
        guard count >= 3 else { return }
        propertiesTo =
            if let text = try scanner.text(short: 0xA1, long: 0xB1) { text } else {
                try Self.octets(&scanner)
            }
    }

    /// Steps over a value; where the octets of a symbol or a binary are, none of any other but null.
    private static func octets(
        _ scanner: inout SectionScanner
    ) throws(SectionScanner.Fault) -> Range<Int>? {
        let start = scanner.at
        try scanner.skipValue()
        return switch scanner.bytes[start] {
        case 0x40: nil
        case 0xA0, 0xA3: (start + 2)..<scanner.at
        case 0xB0, 0xB3: (start + 5)..<scanner.at
        default: start..<start
        }
    }

    private mutating func readUserID(
        _ scanner: inout SectionScanner
    ) throws(SectionScanner.Fault) {
        let start = scanner.at
        try scanner.skipValue()
        switch scanner.bytes[start] {
        case 0x40: break
        case 0xA0, 0xA1, 0xA3: userID = (start + 2)..<scanner.at
        case 0xB0, 0xB1, 0xB3: userID = (start + 5)..<scanner.at
        default: userID = start..<scanner.at
        }
    }

    // MARK: Router annotations

    private mutating func readAnnotations(
        _ scanner: inout SectionScanner, trusted: Bool
    ) throws(SectionScanner.Fault) -> AMQPError? {
        let (count, end) = try scanner.compound(.map)
        guard count % 2 == 0 else { return Self.fault("Odd Number of Elements in a Map") }
        for _ in 0..<(count / 2) {
            guard let key = RouterAnnotation(&scanner) else {
                hasUserKeys = true
                try scanner.skipValue()
                try scanner.skipValue()
                continue
            }
            hasRouterKeys = true
            if trusted, let error = try readValue(of: key, &scanner) { return error }
            if !trusted { try scanner.skipValue() }
        }
        guard scanner.at <= end else { throw .malformed }
        scanner.at = end
        return nil
    }

    private mutating func readValue(
        of key: RouterAnnotation, _ scanner: inout SectionScanner
    ) throws(SectionScanner.Fault) -> AMQPError? {
        switch key {
        case .to:
            to = try scanner.text(short: 0xA1, long: 0xB1)
            return to == nil ? Self.fault("to-override not a valid string type") : nil
        case .ingress:
            ingress = try scanner.text(short: 0xA1, long: 0xB1)
            return ingress == nil ? Self.fault("ingress router not a string type") : nil
        case .trace: return try readTrace(&scanner)
        case .phase:
            phase = try Self.smallInteger(&scanner)
            return nil
        case .stream:
            isStream = true
            try scanner.skipValue()
            return nil
        case .class:
            stamp = try Self.long(&scanner)
            return nil
        case .exchanges:
            exchanges = try Self.smallInteger(&scanner)
            return nil
        case .obsolete:
            try scanner.skipValue()
            return nil
        }
    }

    private mutating func readTrace(
        _ scanner: inout SectionScanner
    ) throws(SectionScanner.Fault) -> AMQPError? {
        guard scanner.left > 0 else { throw .truncated }
        switch scanner.bytes[scanner.at] {
        case 0x45, 0xC0, 0xD0: break
        default: return Self.fault("trace annotation is not a list")
        }
        let (count, end) = try scanner.compound(.list)
        let start = scanner.at
        for _ in 0..<count where try scanner.text(short: 0xA1, long: 0xB1) == nil {
            return Self.fault("trace list contains non-string entries")
        }
        guard scanner.at <= end else { throw .malformed }
        trace = start..<scanner.at
        traceCount = count
        scanner.at = end
        return nil
    }

    /// An integer of any width, as far as it can be a phase; 255 for one that cannot, 0 for anything
    /// else (RS-411).
    private static func smallInteger(
        _ scanner: inout SectionScanner
    ) throws(SectionScanner.Fault) -> Int {
        let start = scanner.at
        try scanner.skipValue()
        let code = scanner.bytes[start]
        switch code {
        case 0x50...0x55, 0x60, 0x61, 0x70, 0x71, 0x80, 0x81:
            let octets = scanner.bytes.part(start + 1..<scanner.at)
            let isSmall = octets.dropLast().allSatisfy { $0 == 0 }
            return octets.last.map { isSmall && $0 < 128 ? Int($0) : 255 } ?? 0
        default: return 0
        }
    }

    /// A ulong in its full width; 0 for anything else.
    private static func long(
        _ scanner: inout SectionScanner
    ) throws(SectionScanner.Fault) -> UInt64 {
        let start = scanner.at
        try scanner.skipValue()
        guard scanner.bytes[start] == 0x80 else { return 0 }
        return scanner.bytes.part(start + 1..<scanner.at).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func fault(_ text: String) -> AMQPError {
        AMQPError(name: "amqp:invalid-field", text: text)
    }

    /// The texts of the trace's entries, in order.
    public func traceEntries(in bytes: UnsafeRawBufferPointer) -> [String] {
        guard let trace else { return [] }
        var scanner = SectionScanner(bytes, at: trace.lowerBound)
        var entries: [String] = []
        while scanner.at < trace.upperBound,
            let text = try? scanner.text(short: 0xA1, long: 0xB1)
        {
            entries.append(String(decoding: bytes[text], as: UTF8.self))
        }
        return entries
    }
}

/// The keys that routers use among themselves (IR 2.1).
enum RouterAnnotation {
    case to, ingress, trace, phase, stream, `class`, exchanges, obsolete

    private static let prefixCount = 9

    /// The key that the scanner stands before, if it is one of these; then it stands behind it.
    init?(_ scanner: inout SectionScanner) {
        let start = scanner.at
        guard let text = try? scanner.text(short: 0xA3, long: 0xB3),
            text.count >= Self.prefixCount
        else {
            scanner.at = start
            return nil
        }
        guard scanner.bytes.part(text.prefix(Self.prefixCount)).equals("x-opt-qd.") else {
            if scanner.bytes.part(text).equals("x-opt-martlet.exchanges") {
                self = .exchanges
                return
            }
            scanner.at = start
            return nil
        }
        let name = scanner.bytes.part(text.dropFirst(Self.prefixCount))
        self =
            switch name.count {
            case 2: name.equals("to") ? .to : .obsolete
            case 5:
                name.equals("trace")
                    ? .trace
                    : name.equals("phase") ? .phase : name.equals("class") ? .class : .obsolete
            case 6: name.equals("stream") ? .stream : .obsolete
            case 7: name.equals("ingress") ? .ingress : .obsolete
            default: .obsolete
            }
    }
}
