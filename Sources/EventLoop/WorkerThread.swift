internal import Basis
internal import CLinux
internal import Glibc

/// A thread of the system's that runs one body.
public struct WorkerThread: ~Copyable, Sendable {
    private let thread: pthread_t

    /// Starts the thread under a name of at most 15 characters. It takes none of the process's
    /// signals, whenever it is started: they are for who reads them, see `Signals`.
    public init(name: String, body: sending @escaping () -> Void) {
        let start = Unmanaged.passRetained(Start(body: body)).toOpaque()
        let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
            if let start = $0 { Unmanaged<Start>.fromOpaque(start).takeRetainedValue().body() }
            return nil
        }
        var thread = pthread_t()
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        let code = pthread_create(&thread, nil, entry, start)
        pthread_sigmask(SIG_SETMASK, &before, nil)
        invariant(code == 0, "a worker thread could not start")
        _ = pthread_setname_np(thread, String(name.prefix(15)))
        self.thread = thread
    }

    /// Waits until the body has returned.
    public consuming func join() { pthread_join(thread, nil) }

    /// Lets it end by itself.
    public consuming func detach() { pthread_detach(thread) }

    /// Lets other threads go before the calling one, where they are short of processors. Wraps
    /// `setpriority`, which on Linux speaks of one thread.
    public static func giveWay() { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }

    private final class Start {
        let body: () -> Void
        init(body: @escaping () -> Void) { self.body = body }
    }
}
