internal import Basis
internal import Edge

/// An edge router: its machine, its connectors, its clients.
struct Site {
    let name: String
    /// The interior routers that it dials, the preferred first.
    let hubs: [Int]
    /// Nil while it is down.
    var router: EdgeRouter?
    /// How often it was started.
    var boot = 0
    var dialling: [Redialling]
    /// Of its connectors; nil for none.
    var connections: [Int?]
    var wake: Instant?
    /// Its line is cut.
    var isCut = false

    /// Keys of addresses with clients here.
    var consumers: Set<String> = []
    var producers: Set<String> = []
    /// What its machine says of them.
    var reachable: Set<String> = []

    init(name: String, hubs: [Int], hastes: [Double]) {
        self.name = name
        self.hubs = hubs
        dialling = hastes.map { Redialling(haste: $0) }
        connections = hubs.map { _ in nil }
    }
}

/// A connection between an edge and an interior router, which keeps the order of what it carries.
struct Uplink {
    let site: Int
    let connector: Int
    let hub: Int
    var isOpenAtSite = true
    var isOpenAtHub = true
    /// What is sent arrives.
    var isCarrying = true
    /// When the last of each direction arrives.
    var lastUp = Instant(nanoseconds: 0)
    var lastDown = Instant(nanoseconds: 0)
    /// Of the edge's links, those that the interior has.
    var places: [EdgeLinkID: HubLink] = [:]
    /// Words that the edge has not taken yet.
    var unread = 0
}
