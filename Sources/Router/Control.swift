internal import AMQP
internal import Addressing
internal import Basis
package import Configuration
internal import EventLoop
package import Forwarding
package import Logging
internal import Routing

/// The loop that decides everything that is not per message, and owns listeners and connectors.
///
/// Not `Sendable`: it lives on the thread that runs it.
package final class Control {
    let log: Log
    let settings: RouterSettings
    let identity: RouterIdentity
    let mailbox = Mailbox<ControlLetter>()
    let workers: [WorkerHandle]
    var threads: [WorkerThread?] = []
    var poller = Poller()
    var timers = TimerHeap()
    var now = Clock.now
    var table: AddressTable
    var connections: [ConnectionID: ConnectionEntry] = [:]
    var lastConnection: UInt64 = 0
    var listeners: [UInt64: Listener] = [:]
    var connectors: [UInt64: Connector] = [:]
    var lastToken: UInt64 = Control.firstToken
    var effects: [AddressTable.Effect] = []
    let signals: Descriptor
    var phase = Phase.running
    /// The signal that asked for the end.
    var endSignal: Signals.Signal?

    enum Phase { case running, ending, ended }

    static let mailboxToken: UInt64 = 0
    static let signalToken: UInt64 = 1
    static let firstToken: UInt64 = 16

    /// Makes the router and its workers; nothing runs or listens yet.
    package init(_ configuration: RouterConfiguration, log: Log, signals: SignalSource) {
        self.log = log
        self.signals = signals.descriptor
        settings = configuration.router
        identity = RouterIdentity(id: configuration.router.id)
        let count = max(1, configuration.router.workerThreads)
        workers = (0..<count).map(WorkerHandle.init(number:))
        table = AddressTable(
            router: identity, rules: AddressRules(configuration), workerCount: count,
            randomText: { RandomText.make(length: 15) })
        poller.add(mailbox.wakeUp, token: Self.mailboxToken, for: .reading)
        poller.add(self.signals, token: Self.signalToken, for: .reading)
    }

    /// Starts the workers.
    func startWorkers() {
        let settings = WorkerSettings(
            router: identity, presettledHold: .seconds(UInt64(self.settings.presettledHoldSeconds)))
        for handle in workers {
            let (peers, control, log) = (workers, mailbox, log)
            threads.append(
                WorkerThread(name: "martlet-\(handle.number)") {
                    Worker(
                        handle: handle, peers: peers, control: control, settings: settings,
                        log: log
                    ).run()
                })
        }
    }

    /// Serves until a signal ends it.
    package func run() {
        while phase != .ended {
            let ready = poller.wait(milliseconds: waitingTime)
            now = Clock.now
            for index in 0..<ready { handle(poller.ready(at: index)) }
            while let token = timers.popDue(at: now) { timerFired(token) }
        }
        for index in threads.indices { threads[index].take()?.join() }
        if endSignal == .interrupt { Signals.die(of: .interrupt) }
    }

    private var waitingTime: Int32 {
        guard let due = timers.nextDue else { return -1 }
        guard due > now else { return 0 }
        return Int32(clamping: due.since(now).count + 1)
    }

    private func handle(_ ready: Poller.Ready) {
        switch ready.token {
        case Self.mailboxToken: takeLetters()
        case Self.signalToken:
            while let signal = Signals.next(from: signals) { take(signal) }
        default:
            if listeners[ready.token] != nil {
                accept(on: ready.token)
            } else if connectors[ready.token] != nil {
                connectDone(ready.token)
            }
        }
    }

    private func takeLetters() {
        var letters: [ControlLetter] = []
        mailbox.heard()
        mailbox.take(into: &letters)
        for letter in letters { handle(letter) }
    }

    private func timerFired(_ token: UInt64) {
        if connectors[token] != nil { retry(token) }
    }

    func nextToken() -> UInt64 {
        lastToken += 1
        return lastToken
    }

    // MARK: Signals

    private func take(_ signal: Signals.Signal) {
        switch signal {
        case .hangUp:
            log.write(.server, .notice, "SIGHUP has no effect: the configuration is not reloaded")
        case .terminate, .quit, .interrupt:
            guard phase == .running else {
                log.write(.server, .notice, "Second signal: ending at once")
                phase = .ended
                threads.removeAll()
                return
            }
            endSignal = signal
            shutDown()
        }
    }

    private func shutDown() {
        phase = .ending
        log.write(.server, .notice, "Shut Down")
        for token in listeners.keys { closeListener(token) }
        for token in connectors.keys { stopConnector(token) }
        for worker in workers { worker.mailbox.post(.shutDown) }
    }

    var endedWorkers = 0

    func workerEnded() {
        endedWorkers += 1
        if endedWorkers == workers.count { phase = .ended }
    }
}

/// Where signals arrive; opened before the first thread starts.
package struct SignalSource {
    let descriptor: Descriptor

    package init() { descriptor = Signals.open() }
}

/// Names that the router makes up: letters, digits, `+` and `_` (RS-6).
package enum RandomText {
    private static let alphabet = Array(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_")

    package static func make(length: Int) -> String {
        String((0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }
}
