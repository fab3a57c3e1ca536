internal import AMQP
internal import Addressing
internal import Basis
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Topology

/// A message of the routing protocol that waits for its turn.
struct WaitingControlMessage {
    let connection: ConnectionID
    /// The link that it came on: its sender's credit comes back when it was taken in.
    let link: WorkerTicket
    let chunk: Chunk
    let since: Instant
}

/// Messages of the routing protocol: taken in, passed on, sent.
extension Control {
    /// How long they may keep control from everything else.
    private static let patience = Milliseconds(5)

    /// Some have waited for so long that a HELLO among them may be overdue.
    var isBehindNeighbours: Bool {
        controlMessages.first.map { $0.since + .seconds(1) <= now } ?? false
    }

    /// Takes in those that wait, or as many as there is time for now: whatever neighbours have to
    /// say, clients' attaches are answered.
    func takeControlMessages() {
        let end = turnBegan + Self.patience
        while let message = controlMessages.popFirst() {
            take(message)
            workers[message.link.worker].mailbox.post(
                .controlMessageTaken(message.link.ticket, octets: message.chunk.count))
            if Clock.now >= end { return }
        }
    }

    private func take(_ waiting: WaitingControlMessage) {
        let (id, chunk) = (waiting.connection, waiting.chunk)
        do {
            let message = try Message(decoding: chunk.bytes)
            if edge != nil { return takeServiceMessage(id, waiting.link, message) }
            guard let trunk = mesh?.trunksByConnection[id] else { return }
            guard let to = message.properties?.to else { return }
            let address = ParsedAddress(to, router: identity)
            switch address {
            case .local("qdhello"), .local("qdrouter"), .local("qdrouter.ma"):
                mesh?.addresses.took(address.key(phase: .first))
                try take(message, from: trunk, isFlooded: false)
            case .everyRouter("qdrouter"), .everyRouter("qdrouter.ma"):
                mesh?.addresses.took(address.key(phase: .first))
                try take(message, from: trunk, isFlooded: true)
            case .router(let router): forward(message, to: RouterID(router))
            case .mobile, .local, .everyRouter, .area, .edge, .elsewhere: break
            }
        } catch let error as ControlMessage.Undecodable {
            switch error {
            case .tooNew(let version, let router):
                tell(.receivedTooNew(version: version, from: router))
            case .malformed(let reason):
                log.write(
                    .router, .error,
                    "[C\(id.number)] Control message dropped: \(reason)")
            }
        } catch {
            log.write(.router, .error, "[C\(id.number)] Control message dropped: \(error)")
        }
    }

    private func take(
        _ message: Message, from trunk: TrunkID, isFlooded: Bool
    ) throws(ControlMessage.Undecodable) {
        let decoded = try ControlMessage(message)
        mesh?.received = message
        tell(
            .received(
                decoded,
                Mesh.Arrival(
                    trunk: trunk, trace: RouterAnnotations.passed(message), isFlooded: isFlooded)))
        mesh?.received = nil
    }

    /// Passes a control message on towards the one router that it is for (IR 3.3).
    private func forward(_ message: Message, to router: RouterID) {
        let passed = RouterAnnotations.passed(message)
        // Not by the hop limit, which counts what this router knows: the first messages between two
        // routers far apart come before it knows either.
        guard let mesh, !passed.contains(mesh.machine.myself),
            let trunk = mesh.machine.nextHop(to: router)
        else { return }
        self.mesh?.addresses.passed("R" + router.text, copies: 1)
        var message = message
        RouterAnnotations.pass(&message, through: identity)
        post(message, on: [trunk])
    }

    /// Whatever is urgent goes before what waits for the trunk already.
    func post(_ message: Message, on trunks: [TrunkID], isUrgent: Bool = false) {
        guard !trunks.isEmpty else { return }
        let chunk = Chunk(message.encoded())
        for trunk in trunks {
            guard let place = mesh?.trunks[trunk]?.place else { continue }
            workers[place.worker].mailbox.post(
                .controlMessage(place.ticket, chunk, isUrgent: isUrgent))
        }
    }

    func send(_ message: ControlMessage, to destination: Mesh.Destination) {
        let trunks: [TrunkID]
        let key: String
        switch destination {
        case .neighbours(let list): (key, trunks) = ("L" + message.localService, list)
        case .router(let router, let trunk):
            (key, trunks) = ("R" + router.text, [trunk])
            mesh?.addresses.passed(key, copies: 1)
        case .everyone(let list):
            (key, trunks) = ("T" + message.service, list)
            mesh?.addresses.passed(key, copies: list.count)
        }
        mesh?.addresses.sent(key)
        var encoded = message.message(to: Self.address(of: message, for: destination))
        RouterAnnotations.enter(&encoded, at: identity, to: nil)
        var isHello: Bool { if case .hello = message { true } else { false } }
        post(encoded, on: trunks, isUrgent: isHello)
    }

    /// What a control message has as `to` (IR 3.1).
    static func address(of message: ControlMessage, for destination: Mesh.Destination) -> String {
        switch destination {
        case .neighbours: "amqp:/_local/\(message.localService)"
        case .router(let router, _): "amqp:/_topo/0/\(router.text)/\(message.service)"
        case .everyone:
            "\(message.service == "qdrouter" ? "amqp:/" : "")_topo/0/all/\(message.service)"
        }
    }
}
