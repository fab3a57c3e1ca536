internal import AMQP

/// A frame of a session's in the notation that scripts know from Proton (MG-221, MG-302):
/// `0 -> @attach(18) [name="a", handle=0x0, role=true, …]`.
public enum FrameText {
    /// `frame` is whole, its performative begins at `body`. `arrow` is `->` or `<-`.
    public static func describe(_ frame: UnsafeRawBufferPointer, arrow: String) -> String {
        let bytes = frame.bindMemory(to: UInt8.self).span
        guard
            case .frame(let size, let body, _, let channel) = FrameHead.next(
                in: bytes, from: 0, frameMax: .max),
            size > body, let (performative, end) = performative(bytes, at: body)
        else { return "0 \(arrow) (EMPTY FRAME)" }
        var text = "\(channel) \(arrow) \(describe(performative))"
        if end < size {
            let payload = UnsafeRawBufferPointer(rebasing: frame[end..<size])
            text += " (\(payload.count)) \(quoted(payload.prefix(mostPayload)))"
            if payload.count > mostPayload { text += "... (truncated)" }
        }
        return text
    }

    /// Octets of a payload that are shown.
    private static let mostPayload = 1_024

    private static func performative(
        _ bytes: Span<UInt8>, at body: Int
    ) -> (Value, end: Int)? {
        guard let descriptor = try? Fields.descriptor(bytes, at: body),
            let list = try? Fields(listAt: descriptor.value, of: bytes),
            let value = Value(in: descriptor.value..<list.limit, of: bytes)
        else { return nil }
        return (.described(.ulong(descriptor.code), value), list.limit)
    }

    private static func describe(_ value: Value) -> String {
        switch value {
        case .ubyte(let number): hex(UInt64(number))
        case .ushort(let number): hex(UInt64(number))
        case .uint(let number): hex(UInt64(number))
        case .ulong(let number): hex(number)
        case .binary(let octets): "b" + quoted(octets)
        case .list(let values): "[\(values.map(describe).joined(separator: ", "))]"
        case .described(let descriptor, let body): describe(descriptor, body)
        default: value.inspected
        }
    }

    private static func hex(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }

    /// A composite with its fields by their names, nulls left out.
    private static func describe(_ descriptor: Value, _ body: Value) -> String {
        guard case .ulong(let code) = descriptor, let type = types[code], let values = body.list
        else { return "@\(describe(descriptor)) \(describe(body))" }
        let fields = values.enumerated().filter { !$0.element.isNull }.map { index, value in
            index < type.fields.count
                ? "\(type.fields[index])=\(describe(value))" : describe(value)
        }
        return "@\(type.name)(\(code)) [\(fields.joined(separator: ", "))]"
    }

    private static func quoted(_ octets: some Sequence<UInt8>) -> String {
        var text = "\""
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text += "\\" + String(UnicodeScalar(octet))
            case 0x20..<0x7F: text += String(UnicodeScalar(octet))
            default:
                let digits = String(octet, radix: 16)
                text += "\\x" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return text + "\""
    }

    private static let types: [UInt64: (name: String, fields: [String])] = [
        0x11: (
            "begin",
            [
                "remote-channel", "next-outgoing-id", "incoming-window", "outgoing-window",
                "handle-max", "offered-capabilities", "desired-capabilities", "properties",
            ]
        ),
        0x12: (
            "attach",
            [
                "name", "handle", "role", "snd-settle-mode", "rcv-settle-mode", "source", "target",
                "unsettled", "incomplete-unsettled", "initial-delivery-count", "max-message-size",
                "offered-capabilities", "desired-capabilities", "properties",
            ]
        ),
        0x13: (
            "flow",
            [
                "next-incoming-id", "incoming-window", "next-outgoing-id", "outgoing-window",
                "handle", "delivery-count", "link-credit", "available", "drain", "echo",
                "properties",
            ]
        ),
        0x14: (
            "transfer",
            [
                "handle", "delivery-id", "delivery-tag", "message-format", "settled", "more",
                "rcv-settle-mode", "state", "resume", "aborted", "batchable",
            ]
        ),
        0x15: ("disposition", ["role", "first", "last", "settled", "state", "batchable"]),
        0x16: ("detach", ["handle", "closed", "error"]),
        0x17: ("end", ["error"]),
        0x1D: ("error", ["condition", "description", "info"]),
        0x23: ("received", ["section-number", "section-offset"]),
        0x24: ("accepted", []),
        0x25: ("rejected", ["error"]),
        0x26: ("released", []),
        0x27: ("modified", ["delivery-failed", "undeliverable-here", "message-annotations"]),
        0x28: (
            "source",
            [
                "address", "durable", "expiry-policy", "timeout", "dynamic",
                "dynamic-node-properties", "distribution-mode", "filter", "default-outcome",
                "outcomes", "capabilities",
            ]
        ),
        0x29: (
            "target",
            [
                "address", "durable", "expiry-policy", "timeout", "dynamic",
                "dynamic-node-properties", "capabilities",
            ]
        ),
        0x30: ("coordinator", ["capabilities"]),
        0x34: ("transactional-state", ["txn-id", "outcome"]),
    ]
}
