internal import Basis
internal import Client
internal import EventLoop

/// Turns the signals that ask a program to stop into the end of every wait of a loop.
///
/// To be made once, before the program waits for anything.
struct Interruption {
    /// Runs the body with a loop whose waits signals end, and gives its result.
    static func guarding<Result>(_ body: (ClientLoop) throws -> Result) rethrows -> Result {
        let loop = ClientLoop()
        let signals = Signals.open()
        let token = loop.watch(signals) {
            if Signals.next(from: signals) != nil { loop.isInterrupted = true }
        }
        defer {
            loop.unwatch(signals, token: token)
            signals.close()
        }
        return try body(loop)
    }
}

extension ClientLoop {
    /// Keeps connections alive until then, or until a signal asks to stop.
    func rest(until deadline: Instant) {
        while Clock.now < deadline, !isInterrupted { turn(until: deadline) }
    }
}
