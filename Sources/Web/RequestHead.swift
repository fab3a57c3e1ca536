/// What a request says before its body.
public struct RequestHead: Hashable, Sendable {
    public let method: String
    /// As it stands in the request line.
    public let target: String
    public let major: Int
    public let minor: Int
    public let fields: HeadFields
    /// The client would ask more on the same connection.
    public let keepsAlive: Bool
    public let bodyLength: UInt64
    /// The body's length is not known before its end.
    public let isChunked: Bool

    init(
        method: String, target: String, version: (major: Int, minor: Int) = (1, 1),
        fields: HeadFields = HeadFields(), keepsAlive: Bool = true, bodyLength: UInt64 = 0,
        isChunked: Bool = false
    ) {
        self.method = method
        self.target = target
        major = version.major
        minor = version.minor
        self.fields = fields
        self.keepsAlive = keepsAlive
        self.bodyLength = bodyLength
        self.isChunked = isChunked
    }

    /// The value of a field, of the first one if there are several.
    public subscript(name: String) -> String? { fields[name] }

    // MARK: The target

    /// Without scheme and host, which a proxy's client writes too.
    private var local: Substring {
        guard !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") else {
            return target[...]
        }
        let rest = target[scheme.upperBound...]
        return rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }

    /// What stands behind the question mark.
    public var query: Substring {
        local.firstIndex(of: "?").map { local[local.index(after: $0)...] } ?? ""
    }

    /// The path with its escapes resolved; nil if they are no such thing, or hide a NUL.
    public var path: String? {
        var bytes: [UInt8] = []
        var rest = local.prefix { $0 != "?" && $0 != "#" }.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let text = String(rest.prefix(2)),
                text.utf8.allSatisfy({ Self.isHexadecimal($0) }), let code = UInt8(text, radix: 16),
                code != 0
            else { return nil }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
