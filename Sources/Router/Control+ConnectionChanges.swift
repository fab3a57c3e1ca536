internal import AMQP
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Policy

/// UPDATE of a connection: its end, and the tracing of its frames (MG-194 to MG-196).
extension Control {
    func updateConnection(
        _ entity: Entity, _ attributes: ValueMap, _ requester: Requester
    ) throws(ManagementError) -> Entity {
        guard let number = UInt64(entity.identity) else { throw ManagementError(.badRequest) }
        let id = ConnectionID(number: number)
        guard connections[id] != nil else { throw ManagementError(.notFound) }
        let status = attributes.present("adminStatus")
        let trace = attributes.present("enableProtocolTrace")
        guard status != nil || trace != nil else { throw ManagementError(.badRequest) }
        if let trace {
            guard let isOn = trace.boolean else { throw ManagementError(.badRequest) }
            traceFrames(of: id, isOn)
        }
        switch status?.text {
        case nil where status == nil, "enabled"?: break
        case "deleted"?: try closeConnection(id, requester)
        default: throw ManagementError(.badRequest)
        }
        guard let entry = connections[id] else { throw ManagementError(.notFound) }
        return Entity(RouterSnapshot(self).facts(of: entry))
    }

    /// Nothing of a link can be changed (MG-177).
    func updateLink(_ entity: Entity, _: ValueMap, _: Requester) -> Entity { entity }

    private func traceFrames(of id: ConnectionID, _ isOn: Bool) {
        guard let entry = connections[id] else { return }
        connections[id]?.tracesFrames = isOn
        workers[entry.worker].mailbox.post(.traceFrames(id, isOn))
    }

    /// Frames of all connections are written while the module's level asks for that (MG-198).
    func followTraceLevel() {
        let isOn = log.isOn(.protocol, .trace)
        guard isOn != tracesAllFrames else { return }
        tracesAllFrames = isOn
        for entry in connections.values where !entry.tracesFrames {
            workers[entry.worker].mailbox.post(.traceFrames(entry.id, isOn))
        }
    }

    /// Somebody has asked for its end: management shows it no more.
    func hide(_ id: ConnectionID) {
        if let entry = connections[id], entry.isShown { traffic.hidden(entry) }
        connections[id]?.isClosing = true
    }

    private func closeConnection(
        _ id: ConnectionID, _ requester: Requester
    ) throws(ManagementError) {
        guard let entry = connections[id] else { return }
        let own = requester.connection.flatMap { connections[ConnectionID(number: $0)] }
        let isAllowed = own?.rights?.allows(.adminStatusUpdate) ?? true
        let isClient = entry.plan.role == .normal || entry.plan.role == .routeContainer
        guard isAllowed, isClient else {
            throw ManagementError(
                .forbidden, "You are not allowed to perform this operation.")
        }
        hide(id)
        let asker = requester.connection.map { "[C\($0)]" } ?? "another router"
        log.write(
            .routerCore, .info,
            "[C\(id.number)] Connection force-closed by request from connection \(asker)")
        workers[entry.worker].mailbox.post(
            .close(
                id,
                AMQPError(
                    name: "amqp:connection:forced",
                    text: "Connection forced-closed by management request"),
                awaitsAnswer: false))
    }
}
