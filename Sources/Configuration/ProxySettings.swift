/// An HTTP proxy on the way to a server.
package struct ProxySettings: Hashable, Sendable {
    package let host: String
    package let port: String
    package let user: String?
    /// In clear: prefixes have been resolved (MG-42).
    package let password: String?

    /// Nil where there is none.
    init?(_ entity: EntityDeclaration) {
        guard let text = entity.text("httpProxy"), let place = Self.place(text) else { return nil }
        (host, port) = place
        user = entity.text("httpProxyUser")
        password = entity.secrets["httpProxyPassword"] ?? entity.text("httpProxyPassword")
    }

    /// `HOST:PORT`, an IPv6 address in brackets; nil for anything else.
    static func place(_ text: String) -> (host: String, port: String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        let port = text[text.index(after: colon)...]
        guard let number = Int(port), (1...65_535).contains(number) else { return nil }
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ 0x21..<0x7F ~= $0 && $0 != 0x2F }) else {
            return nil
        }
        return (String(host), String(port))
    }

    static func problems(of entity: EntityDeclaration) -> [Problem] {
        var problems: [Problem] = []
        if let text = entity.text("httpProxy"), place(text) == nil {
            problems.append(
                Problem(
                    line: entity.line(of: "httpProxy"), "Invalid proxy '\(text)'",
                    remedy: "'httpProxy' takes HOST:PORT"))
        }
        if let path = entity.text("httpPath"),
            !path.hasPrefix("/") || !path.utf8.allSatisfy({ 0x21..<0x7F ~= $0 })
        {
            problems.append(
                Problem(
                    line: entity.line(of: "httpPath"), "Invalid path '\(path)'",
                    remedy: "'httpPath' begins with a slash and has no blanks"))
        }
        return problems
    }
}
