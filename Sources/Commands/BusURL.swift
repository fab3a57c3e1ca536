/// Where to connect, in the words of `-b` (MG-240):
/// `[amqp://|amqps://][USER[:PASSWORD]@]HOST[:PORT][/ADDRESS]`. A number alone is a port of this
/// machine's. `ws://` and `wss://` carry AMQP over WebSocket; what follows their slash is the path at
/// which the server is asked for one.
struct BusURL: Hashable {
    /// This machine.
    static let loopback = "127.0.0.1"

    var usesTLS = false
    /// Begins with a slash; nil for bare AMQP.
    var webSocketPath: String?
    var user: String?
    var password: String?
    var host: String
    /// A number or a service's name.
    var port: String
    /// What follows the slash.
    var address: String?

    init(_ text: String) throws(UsageError) {
        var rest = Substring(text)
        if let end = rest.firstRange(of: "://") {
            switch rest[..<end.lowerBound] {
            case "amqp": break
            case "amqps": usesTLS = true
            case "ws": webSocketPath = "/"
            case "wss":
                usesTLS = true
                webSocketPath = "/"
            default:
                throw UsageError(
                    "'\(text)': the scheme must be amqp://, amqps://, ws:// or wss://")
            }
            rest = rest[end.upperBound...]
        }
        if let slash = rest.firstIndex(of: "/") {
            let path = rest[slash...].dropFirst()
            if webSocketPath == nil {
                address = path.isEmpty ? nil : String(path)
            } else {
                guard path.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
                    throw UsageError("'\(text)': the path must be of letters and signs, escaped")
                }
                webSocketPath = "/" + path
            }
            rest = rest[..<slash]
        }
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = Self.unescaped(parts[0])
            password = parts.count == 2 ? Self.unescaped(parts[1]) : nil
            rest = rest[rest.index(after: at)...]
        }
        var port = try Self.takePort(from: &rest, of: text)
        if port == nil, !rest.isEmpty, rest.utf8.allSatisfy(Self.isDigit) {
            port = String(rest)
            rest = ""
        }
        if let port, port.utf8.allSatisfy(Self.isDigit), !(0...65_535 ~= Int(port) ?? .max) {
            throw UsageError("'\(text)': the port must be 0 to 65535, or a service's name")
        }
        let usual = webSocketPath == nil ? ("amqp", "amqps") : ("80", "443")
        self.port = port ?? (usesTLS ? usual.1 : usual.0)
        host = rest.isEmpty ? Self.loopback : String(rest)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Leaves the host alone, without the brackets of an IPv6 address.
    private static func takePort(
        from rest: inout Substring, of text: String
    ) throws(UsageError) -> String? {
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            let tail = rest[end...].dropFirst()
            rest = rest[..<end].dropFirst()
            guard tail.isEmpty || tail.first == ":" else {
                throw UsageError("'\(text)': only a port may follow the ']'")
            }
            return tail.isEmpty ? nil : String(tail.dropFirst())
        }
        // Several colons are an IPv6 address without brackets.
        guard let colon = rest.firstIndex(of: ":"), colon == rest.lastIndex(of: ":") else {
            return nil
        }
        let port = rest[colon...].dropFirst()
        rest = rest[..<colon]
        return port.isEmpty ? nil : String(port)
    }

    /// `%40` as `@` and so on.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = ArraySlice(Array(text.utf8))
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
