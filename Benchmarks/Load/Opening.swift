internal import AMQP
internal import Basis
internal import EventLoop

/// Connections that are opened one after the other, with receivers on addresses of their own, and
/// then held: what they cost the router, and whether that depends on how many there are.
final class Opening: Exchange {
    /// The state after some of the connections.
    struct Stage {
        let connections: Int
        let seconds: Double
        /// Of the router; nanoseconds since the start.
        let processorTime: UInt64
        /// Of the router, in kilobytes.
        let resident: Int
    }

    private let plan: Plan
    private let peers = Peers()
    private let containers = Peers()
    /// Answers that each connection still waits for.
    private var missing: [Int] = []
    private var ready = 0
    /// The connection to which the router attaches what goes on; no connection counts it.
    private var container: Peer?
    private var isContainerOpen = false
    private var failure: String?
    private let router: RouterProcess?

    /// Connections that are being opened at the same time.
    private static let concurrency = 16

    init(_ plan: Plan) {
        self.plan = plan
        router = plan.process.map(RouterProcess.init)
    }

    /// Opens them all. The stages are at 1, 2, 5, 10, 20, 50 … connections, and at the end.
    func run() throws(SystemError) -> (stages: [Stage], failure: String?) {
        try connectContainer()
        let start = Clock.now
        let processorBefore = router?.processorTime ?? 0
        let stage = { [plan, router] (count: Int) in
            Stage(
                connections: min(count, plan.connections),
                seconds: Double(Clock.now.nanoseconds - start.nanoseconds) / 1e9,
                processorTime: (router?.processorTime ?? 0) - processorBefore,
                resident: router?.resident ?? 0)
        }
        var stages = [stage(0)]
        for goal in goals {
            while failure == nil, ready < goal {
                while missing.count < min(ready + Self.concurrency, goal) { try connect() }
                turn()
                if Clock.now.since(start) > .seconds(plan.limit) {
                    failure = "Given up after \(plan.limit) s with \(ready) connections"
                }
            }
            guard failure == nil else { break }
            stages.append(stage(ready))
        }
        try hold()
        return (stages, failure)
    }

    private func connectContainer() throws(SystemError) {
        guard plan.isContainer else { return }
        container = try containers.connect(
            host: plan.receiveHost ?? plan.host, port: plan.receivePort ?? plan.port)
        while failure == nil, !isContainerOpen { containers.turn(milliseconds: 100, self) }
    }

    private func hold() throws(SystemError) {
        let start = Clock.now
        while failure == nil, Clock.now.since(start) < .seconds(plan.hold) {
            turn()
        }
    }

    private func turn() {
        if container != nil { containers.turn(milliseconds: 0, self) }
        peers.turn(milliseconds: container == nil ? 100 : 1, self)
    }

    private var goals: [Int] {
        var goals: [Int] = []
        var power = 1
        while power < plan.connections {
            goals += [power, 2 * power, 5 * power].filter { $0 < plan.connections }
            power *= 10
        }
        return goals + [plan.connections]
    }

    private func connect() throws(SystemError) {
        let number = missing.count
        let peer = try peers.connect(host: plan.host, port: plan.port)
        missing.append(1 + plan.links)
        guard plan.links > 0 else { return }
        let session = peer.makeSession()
        for index in 0..<plan.links {
            let link = session.makeReceiver(name: "receiver-\(index)")
            link.source.setAddress("\(plan.address).\(number).\(index)")
            link.target.setEmptyTarget()
            link.open()
        }
    }

    func take(_ event: Event, from peer: Peer) {
        if peer === container {
            if event.kind == .connectionRemoteOpen { isContainerOpen = true }
            _ = Container.answer(event)
            return
        }
        switch event.kind {
        case .connectionRemoteOpen, .linkRemoteOpen:
            let number = Int(peer.token)
            missing[number] -= 1
            if missing[number] == 0 { ready += 1 }
        case .linkRemoteDetach, .linkRemoteClose:
            failure = failure ?? "The router detached a link"
        case .connectionRemoteClose, .transportError, .transportClosed:
            failure = failure ?? "A connection ended, with \(ready) connections open"
        default: break
        }
    }

    func fill(_ peer: Peer) -> Bool { false }
}
