internal import AMQP
internal import Basis
internal import EventLoop

/// Messages from senders through the router to receivers, counted and timed.
final class Traffic: Exchange {
    private let plan: Plan
    private let peers = Peers()
    private var senders: [Peer] = []
    private var outlets: [Outlet] = []
    private var inlets: [Inlet] = []
    private var attached = 0
    /// The connection to which the router attaches its links.
    private var container: Peer?
    private var isContainerOpen = false
    private var latencies = Latencies()
    private var failure: String?
    private var start = Instant(nanoseconds: 0)
    private var lastArrival = Instant(nanoseconds: 0)
    /// Nanoseconds between two arrivals.
    private var longestSilence: UInt64 = 0
    private var isStarted = false

    /// Seconds without any arrival after which the rest counts as lost.
    private static let patience: UInt64 = 5

    init(_ plan: Plan) { self.plan = plan }

    /// Attaches, sends, receives, and reports.
    func run() throws(SystemError) -> Report {
        try attach()
        let router = plan.process.map(RouterProcess.init)
        let residentBefore = router?.resident ?? 0
        let processorBefore = router?.processorTime ?? 0
        let ownBefore = Clock.threadProcessorTime
        start = Clock.now
        lastArrival = start
        isStarted = true
        for peer in senders { peers.serve(peer, self) }
        while failure == nil, !isDone {
            peers.turn(milliseconds: plan.rate > 0 ? 1 : 100, self)
            if plan.rate > 0 { for peer in senders { peers.serve(peer, self) } }
            noteSilence()
        }
        var report = Report(failure: failure)
        report.seconds = Double(lastArrival.nanoseconds - start.nanoseconds) / 1e9
        report.loadProcessorTime = Clock.threadProcessorTime - ownBefore
        count(in: &report)
        if let router {
            report.measure(
                router, processorTime: router.processorTime - processorBefore,
                residentBefore: residentBefore)
        }
        return report
    }

    private func count(in report: inout Report) {
        report.size = plan.size
        report.latencies = latencies
        report.longestSilence = longestSilence / 1_000
        for outlet in outlets {
            report.sent += outlet.sent
            report.accepted += outlet.accepted
            report.released += outlet.released
            report.rejected += outlet.rejected
            report.modified += outlet.modified
        }
        for inlet in inlets {
            report.got += inlet.got
            report.misplaced += inlet.misplaced
        }
        let returned = report.released + report.rejected + report.modified
        let expected = (report.sent - returned) * UInt64(max(plan.copies, 1))
        report.lost = expected - min(expected, report.got)
    }

    // MARK: Attaching

    /// Opens receivers first, so that no message comes before the one who wants it.
    private func attach() throws(SystemError) {
        let receiverCount = plan.isContainer ? 0 : max(plan.pairs, plan.copies)
        if plan.isContainer {
            container = try connectReceiver()
            wait("The container's connection was not opened") { isContainerOpen }
            // Other routers hear meanwhile of what it serves.
            let rest = Clock.now + .seconds(1)
            while failure == nil, Clock.now < rest { peers.turn(milliseconds: 100, self) }
        }
        for number in 0..<receiverCount {
            let peer = try connectReceiver()
            inlets.append(
                Inlet(
                    plan, number: number, address: address(number), session: peer.makeSession()))
        }
        awaitAttached(receiverCount)
        for number in 0..<plan.pairs {
            let peer = try peers.connect(host: plan.host, port: plan.port)
            let outlet = Outlet(
                plan, number: number, address: address(number), session: peer.makeSession())
            peer.outlet = outlet
            outlets.append(outlet)
            senders.append(peer)
        }
        awaitAttached(receiverCount + plan.pairs)
    }

    private func connectReceiver() throws(SystemError) -> Peer {
        try peers.connect(
            host: plan.receiveHost ?? plan.host, port: plan.receivePort ?? plan.port)
    }

    private func awaitAttached(_ count: Int) {
        wait("Of \(count) links not all were attached") { attached >= count }
    }

    private func wait(_ failed: String, _ condition: () -> Bool) {
        let deadline = Clock.now + .seconds(plan.limit)
        while failure == nil, !condition() {
            peers.turn(milliseconds: 100, self)
            if deadline < Clock.now { failure = "\(failed) within \(plan.limit) s" }
        }
    }

    private func address(_ number: Int) -> String {
        plan.isShared || plan.copies > 0 ? plan.address : "\(plan.address).\(number)"
    }

    // MARK: Messages

    func take(_ event: Event, from peer: Peer) {
        if peer === container, event.kind != .delivery { answer(event) }
        switch event.kind {
        case .delivery:
            guard let delivery = event.delivery else { return }
            if let outlet = peer.outlet { return outlet.settle(delivery) }
            receive(delivery)
        case .linkRemoteOpen: if peer !== container { attached += 1 }
        case .other, .linkFlow, .connectionRemoteOpen, .sessionRemoteOpen, .sessionRemoteClose,
            .linkFinal, .transportInputClosed:
            break
        case .linkRemoteDetach, .linkRemoteClose:
            fail("The router detached a link", event.link?.remoteCondition)
        case .connectionRemoteClose:
            fail("The router closed a connection", peer.driver.connection.remoteCondition)
        case .transportError, .transportClosed:
            fail("A connection failed", peer.driver.transport.condition, peer.failure)
        }
    }

    /// What the router wants of the container.
    private func answer(_ event: Event) {
        if event.kind == .connectionRemoteOpen { isContainerOpen = true }
        guard let link = Container.answer(event), !link.isSender else { return }
        inlets.append(Inlet(plan, on: link))
    }

    func fill(_ peer: Peer) -> Bool {
        guard isStarted, let outlet = peer.outlet else { return false }
        guard plan.rate > 0 else { return outlet.fill(upTo: plan.messages) }
        // A rate is kept from the first credit on: what could not be sent before is no burst.
        guard outlet.sent > 0 || outlet.link.credit > 0 else { return false }
        let now = Clock.now
        let first = outlet.firstCredit ?? now
        outlet.firstCredit = first
        let elapsed = now.nanoseconds - first.nanoseconds
        let due = elapsed / 1_000 * plan.rate / 1_000_000 + 1
        return outlet.fill(upTo: min(due, plan.messages))
    }

    private func receive(_ delivery: EngineDelivery) {
        guard let inlet = delivery.link.owner(as: Inlet.self) else { return }
        guard let stamp = inlet._withUnsafeGuaranteedRef({ $0.receive(delivery) }) else { return }
        let now = Clock.now
        if latencies.count > 0 {
            longestSilence = max(longestSilence, now.nanoseconds &- lastArrival.nanoseconds)
        }
        lastArrival = now
        latencies.add(nanoseconds: lastArrival.nanoseconds &- stamp.time)
    }

    private var isDone: Bool {
        guard outlets.allSatisfy({ $0.isDone(of: plan.messages) }) else { return false }
        var (got, expected): (UInt64, UInt64) = (0, 0)
        for inlet in inlets { got += inlet.got }
        for outlet in outlets {
            expected += outlet.sent - outlet.released - outlet.rejected - outlet.modified
        }
        return got >= expected * UInt64(max(plan.copies, 1))
    }

    /// Ends the run if nothing comes any more, or if its time is over.
    private func noteSilence() {
        let now = Clock.now
        if now.since(start) > .seconds(plan.limit) {
            failure = "Given up after \(plan.limit) s"
        } else if now.since(lastArrival) > .seconds(max(Self.patience, plan.limit / 4)) {
            failure = "Nothing has come for \(now.since(lastArrival).count / 1_000) s"
        }
    }

    private func fail(_ what: String, _ condition: Condition?, _ error: SystemError? = nil) {
        guard failure == nil else { return }
        var text = what
        if let error { text += ": \(error)" }
        if let name = condition?.name { text += ": \(name): \(condition?.text ?? "")" }
        failure = text
    }
}
