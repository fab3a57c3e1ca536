internal import Basis
internal import CLinux
internal import Glibc

/// Letters from many threads to one, taken in batches.
///
/// The consumer sleeps in its poller; only the first letter of a batch wakes it.
public final class Mailbox<Letter: Sendable>: Sendable {
    private struct Contents {
        var letters: [Letter] = []
        var isConsumerTold = false

        /// Becomes true; false if it was.
        mutating func mustTell() -> Bool {
            defer { isConsumerTold = true }
            return !isConsumerTold
        }
    }

    private let contents = Guarded(Contents())
    /// Becomes readable when letters wait. For the consumer's poller.
    public let wakeUp: Descriptor

    public init() {
        let number = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        invariant(number >= 0, "the kernel gave no eventfd")
        wakeUp = Descriptor(number: number)
    }

    deinit { wakeUp.close() }

    /// Sends one letter.
    public func post(_ letter: Letter) {
        let mustTell = contents.withLock { contents in
            contents.letters.append(letter)
            return contents.mustTell()
        }
        if mustTell { tell() }
    }

    /// Sends a batch, leaving `batch` empty with its room kept.
    public func post(batch: inout [Letter]) {
        guard !batch.isEmpty else { return }
        let mustTell = contents.withLock { contents in
            if contents.letters.isEmpty {
                swap(&contents.letters, &batch)
            } else {
                contents.letters.append(contentsOf: batch)
            }
            return contents.mustTell()
        }
        batch.removeAll(keepingCapacity: true)
        if mustTell { tell() }
    }

    /// Takes all that has come, in order, into `batch`, which must be empty; its room is kept for
    /// the next letters.
    public func take(into batch: inout [Letter]) {
        contents.withLock { contents in
            swap(&contents.letters, &batch)
            contents.isConsumerTold = false
        }
    }

    /// Waits for letters, for a consumer that waits for nothing else; at most so long (-1: for
    /// ever). True if there are any. Wraps `poll`.
    @discardableResult
    public func wait(milliseconds: Int32 = -1) -> Bool {
        var watched = pollfd(fd: wakeUp.number, events: Int16(POLLIN), revents: 0)
        return poll(&watched, 1, milliseconds) > 0
    }

    /// Makes `wakeUp` unreadable until the next letter. To be called before `take`.
    public func heard() {
        var count: UInt64 = 0
        _ = read(wakeUp.number, &count, 8)
    }

    private func tell() {
        var one: UInt64 = 1
        _ = write(wakeUp.number, &one, 8)
    }
}
