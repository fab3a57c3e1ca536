internal import AMQP
internal import Basis
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
    /// Streaming links of ours, in the order in which they were opened.
    var streaming: [OutgoingLink] = []
    /// The last delivery of each series that went over a streaming link.
    var lastStreamed: [MessageSeries: Ticket] = [:]
    /// When streaming links that nothing needs are looked for.
    var tidyDue = Instant.never
    /// Messages that are still arriving have links of their own.
    var opensStreams = true
    /// Of an edge's uplink: the links of addresses, and all that control has asked for.
    var outlets: [RouteID: OutgoingLink] = [:]
    var uplinkLinks: [UInt64: Link] = [:]
    var messageSession: Session?
    var serviceSession: Session?
    /// The neighbour is a Martlet too: pre-settled messages travel to it under flow control.
    var isMartlet = false

    /// Streaming links, at the most, and those that a quiet trunk keeps.
    static let mostStreaming = 64
    static let fewStreaming = 4
    /// The part of them that one client may use: one that begins messages and does not go on with
    /// them leaves the others room.
    static let shareOfClient = 4
    /// Sessions of a trunk beside those of streaming links: one for each priority, and for control.
    static let fixedSessions = 11

    /// Credit, at least, of a neighbour that is no Martlet.
    static let foreignCapacity = 1_000

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

/// Messages of one link that may have one receiver, and none of which overtakes another.
struct MessageSeries: Hashable {
    /// Nil for the router's own.
    let source: MessageSource?
    let route: RouteID?
    let priority: UInt8
}
