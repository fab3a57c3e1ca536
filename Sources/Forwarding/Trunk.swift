internal import AMQP
internal import EventLoop
internal import Sessions

/// The links of a connection to a neighbouring router (IR 1.4 to 1.6).
final class Trunk {
    var controlOut: OutgoingLink?
    /// The number that management knows it by.
    var number = 0
    /// Data links by priority, in the order of their attach (IR 1.5).
    var dataOut: [OutgoingLink?] = []
    /// Data links that the neighbour sends on.
    var dataInCount = 0
    /// Streaming links of ours that carry nothing now.
    var idleStreams: [OutgoingLink] = []
    /// The last that was opened for a streaming link; others share it if the peer allows no more.
    var streamSession: Session?
    /// Every data link of the ten has been attached by the peer.
    var isAnnounced = false
    /// The neighbour is a Martlet too: pre-settled messages travel to it under flow control.
    var isMartlet = false

    /// Credit, at least, of a neighbour that is no Martlet.
    static let foreignCapacity = 1_000

    /// Bytes that the kernel may hold unsent: what lies there can no longer be overtaken by a
    /// message of higher priority (RS-166).
    static let mostUnsent = 128 << 10

    /// The link for a priority: its own, or the next lower one that is there.
    func dataLink(priority: UInt8) -> OutgoingLink? {
        var index = min(Int(priority), dataOut.count - 1)
        while index >= 0 {
            if let link = dataOut[index], link.phase == .attached { return link }
            index -= 1
        }
        return dataOut.first { $0?.phase == .attached } ?? nil
    }
}
