internal import Basis
internal import Configuration
internal import Edge
internal import EventLoop
internal import Forwarding
internal import TLS

/// A connection that the router dials, again and again (RS-345 to RS-351).
///
/// Decides where to dial next and when; `Control` dials.
struct Connector {
    /// What management shows (RS-346, MG-175).
    enum State: String {
        case initializing = "INITIALIZING"
        case connecting = "CONNECTING"
        /// The socket is connected.
        case success = "SUCCESS"
        /// The last try has failed, or its connection was lost; the next one is due in seconds.
        case failed = "FAILED"
    }

    /// How far the present try has come.
    enum Phase {
        /// The next one is not due yet → resolving
        case waiting(until: Instant)
        /// The system looks the name up, within limits of its own → connecting, waiting
        case resolving
        /// The kernel has asked the peer, but for no longer than this → connected, waiting
        case connecting(Descriptor, until: Instant)
        /// There is a connection, whether or not the peer's `open` has come → waiting
        case connected(ConnectionID)
    }

    struct Place: Hashable {
        let host: String
        let port: String
        var scheme = "amqp"
        /// For the `hostname` of `open`, if the peer has named another than `host`.
        var hostname: String?

        var text: String { "\(host):\(port)" }
        static func == (left: Place, right: Place) -> Bool {
            left.host == right.host && left.port == right.port
        }
        func hash(into hasher: inout Hasher) { hasher.combine(text) }
    }

    let settings: ConnectorSettings
    let configured: ConfiguredEntity
    /// Nil for no TLS.
    var tls: ProfileChoice?
    let tickets = TLSTickets()
    private(set) var phase: Phase
    /// The trunk that is in use until the one that is being made takes its place.
    private(set) var former: ConnectionID?
    /// The last event, in words.
    var message = ""
    /// Where it may dial; the configured place first.
    private(set) var places: [Place]
    private(set) var current = 0
    private var failures = 0
    /// When an edge's tries again; nil for any other.
    private var redialling: Redialling?
    /// Counts the tries, so that a late answer to an earlier one is told.
    private(set) var attempt: UInt64 = 0

    init(
        _ settings: ConnectorSettings, _ configured: ConfiguredEntity, tls: ProfileChoice? = nil,
        haste: Double = 0, now: Instant
    ) {
        self.tls = tls
        redialling = settings.role == .edge ? Redialling(haste: haste) : nil
        self.settings = settings
        self.configured = configured
        phase = .waiting(until: now)
        places = [Place(host: settings.host, port: settings.port)]
    }

    var place: Place { places[current] }

    var state: State {
        switch phase {
        case .connected: .success
        case _ where former != nil: .success
        case .waiting: attempt == 0 ? .initializing : .failed
        case .resolving, .connecting: .connecting
        }
    }

    /// Its connection, whether or not the peer's `open` has come.
    var connection: ConnectionID? {
        guard former == nil, case .connected(let id) = phase else { return former }
        return id
    }

    /// The places, the one in use first (RS-348).
    var failoverText: String {
        (places[current...] + places[..<current])
            .map { "\($0.scheme)://\($0.text)" }.joined(separator: ", ")
    }

    /// A try begins: its number.
    mutating func begin() -> UInt64 {
        attempt += 1
        phase = .resolving
        return attempt
    }

    /// The name is known, and the kernel asks the peer: until when; nil for as long as the kernel
    /// likes.
    mutating func connecting(_ socket: Descriptor, at now: Instant) -> Instant? {
        let seconds = settings.connectTimeoutSeconds
        let until = seconds > 0 ? now + .seconds(UInt64(seconds)) : .never
        phase = .connecting(socket, until: until)
        return seconds > 0 ? until : nil
    }

    /// An answer to this try is waited for.
    func awaits(_ attempt: UInt64) -> Bool {
        guard case .resolving = phase else { return false }
        return attempt == self.attempt
    }

    mutating func connected(_ id: ConnectionID) { phase = .connected(id) }

    mutating func opened(at now: Instant) {
        failures = 0
        former = nil
        redialling?.opened(at: now)
    }

    /// Its next connection is made beside the one that it has.
    mutating func keepFormer() { former = connection }

    mutating func lostFormer(_ id: ConnectionID) {
        if former == id { former = nil }
    }

    /// The peer's `open` never came: when to try again.
    mutating func failed(at now: Instant) -> Instant {
        failures += 1
        if failures >= 2, places.count > 1 {
            failures = 0
            current = (current + 1) % places.count
        }
        let pause = redialling?.failed(places: places.count)
        return wait(until: now + (pause ?? .seconds(triesOften ? 1 : 5)))
    }

    /// An open connection is gone: when to try again.
    mutating func lost(at now: Instant) -> Instant {
        failures = 0
        let pause = redialling?.lost(at: now, hasPlaces: places.count > 1)
        return wait(until: now + (pause ?? .seconds(triesOften ? 1 : 2)))
    }

    /// There is another place, or what is there holds messages that somebody waits for.
    private var triesOften: Bool { places.count > 1 || settings.role == .routeContainer }

    private mutating func wait(until due: Instant) -> Instant {
        phase = .waiting(until: due)
        return due
    }

    /// The peer has said where else it can be found; an empty list takes back what it said
    /// before (RS-347).
    mutating func learn(_ list: [Place]) {
        let used = place
        var new = [places[0]]
        if used != places[0] { new.append(used) }
        for place in list where !new.contains(place) { new.append(place) }
        places = new
        current = new.firstIndex(of: used) ?? 0
    }
}
