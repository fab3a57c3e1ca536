public import Basis

/// What a listener serves over HTTP, and how much it bears.
public struct Site: Sendable {
    /// `/healthz` and its kin.
    public var servesHealth: Bool
    public var servesMetrics: Bool
    /// Of the metrics, those too that have the old router's names.
    public var tellsOldNames: Bool
    public var takesWebSockets: Bool
    /// From which pages a browser may open one.
    public var origins: Origins
    /// The directory whose files are served; nil for none.
    public var root: String?
    /// Whoever can connect may read why something is not as it should be: names of connectors,
    /// hosts.
    public var tellsDetails: Bool
    /// Until a request's head has come; zero for no limit.
    public var headTime: Milliseconds
    /// Until the next request on the same connection.
    public var idleTime: Milliseconds
    /// Connections that are no WebSockets.
    public var mostConnections: Int
    /// Of them, from one host: the others find a way in.
    public var mostOfHost: Int
    public var headLimits: HeadLimits
    /// The longest body of a request, which nothing here reads.
    public var mostBodyBytes: UInt64

    public init(
        servesHealth: Bool = true, servesMetrics: Bool = true, tellsOldNames: Bool = true,
        takesWebSockets: Bool = true, origins: Origins = Origins(), root: String? = nil,
        tellsDetails: Bool = true,
        headTime: Milliseconds = .seconds(10), idleTime: Milliseconds = .seconds(5),
        mostConnections: Int = 256, mostOfHost: Int? = nil, headLimits: HeadLimits = HeadLimits(),
        mostBodyBytes: UInt64 = 65_536
    ) {
        self.servesHealth = servesHealth
        self.servesMetrics = servesMetrics
        self.tellsOldNames = tellsOldNames
        self.takesWebSockets = takesWebSockets
        self.origins = origins
        self.root = root
        self.tellsDetails = tellsDetails
        self.headTime = headTime
        self.idleTime = idleTime
        self.mostConnections = mostConnections
        self.mostOfHost = mostOfHost ?? max(1, mostConnections / 4)
        self.headLimits = headLimits
        self.mostBodyBytes = mostBodyBytes
    }

    /// The page at a path, or above it (RS-371, MG-281).
    func page(at path: String) -> Page? {
        let name = path.dropFirst().prefix { $0 != "/" }
        guard path.first == "/", let page = Page(rawValue: String(name)) else { return nil }
        return (page == .metrics ? servesMetrics : servesHealth) ? page : nil
    }
}

/// What a request's head may be at the most.
public struct HeadLimits: Hashable, Sendable {
    /// From the request line to the empty line.
    public var bytes: Int
    public var fields: Int
    /// Of the request's target.
    var targetBytes: Int { bytes / 2 }

    public init(bytes: Int = 16 << 10, fields: Int = 100) {
        self.bytes = bytes
        self.fields = fields
    }
}

/// What the router itself is asked for.
public enum Page: String, Hashable, Sendable {
    /// Control answers (MG-284).
    case health = "healthz"
    /// No thread hangs: a restart would not help, else.
    case live = "livez"
    /// All is there that belongs to the start.
    case start = "startupz"
    /// Clients are served.
    case ready = "readyz"
    case metrics

    /// How long the router has for the answer.
    var patience: Milliseconds {
        switch self {
        case .health, .start, .ready: .seconds(2)
        case .live: .seconds(6)
        case .metrics: .seconds(10)
        }
    }
}

/// A request for a page.
public struct Question: Hashable, Sendable {
    public let page: Page
    /// What stands behind the question mark.
    public let query: String
    /// What the client would like to get.
    public let accept: String
    public let tellsDetails: Bool
    public let tellsOldNames: Bool

    init(_ page: Page, _ head: RequestHead, at site: Site) {
        self.page = page
        query = String(head.query)
        accept = head["accept"] ?? ""
        tellsDetails = site.tellsDetails
        tellsOldNames = site.tellsOldNames
    }

    /// A parameter of the query is there; with or without a value.
    public func has(_ parameter: String) -> Bool {
        query.split(separator: "&").contains { $0.prefix { $0 != "=" } == parameter }
    }
}
