public import AMQP
public import Sessions
public import EventLoop

/// A link that goes on beyond this router (RS-256): its two ends here, on two connections, are one
/// link to the peers. An end is an `IncomingLink` or `OutgoingLink` of kind `routed`, and this is what
/// it knows of the other, which may be another worker's.
///
///     client ── IncomingLink ─ RoutedEnd ··· RoutedEnd ─ OutgoingLink ── container or next router
final class RoutedEnd {
    let other: LinkEnd
    let addresses: AddressTranslation?
    /// Its terminus was to outlive the connection, so that it is not closed when that is lost (RS-264).
    let outlives: Bool
    /// Of an incoming link: deliveries that the router itself has refused, whose credit is its own to
    /// give (RS-464).
    var refused: UInt32 = 0
    /// Of an outgoing link: the credit that was last told to the other end.
    var told: (limit: UInt32, isDraining: Bool)?
    /// Of an outgoing link: what the sender's flows have said, as soon as what came before is sent.
    var senderSaid: SenderWord?
    /// Of an incoming link: how many deliveries its sender has said that it has waiting.
    var available: UInt32 = 0
    /// The other end's peer has asked for a flow of this end's.
    var owesFlow = false
    /// Of an outgoing link: the sender has detached, which the peer hears behind all that was sent.
    var farewell: Farewell?

    struct SenderWord {
        /// Deliveries that it counts as sent, if it has given credit back.
        var total: UInt32?
        var particulars: FlowParticulars?
    }

    struct Farewell {
        let isClosed: Bool
        let error: AMQPError?
        /// The sender waits for the answer.
        let isAnswered: Bool
    }

    init(other: LinkEnd, addresses: AddressTranslation?, outlives: Bool) {
        self.other = other
        self.addresses = addresses
        self.outlives = outlives
    }
}

/// What one end of a routed link tells the other.
public enum RoutedWord: Sendable {
    /// The other end is there; control knows the asking one by this number.
    case found(LinkEnd, LinkID)
    /// Its peer has attached, and said this; the termini are as the asking peer is to see them.
    case answered(Attach, source: [UInt8], target: [UInt8])
    /// The receiver takes deliveries up to this number, the first being 1; or wants the credit used up
    /// or given back. What else it has said is to be told even if that is what it was.
    case credit(upTo: UInt32, isDraining: Bool, FlowParticulars?)
    /// The sender counts deliveries up to this number as sent, or has something else to say, or both.
    case gaveBack(upTo: UInt32?, FlowParticulars?)
    /// Its peer has detached, or has answered our detach.
    case detached(isClosed: Bool, AMQPError?)
    /// Its peer is gone without a detach; the error is that of a session that has ended with one.
    case lost(isClosed: Bool, AMQPError?)
}

/// The session on which a link was asked for that goes on.
public struct AskingSession: Hashable, Sendable {
    public let connection: ConnectionID
    /// At our end.
    public let channel: UInt16

    public init(connection: ConnectionID, channel: UInt16) {
        self.connection = connection
        self.channel = channel
    }
}

/// An attach that goes on over another connection.
public struct RoutedAttach: Sendable {
    /// The connection that it goes on over.
    public let connection: Ticket
    /// The link that wants it, and control's number for that.
    public let asking: LinkEnd
    public let askingID: LinkID
    public let askingSession: AskingSession
    public let name: String
    public let attach: Attach
    /// The address of the terminus at the far end, where that is not the one that was asked for.
    public let addresses: AddressTranslation?

    public init(
        connection: Ticket, asking: LinkEnd, askingID: LinkID, askingSession: AskingSession,
        name: String, attach: Attach, addresses: AddressTranslation?
    ) {
        self.connection = connection
        self.asking = asking
        self.askingID = askingID
        self.askingSession = askingSession
        self.name = name
        self.attach = attach
        self.addresses = addresses
    }

    /// The direction of the new link.
    public var direction: LinkDirection { asking.direction.opposite }

    /// The terminus at the far end: what a client sends to, or receives from.
    var farTerminus: Terminus { direction == .outgoing ? attach.target : attach.source }
}

/// How the address of a routed link's terminus is called on its two sides (RS-259, RS-430).
public struct AddressTranslation: Hashable, Sendable {
    /// As the asking peer says it.
    public let near: String
    /// As the container hears it.
    public let far: String
    let added: String
    let removed: String

    /// `full` is the address with its tenant's prefix. Nil if nothing is to be changed.
    public init?(_ near: String, full: String, adding added: String, removing removed: String) {
        var far = full
        if !removed.isEmpty, far.count > removed.count, far.hasPrefix(removed) {
            far.removeFirst(removed.count)
            self.removed = removed
        } else {
            self.removed = ""
        }
        far = added + far
        guard far != near else { return nil }
        self.near = near
        self.far = far
        self.added = added
    }

    /// The container's own text, as the asking peer is to read it.
    func back(_ text: String) -> String {
        guard text != far else { return near }
        guard text.hasPrefix(added) else { return text }
        return removed + text.dropFirst(added.count)
    }
}

extension AMQPError {
    package static let noRoute = AMQPError(
        name: "qd:no-route-to-dest", text: "No route to the destination node")
    static let routedLinkLost = AMQPError(
        name: "qd:routed-link-lost", text: "Connectivity to the peer container was lost")
}
