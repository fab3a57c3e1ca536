internal import Basis
internal import EventLoop

/// Looks up the addresses of hosts that policies give by name, on a thread of its own: the system does
/// that only blockingly. While an address is not known, nobody comes from that host.
struct HostNames {
    struct Answer: Sendable {
        let name: String
        /// Nil if there are none to be had; `reason` says why.
        let addresses: [String]?
        let reason: String
    }

    /// Between two looks at the same names.
    static let interval = Milliseconds.seconds(60)

    let answers = Mailbox<Answer>()
    private let names = Mailbox<Set<String>>()
    private var isStarted = false
    /// A timer is set for the next look.
    var isTimed = false

    mutating func lookUp(_ names: Set<String>) {
        if !isStarted { start() }
        self.names.post(names)
    }

    func take() -> [Answer] {
        var answers: [Answer] = []
        self.answers.heard()
        self.answers.take(into: &answers)
        return answers
    }

    private mutating func start() {
        isStarted = true
        let (names, answers) = (names, answers)
        WorkerThread(name: "martlet-names") {
            let poller = Poller()
            poller.add(names.wakeUp, token: 0, for: .reading)
            while true {
                _ = poller.wait(milliseconds: -1)
                var batch: [Set<String>] = []
                names.heard()
                names.take(into: &batch)
                for name in batch.reduce(into: Set<String>(), { $0.formUnion($1) }) {
                    do throws(SystemError) {
                        let found = try Socket.addresses(of: name)
                        answers.post(Answer(name: name, addresses: found, reason: ""))
                    } catch {
                        answers.post(Answer(name: name, addresses: nil, reason: error.reason))
                    }
                }
            }
        }.detach()
    }
}
