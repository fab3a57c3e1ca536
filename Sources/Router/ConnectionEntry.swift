internal import Basis
internal import EventLoop
internal import Forwarding

/// A connection, as control and management know it.
struct ConnectionEntry {
    let id: ConnectionID
    let plan: ConnectionPlan
    let worker: Int
    let counters: ConnectionCounters
    /// The connector that dialled it.
    let connector: UInt64?
    /// What the peer said; nil before its open.
    var report: ConnectionReport?
    var openedAt: Instant?
    /// Management has asked for its end, and shows it no more.
    var isClosing = false
    /// Management has asked for its frames.
    var tracesFrames = false

    /// Both sides have opened it, and it goes on (MG-194, MG-296).
    var isShown: Bool { report != nil && !isClosing }

    /// Goes before its mobile addresses (RS-138).
    var tenant: String? {
        guard plan.isMultiTenant, let host = report?.hostname, !host.isEmpty else { return nil }
        return host + "/"
    }
}
