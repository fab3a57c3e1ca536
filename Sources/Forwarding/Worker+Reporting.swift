internal import AMQP
internal import EventLoop
internal import Sessions
internal import Logging

/// What workers let management see beside their counters.
extension Worker {
    /// Tells how full the tables are, once a turn of the loop.
    func tellPools() {
        let pools = handle.pools
        pools.connections.tell(room: connections.room, used: connections.count)
        pools.incomingLinks.tell(room: incomingLinks.room, used: incomingLinks.count)
        pools.outgoingLinks.tell(room: outgoingLinks.room, used: outgoingLinks.count)
        pools.deliveries.tell(room: deliveries.room, used: deliveries.count)
        pools.groups.tell(room: groups.room, used: groups.count)
    }

    // MARK: Links of trunks

    func report(_ link: OutgoingLink, priority: Int) {
        let place = WorkerTicket(worker: handle.number, ticket: link.ticket)
        report(
            link.link, link.connection, place, link.counters, link.load,
            isControl: link.kind == .control, priority)
    }

    func report(_ link: IncomingLink, priority: Int) {
        let place = WorkerTicket(worker: handle.number, ticket: link.ticket)
        report(
            link.link, link.connection, place, link.counters, OutletLoad(),
            isControl: link.kind == .control, priority)
    }

    private func report(
        _ link: Link, _ connection: PeerConnection, _ place: WorkerTicket,
        _ counters: LinkCounters, _ load: OutletLoad, isControl: Bool, _ priority: Int
    ) {
        let request = LinkRequest(
            connection: connection.id, place: place,
            direction: link.isSender ? .outgoing : .incoming, name: link.name,
            source: TerminusReport(link.attach?.source ?? .null),
            target: TerminusReport(link.attach?.target ?? .null),
            load: load, capacity: connection.plan.linkCapacity, isAnnotated: true,
            isEdge: connection.plan.role == .edge, counters: counters)
        post(
            .trunkLinkAttached(
                TrunkLinkReport(request: request, isControl: isControl, priority: priority)))
    }

    // MARK: Frames

    func traceFrames(of id: ConnectionID, _ isOn: Bool) {
        if let connection = connection(of: id) { trace(connection, isOn) }
    }

    /// Whatever level the module has, the frames of this connection are written (MG-196).
    func trace(_ connection: PeerConnection, _ isOn: Bool) {
        guard isOn || connection.trace != nil else { return }
        let trace = connection.trace ?? frameTrace(of: connection.id)
        connection.trace = trace
        trace.set(isOn, on: connection.driver.transport)
    }

    /// Writes the frames of sessions that stand in the output to the log; the engine writes its own.
    func traceOutput(_ connection: PeerConnection) {
        let output = connection.channels.output.bytes
        var at = connection.tracedOutput
        connection.tracedOutput = output.count
        guard let trace = connection.trace, trace.isOn else { return }
        while case .frame(let size, _, _, _) = FrameHead.next(
            in: output.bindMemory(to: UInt8.self).span, from: at, frameMax: .max)
        {
            let frame = UnsafeRawBufferPointer(rebasing: output[at..<(at + size)])
            trace.note(FrameText.describe(frame, arrow: "->"))
            at += size
        }
    }

    private func frameTrace(of id: ConnectionID) -> FrameTrace {
        let log = log
        return FrameTrace { log.force(.protocol, .trace, "[C\(id.number)]:FRAME: \($0)") }
    }
}
