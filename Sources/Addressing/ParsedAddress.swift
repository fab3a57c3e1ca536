/// This router's own place in the network.
package struct RouterIdentity: Hashable, Sendable {
    package let area: String
    package let id: String

    package init(area: String = "0", id: String) {
        self.area = area
        self.id = id
    }

    /// As annotations name it: `0/ID`.
    package var name: String { "\(area)/\(id)" }
}

/// What the text of an address means to one router (RS-110 to RS-122, IR 9.2).
package enum ParsedAddress: Hashable, Sendable {
    case mobile(String)
    /// Of this router alone.
    case local(String)
    /// Another router's, or anything below it.
    case router(id: String)
    /// All routers'; for the routing protocol.
    case everyRouter(String)
    /// Another area's: leads nowhere.
    case area(String)
    case edge(id: String)

    package init(_ text: String, router: RouterIdentity) {
        self.init(normalised: Self.normalised(text), router: router)
    }

    private init(normalised text: Substring, router: RouterIdentity) {
        if let rest = text.removingPrefix("_local/") {
            self = .local(String(rest))
        } else if let rest = text.removingPrefix("_topo/") {
            self.init(topological: rest, router: router)
        } else if let rest = text.removingPrefix("_edge/") {
            let (id, below) = rest.splitAtSlash
            self = id == router.id ? .local(String(below)) : .edge(id: String(id))
        } else {
            self = .mobile(String(text))
        }
    }

    private init(topological rest: Substring, router: RouterIdentity) {
        let (area, below) = rest.splitAtSlash
        let (id, address) = below.splitAtSlash
        guard area == router.area || area == "all" else {
            self = .area(String(area))
            return
        }
        if id == "all" || area == "all" && below.isEmpty {
            self = .everyRouter(String(address))
        } else if id == router.id {
            self = .local(String(address))
        } else {
            self = .router(id: String(id))
        }
    }

    /// The routing key (RS-112, MG-135).
    package func key(phase: Int) -> String {
        switch self {
        case .mobile(let text): "M\(phase)\(text)"
        case .local(let text): "L" + text
        case .router(let id): "R" + id
        case .everyRouter(let text): "T" + text
        case .area(let area): "A" + area
        case .edge(let id): "H" + id
        }
    }

    /// The text without scheme, host, leading slash, and one trailing separator (RS-110).
    package static func normalised(_ text: String) -> Substring {
        var rest = Substring(text)
        if let colon = rest.firstIndex(of: ":"),
            rest[rest.index(after: colon)...].first == "/",
            !rest[..<colon].contains("/")
        {
            rest = rest[rest.index(after: colon)...]
        }
        if rest.first == "/" {
            rest = rest.dropFirst()
            if rest.first == "/" {  // a host runs to the next slash
                rest = rest.dropFirst()
                rest = rest.firstIndex(of: "/").map { rest[rest.index(after: $0)...] } ?? ""
            }
        }
        if let last = rest.last, last == "/" || last == "." { rest = rest.dropLast() }
        return rest
    }
}

extension Substring {
    fileprivate func removingPrefix(_ prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }

    /// What stands before and behind the first slash.
    fileprivate var splitAtSlash: (Substring, Substring) {
        guard let slash = firstIndex(of: "/") else { return (self, "") }
        return (self[..<slash], self[index(after: slash)...])
    }
}
