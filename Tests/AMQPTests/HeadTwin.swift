import Testing

@testable import AMQP

/// What a `MessageHead` says, found by decoding every value before the body.
struct HeadTwin: Equatable {
    enum Finding: Equatable {
        case found(HeadTwin)
        case invalid(String?)
    }

    var priority: UInt8 = 4
    var annotations = 0..<0
    /// The user's entries, each encoded: key, then value.
    var userEntries: [[UInt8]] = []
    var hasRouterKeys = false
    var to: String?
    var ingress: String?
    var trace: [String]?
    var phase = 0
    var isStream = false
    var stamp: UInt64 = 0
    var propertiesTo: String?

    /// Of a whole message; and the count of its first bytes that would have told as much, unless
    /// only its end tells.
    static func find(
        in bytes: [UInt8], depth: MessageHead.Depth, trusted: Bool
    ) -> (finding: Finding, known: Int?) {
        var twin = HeadTwin()
        var offset = 0
        do throws(Malformed) {
            guard !bytes.isEmpty else { throw Malformed(.truncated, at: 0) }
            while offset < bytes.count {
                let start = offset
                let (code, behind) = try descriptor(bytes, at: start)
                guard
                    code == 0x70 || code == 0x71 || code == 0x72
                        || code == 0x73 && depth == .properties
                else { return (.found(twin), behind) }
                let value = try Value(decoding: bytes.span, at: &offset)
                guard case .described(_, let content) = value else { break }
                switch (code, content) {
                case (0x70, .list(let fields)):
                    if fields.count > 1, case .ubyte(let number) = fields[1] {
                        twin.priority = min(number, 9)
                    }
                    twin.annotations = offset..<offset
                case (0x71, _): twin.annotations = offset..<offset
                case (0x72, .map(let map)):
                    if let error = try twin.take(map, bytes[start..<offset], trusted: trusted) {
                        return (.invalid(error), offset)
                    }
                    twin.annotations = start..<offset
                    if depth == .annotations { return (.found(twin), offset) }
                case (0x73, .list(let fields)):
                    if fields.count > 2 { twin.propertiesTo = Self.address(fields[2]) }
                    return (.found(twin), offset)
                default: throw Malformed(.wrongType, at: start)
                }
            }
            return (.found(twin), nil)
        } catch {
            return (.invalid(MessageHead.invalidFormat.text), nil)
        }
    }

    private static func address(_ value: Value) -> String? {
        switch value {
        case .null: nil
        case .string(let text), .symbol(let text): text
        case .binary(let octets): String(decoding: octets, as: UTF8.self)
        default: ""
        }
    }

    /// The number of the section that starts there, if it is given as one; and how many bytes it
    /// takes to know.
    private static func descriptor(
        _ bytes: [UInt8], at start: Int
    ) throws(Malformed) -> (code: UInt8?, behind: Int) {
        guard bytes[start] == 0 else { return (nil, start + 1) }
        guard bytes.count >= start + 3 else { throw Malformed(.truncated, at: start) }
        if bytes[start + 1] == 0x53 { return (bytes[start + 2], start + 3) }
        guard bytes[start + 1] == 0x80 else { return (nil, start + 3) }
        guard bytes.count >= start + 10 else { throw Malformed(.truncated, at: start) }
        let isSmall = bytes[start + 2..<start + 9].allSatisfy { $0 == 0 }
        return (isSmall ? bytes[start + 9] : nil, start + 10)
    }

    /// Gives the complaint, if the router's own keys are not as they must be.
    private mutating func take(
        _ map: ValueMap, _ section: ArraySlice<UInt8>, trusted: Bool
    ) throws(Malformed) -> String? {
        var entries = try Self.entries(of: section, count: map.count)[...]
        for pair in map {
            let entry = entries.popFirst() ?? []
            guard case .symbol(let key) = pair.key, key.utf8.starts(with: "x-opt-qd.".utf8) else {
                userEntries.append(entry)
                continue
            }
            hasRouterKeys = true
            guard trusted else { continue }
            if let error = take(key, pair.value) { return error }
        }
        return nil
    }

    private mutating func take(_ key: String, _ value: Value) -> String? {
        switch key {
        case "x-opt-qd.to":
            guard case .string(let text) = value else {
                return "to-override not a valid string type"
            }
            to = text
        case "x-opt-qd.ingress":
            guard case .string(let text) = value else { return "ingress router not a string type" }
            ingress = text
        case "x-opt-qd.trace":
            guard case .list(let entries) = value else { return "trace annotation is not a list" }
            var texts: [String] = []
            for entry in entries {
                guard case .string(let text) = entry else {
                    return "trace list contains non-string entries"
                }
                texts.append(text)
            }
            trace = texts
        case "x-opt-qd.phase":
            phase = value.integer.map { (0..<128).contains($0) ? Int($0) : 255 } ?? 0
        case "x-opt-qd.stream": isStream = true
        case "x-opt-qd.class":
            if case .ulong(let number) = value {
                stamp = number >> 8 == 0 ? 0 : number
            } else {
                stamp = 0
            }
        default: break
        }
        return nil
    }

    /// The section's entries as they are encoded.
    private static func entries(
        of section: ArraySlice<UInt8>, count: Int
    ) throws(Malformed) -> [[UInt8]] {
        let bytes = Array(section)
        var offset = bytes[1] == 0x53 ? 3 : 10
        offset += bytes[offset] == 0xC1 ? 3 : 9
        var entries: [[UInt8]] = []
        for _ in 0..<count {
            let start = offset
            _ = try Value(decoding: bytes.span, at: &offset)
            _ = try Value(decoding: bytes.span, at: &offset)
            entries.append(Array(bytes[start..<offset]))
        }
        return entries
    }
}

extension HeadTwin {
    /// What a scanned head says of its bytes.
    init(_ head: MessageHead, in bytes: UnsafeRawBufferPointer, userEntries: [[UInt8]]) {
        func text(_ range: Range<Int>?) -> String? {
            range.map { String(decoding: bytes[$0], as: UTF8.self) }
        }
        priority = head.priority
        annotations = head.annotations
        self.userEntries = userEntries
        hasRouterKeys = head.hasRouterKeys
        to = text(head.to)
        ingress = text(head.ingress)
        trace = head.trace.map { _ in head.traceEntries(in: bytes) }
        phase = head.phase
        isStream = head.isStream
        stamp = head.stamp
        propertiesTo = text(head.propertiesTo)
    }
}
