internal import EventLoop

/// How many octets may wait for a connection's socket: what lies there can no longer be overtaken by
/// a message of higher priority (RS-166).
extension ConnectionPlan {
    private static let ofClients = 512 << 10
    private static let ofTrunks = 128 << 10
    /// A sixteenth of a second of 1 Mbit/s.
    private static let ofSlowUplinks = 8 << 10

    /// The bound while the network takes less than there is, and while it takes all. An edge may be
    /// at the end of a thin line.
    var mostUnsent: (least: Int, most: Int) {
        switch role {
        case .normal, .routeContainer: (Self.ofClients, Self.ofClients)
        case .interRouter: (Self.ofTrunks, Self.ofTrunks)
        case .edge: (Self.ofSlowUplinks, Self.ofTrunks)
        }
    }

    /// As much may lie in the kernel beyond that.
    func limitUnsent(_ socket: Descriptor) {
        guard role.isOfRouters else { return }
        Socket.limitUnsent(socket, bytes: mostUnsent.least)
    }
}
