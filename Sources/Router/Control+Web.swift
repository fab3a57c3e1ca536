internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import TLS
internal import Web

/// Listeners that speak HTTP. Their connections are the web thread's; what it asks is answered here.
extension Control {
    /// A listener has accepted a connection.
    func visited(
        _ socket: Descriptor, _ peer: Socket.Endpoint, _ token: UInt64, _ listener: Listener,
        _ settings: WebSettings
    ) {
        let tls: TLSService?
        switch security(of: listener).transport {
        case .serving(let service): tls = service
        case .clear, .dialling: tls = nil
        case .unusable(let reason):
            socket.close()
            return log.write(.http, .info, "Connection from \(peer) failed: \(reason)")
        }
        theWeb.adopt(
            socket, from: peer, over: tls, to: site(of: listener, settings, tls), of: token)
    }

    private func site(of listener: Listener, _ web: WebSettings, _ tls: TLSService?) -> Site {
        let settings = listener.settings
        return Site(
            servesHealth: web.servesHealth, servesMetrics: web.servesMetrics,
            tellsOldNames: web.tellsOldNames, takesWebSockets: web.takesWebSockets,
            origins: Origins(web.origins), root: web.root,
            tellsDetails: !settings.authenticatePeer || tls?.demandsCertificate == true,
            headTime: .seconds(UInt64(settings.initialHandshakeTimeoutSeconds)),
            idleTime: .seconds(UInt64(web.idleSeconds)), mostConnections: web.mostConnections,
            mostOfHost: web.mostOfHost,
            headLimits: HeadLimits(bytes: web.mostHeadBytes, fields: web.mostHeadFields),
            mostBodyBytes: UInt64(web.mostBodyBytes))
    }

    private var theWeb: WebThread {
        if let web { return web }
        let new = WebThread(log: log)
        poller.add(new.reports.wakeUp, token: Self.webToken, for: .reading)
        web = new
        return new
    }

    func takeWebReports() {
        guard let web else { return }
        var reports: [WebThread.Report] = []
        web.reports.heard()
        web.reports.take(into: &reports)
        for report in reports {
            switch report {
            case .asked(let question, let number): answer(question, number)
            case .upgraded(let guest): welcome(guest)
            }
        }
    }

    /// From here on a WebSocket is a connection like any other of its listener.
    private func welcome(_ guest: WebThread.Guest) {
        let newcomer = Newcomer.webSocket(guest.channel, ahead: guest.ahead)
        guard phase == .running, let listener = listeners[guest.listener] else {
            return newcomer.turnAway()
        }
        accepted(newcomer, guest.peer, listener)
    }

    private func answer(_ question: Question, _ number: UInt64) {
        switch question.page {
        case .health: web?.answer(number) { Response(.ok, text: "OK\n") }
        case .live: joinLivenessRound(.page(question, number: number))
        case .start: answer(question, number, startReport)
        case .ready: answer(question, number, readinessReport)
        case .metrics: answerMetrics(question, number)
        }
    }

    /// The picture is taken here, which costs a few references; the page is made on the web thread.
    private func answerMetrics(_ question: Question, _ number: UInt64) {
        guard let web else { return }
        let snapshot = RouterSnapshot(self, withRows: false)
        let reading = MetricsReading(
            readiness: readinessReport, waitingBytes: budget.waiting,
            waitingLimit: budget.limit, web: web.counts, ranking: ranking,
            hasOldNames: question.tellsOldNames)
        let filter = MetricsFilter(query: question.query)
        let text = MetricsText(accepted: question.accept)
        web.answer(number) {
            let families = snapshot.metrics(reading).filter(filter.admits)
            return Response(.ok, contentType: text.contentType, text: text.text(families))
        }
    }

    private func answer(_ question: Question, _ number: UInt64, _ report: HealthReport) {
        web?.answer(number) { report.response(to: question) }
    }

    // MARK: Liveness

    /// How long a worker has to say that it is alive.
    private static let livenessTime = Milliseconds.seconds(5)

    /// All who ask while a round goes on hear what comes of it.
    func joinLivenessRound(_ asker: LivenessRound.Asker) {
        startLivenessRound()
        liveness?.askers.append(asker)
    }

    /// Asks the workers, unless they are being asked.
    func startLivenessRound() {
        guard liveness == nil else { return }
        lastLivenessRound += 1
        liveness = LivenessRound(
            number: lastLivenessRound, missing: Set(workers.indices),
            due: now + Self.livenessTime)
        for worker in workers { worker.mailbox.post(.ping(round: lastLivenessRound)) }
        timers.add(Self.livenessToken, due: now + Self.livenessTime)
    }

    func isAlive(_ worker: Int, _ round: UInt64) {
        guard liveness?.number == round else { return }
        liveness?.missing.remove(worker)
        if liveness?.missing.isEmpty == true { closeLivenessRound() }
    }

    /// The timer of a round that is over means nothing.
    func endLivenessRound() {
        if let due = liveness?.due, due <= now { closeLivenessRound() }
    }

    private func closeLivenessRound() {
        guard let round = liveness else { return }
        liveness = nil
        let report = livenessReport(missing: round.missing)
        if round.isForSupervisor, report.isGood { supervisor?.tell("WATCHDOG=1") }
        for asker in round.askers {
            switch asker {
            case .page(let question, let number): answer(question, number, report)
            case .request(let delivery): serve(delivery, withHealth: report)
            }
        }
    }
}

/// The workers are asked whether they take letters.
struct LivenessRound {
    /// Who is to hear what comes of it.
    enum Asker {
        case page(Question, number: UInt64)
        /// A management request for the router's health.
        case request(InProcessDelivery)
    }

    let number: UInt64
    var missing: Set<Int>
    let due: Instant
    var askers: [Asker] = []
    /// The supervisor is to hear that all is well.
    var isForSupervisor = false
}
