import EventLoop
import Testing

@Suite struct `A guarded value` {
    private final class Tally: Sendable {
        let value = Guarded(0)
    }

    @Test func `loses nothing that threads do to it at once`() {
        let tally = Tally()
        let threads = (0..<4).map { number in
            Thread(
                WorkerThread(name: "adder-\(number)") {
                    for _ in 0..<10_000 { tally.value.withLock { $0 += 1 } }
                })
        }
        for thread in threads { thread.join() }
        #expect(tally.value.withLock { $0 } == 40_000)
    }

    /// Lets an array hold it.
    private final class Thread {
        private var thread: WorkerThread?

        init(_ thread: consuming WorkerThread) { self.thread = consume thread }

        func join() { thread.take()?.join() }
    }
}
