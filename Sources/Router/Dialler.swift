internal import Basis
internal import EventLoop

/// Starts connections without making its caller wait for the resolver of names.
struct Dialler {
    /// A try that has come as far as the kernel, or not.
    struct Answer: Sendable {
        let token: UInt64
        let attempt: UInt64
        let result: Result<Descriptor, SystemError>
    }

    let mailbox = Mailbox<Answer>()

    /// Resolves and starts to connect on a thread of its own; the answer comes by `mailbox`.
    func dial(token: UInt64, attempt: UInt64, host: String, port: String) {
        let mailbox = mailbox
        WorkerThread(name: "martlet-dial") {
            let result = Result { () throws(SystemError) in
                try Socket.connect(host: host, port: port)
            }
            mailbox.post(Answer(token: token, attempt: attempt, result: result))
        }.detach()
    }
}
