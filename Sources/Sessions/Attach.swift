public import AMQP

/// What a peer's attach said (AMQP 2.7.3): the termini as the bytes that came, so that they can be
/// passed on whole, and what a router reads of them.
///
/// An object, for most links have forgotten it: see `Link.forgetAttach`.
public final class Attach: Sendable {
    public let source: Terminus
    public let target: Terminus
    public let senderSettleMode: UInt8
    public let receiverSettleMode: UInt8
    public let initialDeliveryCount: UInt32
    public let maxMessageSize: UInt64
    /// The encoded map of properties; empty if there is none.
    public let properties: [UInt8]
    public let offeredCapabilities: [UInt8]
    public let desiredCapabilities: [UInt8]

    /// Reads what follows name, handle and role.
    init(
        _ list: inout Fields, _ frame: Span<UInt8>
    ) throws(Fields.Undecodable) {
        senderSettleMode = try list.ubyte(frame) ?? 2
        receiverSettleMode = try list.ubyte(frame) ?? 0
        source = try Terminus(try list.any(frame), of: frame)
        target = try Terminus(try list.any(frame), of: frame)
        try list.skip(frame)
        try list.skip(frame)
        initialDeliveryCount = try list.uint(frame) ?? 0
        maxMessageSize = try list.ulong(frame) ?? 0
        offeredCapabilities = Self.octets(try list.any(frame), frame)
        desiredCapabilities = Self.octets(try list.any(frame), frame)
        properties = Self.octets(try list.any(frame), frame)
    }

    private static func octets(_ range: Range<Int>?, _ frame: Span<UInt8>) -> [UInt8] {
        guard let range else { return [] }
        return frame.extracting(range).withUnsafeBufferPointer { Array($0) }
    }
}

/// A source, target or coordinator: its encoded bytes, and what a router reads of them.
public struct Terminus: Sendable {
    /// What stands at the link's end. A kind that is not known here can be passed on.
    public enum Kind: Sendable { case null, source, target, coordinator, other }

    /// When the terminus ends.
    public enum Expiry: Sendable { case link, session, connection, never }

    /// What becomes of messages that were sent: copy or move; unspecified if the peer did not say.
    public enum DistributionMode: Sendable { case unspecified, copy, move }

    public let kind: Kind
    /// The whole described list; empty for null.
    public let bytes: [UInt8]
    /// The address; nil if absent, empty, or no text.
    public private(set) var address: String?
    public private(set) var isDynamic = false
    public private(set) var durability = 0
    public private(set) var timeout = 0
    public private(set) var expiry = Expiry.session
    public private(set) var distributionMode = DistributionMode.unspecified
    private var fields = TerminusFields()

    public static let null = Terminus(kind: .null, bytes: [])

    private init(kind: Kind, bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }

    /// A source or target with an address or none, and one capability, a bare symbol (IR-8), or none.
    /// A dynamic one has neither.
    public static func made(
        _ kind: Kind, address: String? = nil, capability: String? = nil, isDynamic: Bool = false
    ) -> [UInt8] {
        var list = EncodedList()
        if isDynamic {
            for _ in 0..<4 { list.appendNull() }
            list.append(bool: true)
            return list.described(kind == .source ? 0x28 : 0x29)
        }
        if let address { list.append(string: address) }
        if let capability {
            for _ in (address == nil ? 0 : 1)..<(kind == .source ? 10 : 6) { list.appendNull() }
            list.append(symbol: capability)
        }
        return list.described(kind == .source ? 0x28 : 0x29)
    }

    /// The properties wanted of a dynamic node, if any.
    public var properties: Value? { value(fields.properties) }
    /// The filter set, if any.
    public var filter: Value? { value(fields.filter) }
    /// The capabilities, if any.
    public var capabilities: Value? { value(fields.capabilities) }

    private func value(_ range: Range<Int>?) -> Value? {
        guard let range else { return nil }
        return try? Value(decoding: Array(bytes[range]))
    }

    /// The one symbol that the capabilities are; nil for none, or several.
    public var soleCapability: String? {
        guard let range = fields.capabilities, bytes[range.lowerBound] == 0xA3 else { return nil }
        return String(decoding: bytes[(range.lowerBound + 2)..<range.upperBound], as: UTF8.self)
    }
}

/// Where fields of a terminus that are read later are in its bytes.
private struct TerminusFields {
    var properties: Range<Int>?
    var filter: Range<Int>?
    var capabilities: Range<Int>?
}

extension Terminus {
    /// Reads the terminus whose bytes are in `range` of a frame.
    init(_ range: Range<Int>?, of frame: Span<UInt8>) throws(Fields.Undecodable) {
        guard let range else {
            self = .null
            return
        }
        let bytes = frame.extracting(range).withUnsafeBufferPointer { Array($0) }
        let span = bytes.span
        let descriptor = try Fields.descriptor(span, at: 0)
        switch descriptor.code {
        case 0x28: self.init(kind: .source, bytes: bytes)
        case 0x29: self.init(kind: .target, bytes: bytes)
        case 0x30: self.init(kind: .coordinator, bytes: bytes)
        default:
            self.init(kind: .other, bytes: bytes)
            return
        }
        var list = try Fields(listAt: descriptor.value, of: span)
        guard kind != .coordinator else {
            fields.capabilities = try list.any(span)
            return
        }
        try readFields(&list, span)
    }

    private mutating func readFields(
        _ list: inout Fields, _ span: Span<UInt8>
    ) throws(Fields.Undecodable) {
        address = text(try list.any(span))
        durability = Int(try list.uint(span) ?? 0)
        switch try list.text(span) {
        case "link-detach": expiry = .link
        case "connection-close": expiry = .connection
        case "never": expiry = .never
        default: expiry = .session
        }
        timeout = Int(try list.uint(span) ?? 0)
        isDynamic = try list.bool(span) ?? false
        fields.properties = try list.any(span)
        if kind == .source {
            switch try list.text(span) {
            case "copy": distributionMode = .copy
            case "move": distributionMode = .move
            default: distributionMode = .unspecified
            }
            fields.filter = try list.any(span)
            try list.skip(span)
            try list.skip(span)
        }
        fields.capabilities = try list.any(span)
    }

    /// The text of a string, symbol or binary that is UTF-8 and not empty.
    private func text(_ range: Range<Int>?) -> String? {
        guard let range else { return nil }
        let header: Int
        switch bytes[range.lowerBound] {
        case 0xA0, 0xA1, 0xA3: header = 2
        case 0xB0, 0xB1, 0xB3: header = 5
        default: return nil
        }
        let octets = bytes[(range.lowerBound + header)..<range.upperBound]
        guard !octets.isEmpty else { return nil }
        return String(validating: octets, as: UTF8.self)
    }

    /// The terminus as our attach repeats it (RS-31): as it came but for the default outcome, with
    /// what was left out named, and with the address that was made for a dynamic one. A terminus that
    /// the peer left out is one without an address of `absentKind`, for an absent one would be a
    /// refusal.
    public func echo(absentAs absentKind: Kind, dynamicAddress: String? = nil) -> [UInt8] {
        switch kind {
        case .null: return Terminus.echo([], of: [], kind: absentKind, dynamicAddress)
        case .coordinator, .other: return bytes
        case .source, .target: break
        }
        guard let parts = try? everyField() else { return bytes }
        return Terminus.echo(parts, of: bytes, kind: kind, dynamicAddress)
    }

    private static func echo(
        _ parts: [Range<Int>?], of bytes: [UInt8], kind: Kind, _ dynamicAddress: String?
    ) -> [UInt8] {
        var list = EncodedList()
        for index in 0..<max(parts.count, 5) {
            let part = index < parts.count ? parts[index] : nil
            switch index {
            case 0 where dynamicAddress != nil: list.append(string: dynamicAddress ?? "")
            case 1 where part == nil, 3 where part == nil: list.append(uint: 0)
            case 2 where part == nil: list.append(symbol: "session-end")
            case 4 where part == nil || dynamicAddress != nil:
                list.append(bool: dynamicAddress != nil)
            case 8 where kind == .source: list.appendNull()
            default:
                if let part { list.append(raw: bytes[part]) } else { list.appendNull() }
            }
        }
        return list.described(kind == .source ? 0x28 : 0x29)
    }

    func everyField() throws(Fields.Undecodable) -> [Range<Int>?] {
        let span = bytes.span
        let descriptor = try Fields.descriptor(span, at: 0)
        var list = try Fields(listAt: descriptor.value, of: span)
        var all: [Range<Int>?] = []
        while list.hasMore { all.append(try list.any(span)) }
        return all
    }
}
