internal import Basis
internal import CLinux
internal import Glibc

/// Letters from many threads to one, taken in batches.
///
/// The consumer sleeps in its poller; only the first letter of a batch wakes it.
///
/// `@unchecked Sendable`: `letters` and `isConsumerTold` are touched only under `lock`, a pthread
/// mutex because ThreadSanitizer understands it.
public final class Mailbox<Letter: Sendable>: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private var letters: [Letter] = []
    private var isConsumerTold = false
    /// Becomes readable when letters wait. For the consumer's poller.
    public let wakeUp: Descriptor

    public init() {
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
        let number = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        invariant(number >= 0, "the kernel gave no eventfd")
        wakeUp = Descriptor(number: number)
    }

    deinit {
        wakeUp.close()
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    /// Sends one letter.
    public func post(_ letter: Letter) {
        pthread_mutex_lock(lock)
        letters.append(letter)
        let mustTell = !isConsumerTold
        isConsumerTold = true
        pthread_mutex_unlock(lock)
        if mustTell { tell() }
    }

    /// Sends a batch, leaving `batch` empty with its room kept.
    public func post(batch: inout [Letter]) {
        guard !batch.isEmpty else { return }
        pthread_mutex_lock(lock)
        letters.append(contentsOf: batch)
        let mustTell = !isConsumerTold
        isConsumerTold = true
        pthread_mutex_unlock(lock)
        batch.removeAll(keepingCapacity: true)
        if mustTell { tell() }
    }

    /// Takes all that has come, in order, into `batch`, which must be empty; its room is kept for
    /// the next letters.
    public func take(into batch: inout [Letter]) {
        pthread_mutex_lock(lock)
        swap(&letters, &batch)
        isConsumerTold = false
        pthread_mutex_unlock(lock)
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
