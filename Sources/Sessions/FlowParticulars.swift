/// What a flow says of a link beside its credit (AMQP 2.7.4).
public struct FlowParticulars: Hashable, Sendable {
    /// Deliveries that wait at the sender; nil where the flow does not say.
    public var available: UInt32?
    /// Whoever hears it is to answer with a flow.
    public var isEcho = false
    /// Properties of the link's state, encoded; empty for none.
    public var properties: [UInt8] = []

    public init(available: UInt32? = nil, isEcho: Bool = false, properties: [UInt8] = []) {
        self.available = available
        self.isEcho = isEcho
        self.properties = properties
    }

    /// Says nothing.
    public var isEmpty: Bool { available == nil && !isEcho && properties.isEmpty }

    /// Of a later flow: what this one says and that one does not is still to be told.
    public mutating func add(_ later: FlowParticulars) {
        available = later.available ?? available
        isEcho = isEcho || later.isEcho
        if !later.properties.isEmpty { properties = later.properties }
    }
}

extension FlowParticulars {
    /// What is left of a flow behind its credit, from `drain` on. Properties are a map, or nothing.
    init(
        _ list: inout Fields, of frame: Span<UInt8>, available: UInt32?, isEcho: Bool
    ) throws(Fields.Undecodable) {
        self.init(available: available, isEcho: isEcho)
        guard let range = try list.any(frame) else { return }
        guard frame[range.lowerBound] == 0xC1 || frame[range.lowerBound] == 0xD1 else { return }
        properties = frame.extracting(range).withUnsafeBufferPointer { Array($0) }
    }
}

extension Link {
    /// What the peer's flows have said since the last call, of a link that goes on.
    public func takeParticulars() -> FlowParticulars? {
        defer { particulars = nil }
        return particulars
    }

    /// What its flows say is kept: it goes on, or that is not known yet.
    var mayGoOn: Bool { goesOn || local == .unattached }

    func hear(_ said: FlowParticulars) {
        guard !said.isEmpty else { return }
        particulars?.add(said)
        if particulars == nil { particulars = said }
    }
}

extension Channels {
    /// A flow that says more than one on the data path does.
    func writeFlow(
        of session: Session, _ link: Link, isDrain: Bool, _ particulars: FlowParticulars
    ) {
        var list = EncodedList()
        if session.remote == .unattached {
            list.appendNull()
        } else {
            list.append(uint: session.nextIncomingID)
        }
        list.append(uint: session.incomingWindow)
        list.append(uint: session.nextOutgoingID)
        list.append(uint: Session.outgoingWindow)
        list.append(uint: link.localHandle)
        list.append(uint: link.deliveryCount)
        list.append(uint: UInt32(clamping: link.credit))
        if let available = particulars.available {
            list.append(uint: available)
        } else {
            list.appendNull()
        }
        list.append(bool: isDrain)
        list.append(bool: particulars.isEcho)
        // A peer of smaller frames does without.
        if !particulars.properties.isEmpty, particulars.properties.count <= roomInFrame - 64 {
            list.append(raw: particulars.properties)
        }
        session.write(.flow, list)
    }
}
