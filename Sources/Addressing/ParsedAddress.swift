/// This router's own place in the network.
package struct RouterIdentity: Hashable, Sendable {
    package let area: String
    package let id: String
    package let mode: RouterMode

    package init(area: String = "0", id: String, mode: RouterMode = .interior) {
        self.area = area
        self.id = id
        self.mode = mode
    }

    /// As annotations name it: `0/ID`.
    package var name: String { "\(area)/\(id)" }

    /// Where others reach what is this router's alone.
    package func address(of local: String) -> String {
        mode == .edge ? "_edge/\(id)/\(local)" : "_topo/\(name)/\(local)"
    }
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
    /// To an edge, whatever is elsewhere in the network (IR 8.3).
    case elsewhere

    /// The text leads to the management nodes of other routers.
    package static func isManagementElsewhere(_ text: String, router: RouterIdentity) -> Bool {
        guard text.hasSuffix("$management") else { return false }
        return switch ParsedAddress(text, router: router) {
        case .mobile, .local: false
        case .router, .everyRouter, .area, .edge, .elsewhere: true
        }
    }

    /// A receiver may attach there and gets nothing (RS-120): nobody sends to an area, and what is for an
    /// edge is for its downlink alone.
    package var sendsNothing: Bool {
        switch self {
        case .area, .edge: true
        case .mobile, .local, .router, .everyRouter, .elsewhere: false
        }
    }

    package init(_ text: String, router: RouterIdentity) {
        self.init(normalised: Self.normalised(text), router: router)
        guard router.mode == .edge else { return }
        switch self {
        case .router, .everyRouter, .area, .edge: self = .elsewhere
        case .mobile, .local, .elsewhere: break
        }
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
    package func key(phase: Phase) -> String {
        switch self {
        case .mobile(let text): "M\(phase.letter)\(text)"
        case .local(let text): "L" + text
        case .router(let id): "R" + id
        case .everyRouter(let text): "T" + text
        case .area(let area): "A" + area
        case .edge(let id): "H" + id
        case .elsewhere: Self.keyOfElsewhere
        }
    }

    /// The key of an edge's way to the rest of the network (IR 9.2).
    package static let keyOfElsewhere = "L_edge"

    /// The text without scheme, host, leading slash, and one trailing separator (RS-110). Cut by
    /// bytes: a slash counts as one whatever accent follows it (RS-111).
    package static func normalised(_ text: String) -> Substring {
        var rest = Substring(text).utf8
        if rest.first != .slash, let slash = rest.slashBehindScheme { rest = rest[slash...] }
        if rest.first == .slash {
            rest = rest.dropFirst()
            if rest.first == .slash {  // a host runs to the next slash
                rest = rest.dropFirst().behindFirstSlash
            }
        }
        if let last = rest.last, last == .slash || last == .dot { rest = rest.dropLast() }
        return Substring(rest)
    }
}

extension UInt8 {
    fileprivate static let slash = UInt8(ascii: "/")
    fileprivate static let dot = UInt8(ascii: ".")
    fileprivate static let colon = UInt8(ascii: ":")
}

extension Substring.UTF8View {
    /// The first slash that a colon stands before.
    fileprivate var slashBehindScheme: Index? {
        let bytes = span
        for place in 1..<Swift.max(1, bytes.count)
        where bytes[place] == .slash && bytes[place - 1] == .colon {
            return index(startIndex, offsetBy: place)
        }
        return nil
    }

    fileprivate var behindFirstSlash: Self {
        firstIndex(of: .slash).map { self[index(after: $0)...] } ?? self[endIndex...]
    }
}

extension Substring {
    fileprivate func removingPrefix(_ prefix: String) -> Substring? {
        utf8.starts(with: prefix.utf8) ? Substring(utf8.dropFirst(prefix.utf8.count)) : nil
    }

    /// What stands before and behind the first slash.
    fileprivate var splitAtSlash: (Substring, Substring) {
        guard let slash = utf8.firstIndex(of: .slash) else { return (self, "") }
        return (Substring(utf8[..<slash]), Substring(utf8.behindFirstSlash))
    }
}
