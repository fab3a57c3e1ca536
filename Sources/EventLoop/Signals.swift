internal import Basis
internal import CLinux
internal import Glibc

/// The process's signals, read like any descriptor: no handler runs our code.
public enum Signals {
    public enum Signal: Sendable { case terminate, quit, interrupt, hangUp }

    private static let numbers: [(Int32, Signal)] = [
        (SIGTERM, .terminate), (SIGQUIT, .quit), (SIGINT, .interrupt), (SIGHUP, .hangUp),
    ]

    /// Blocks the signals for this thread, as they are for every `WorkerThread`, and gives the
    /// descriptor that they arrive on.
    public static func open() -> Descriptor {
        ignoreBrokenPipes()
        var set = sigset_t()
        sigemptyset(&set)
        for (number, _) in numbers { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let number = signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
        invariant(number >= 0, "the kernel gave no signalfd")
        return Descriptor(number: number)
    }

    /// Ignores every signal that would end the process though nothing is wrong with it and nobody
    /// wants its end: what others send by mistake, timers' signals, and that of a file which is
    /// as large as it may be, of which the write tells.
    public static func ignoreStray() {
        let known = [
            SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXFSZ,
        ]
        for number in known { signal(number, SIG_IGN) }
        for number in first_realtime_signal()...last_realtime_signal() { signal(number, SIG_IGN) }
    }

    /// Makes writing to a peer that has gone an error, not the end of the process.
    public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// One signal that has arrived, if any.
    public static func next(from descriptor: Descriptor) -> Signal? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard read(descriptor.number, &info, size) == size else { return nil }
        return numbers.first { $0.0 == Int32(info.ssi_signo) }?.1
    }

    /// Ends the process by `signal`, as its default action would (MG-232).
    public static func die(of signal: Signal) -> Never {
        let number = numbers.first { $0.1 == signal }?.0 ?? SIGTERM
        Glibc.signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(number)
        exit(1)
    }
}
