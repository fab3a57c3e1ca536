internal import Basis
package import EventLoop

/// Starts connections without making its caller wait for the resolver of names.
///
/// A few threads: a name whose server does not answer holds one up for half a minute. Each has one
/// try at a time; the others wait here, and can be taken back.
package struct Dialler {
    private struct Try: Sendable {
        let token: UInt64
        let attempt: UInt64
        let host: String
        let port: String
        /// The thread that it was given to.
        let thread: Int
    }

    /// A try that has come as far as the kernel, or not.
    struct Answer: Sendable {
        let token: UInt64
        let attempt: UInt64
        let result: Result<Descriptor, SystemError>
        fileprivate let thread: Int?
    }

    /// Connects at once, or starts to.
    package typealias Dial = (_ host: String, _ port: String) -> Result<Descriptor, SystemError>

    static let mostThreads = 4
    /// Nil for the system's resolver and sockets, on threads.
    private let dial: Dial?

    init(dial: Dial? = nil) { self.dial = dial }

    var threadCount: Int { tasks.count }

    let mailbox = Mailbox<Answer>()
    /// What each thread that was started reads.
    private var tasks: [Mailbox<Try>] = []
    /// Threads that have nothing to do.
    private var idle: [Int] = []
    private var waiting: [(token: UInt64, attempt: UInt64, host: String, port: String)] = []

    /// Resolves and starts to connect on another thread; the answer comes by `mailbox`.
    mutating func dial(token: UInt64, attempt: UInt64, host: String, port: String) {
        forget(token: token)
        if let dial {
            return mailbox.post(
                Answer(token: token, attempt: attempt, result: dial(host, port), thread: nil))
        }
        waiting.append((token, attempt, host, port))
        if idle.isEmpty, tasks.count < Self.mostThreads { startThread() }
        giveOut()
    }

    /// Nobody waits any more for what was to be dialled under this token.
    mutating func forget(token: UInt64) { waiting.removeAll { $0.token == token } }

    mutating func takeAnswers() -> [Answer] {
        var answers: [Answer] = []
        mailbox.heard()
        mailbox.take(into: &answers)
        idle += answers.compactMap(\.thread)
        giveOut()
        return answers
    }

    private mutating func giveOut() {
        while !waiting.isEmpty, let thread = idle.popLast() {
            let next = waiting.removeFirst()
            tasks[thread].post(
                Try(
                    token: next.token, attempt: next.attempt, host: next.host, port: next.port,
                    thread: thread))
        }
    }

    private mutating func startThread() {
        let (task, answers) = (Mailbox<Try>(), mailbox)
        idle.append(tasks.count)
        tasks.append(task)
        WorkerThread(name: "martlet-dial") {
            let poller = Poller()
            poller.add(task.wakeUp, token: 0, for: .reading)
            while true {
                _ = poller.wait(milliseconds: -1)
                var batch: [Try] = []
                task.heard()
                task.take(into: &batch)
                for given in batch {
                    let result = Result { () throws(SystemError) in
                        try Socket.connect(host: given.host, port: given.port)
                    }
                    answers.post(
                        Answer(
                            token: given.token, attempt: given.attempt, result: result,
                            thread: given.thread))
                }
            }
        }.detach()
    }
}
