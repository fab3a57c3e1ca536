internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding

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
        case closing = "CLOSING"
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
    private(set) var state = State.initializing
    /// The last event, in words.
    var message = ""
    /// Where it may dial; the configured place first.
    private(set) var places: [Place]
    private(set) var current = 0
    private var failures = 0
    /// A socket that is not connected yet.
    var socket: Descriptor?
    /// The connection that was made.
    var connection: ConnectionID?
    /// Counts the tries, so that a late answer to an earlier one is told.
    private(set) var attempt: UInt64 = 0

    init(_ settings: ConnectorSettings, _ configured: ConfiguredEntity) {
        self.settings = settings
        self.configured = configured
        places = [Place(host: settings.host, port: settings.port)]
    }

    var place: Place { places[current] }

    /// The places, the one in use first (RS-348).
    var failoverText: String {
        (places[current...] + places[..<current])
            .map { "\($0.scheme)://\($0.text)" }.joined(separator: ", ")
    }

    mutating func begin() {
        attempt += 1
        state = .connecting
    }

    mutating func connected(_ id: ConnectionID) {
        socket = nil
        connection = id
        state = .success
    }

    mutating func opened() {
        failures = 0
        state = .success
    }

    /// The peer's `open` never came: how long to wait before the next try.
    mutating func failed() -> Milliseconds {
        clear()
        failures += 1
        if failures >= 2, places.count > 1 {
            failures = 0
            current = (current + 1) % places.count
        }
        return .seconds(places.count > 1 ? 1 : 5)
    }

    /// An open connection is gone: how long to wait before the next try.
    mutating func lost() -> Milliseconds {
        clear()
        failures = 0
        return .seconds(places.count > 1 ? 1 : 2)
    }

    private mutating func clear() {
        state = .failed
        connection = nil
        socket = nil
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
