package import Basis
package import EventLoop

/// The sockets of one thread's clients, waited for together.
///
/// Whoever waits for one client's answer turns the loop for all. Not for use by several threads.
package final class ClientLoop {
    private let poller = Poller()
    private var clients: [UInt64: Client] = [:]
    private var watched: [UInt64: () -> Void] = [:]
    private var nextToken: UInt64 = 1
    /// Set to make every wait end, and fail with ``ClientError/interrupted``.
    package var isInterrupted = false

    package init() {}

    /// Watches a descriptor of the caller's, until it is unwatched, and calls when it is readable.
    package func watch(_ descriptor: Descriptor, whenReadable: @escaping () -> Void) -> UInt64 {
        let token = takeToken()
        watched[token] = whenReadable
        poller.add(descriptor, token: token, for: .reading)
        return token
    }

    package func unwatch(_ descriptor: Descriptor, token: UInt64) {
        guard watched.removeValue(forKey: token) != nil else { return }
        poller.remove(descriptor)
    }

    func add(_ client: Client, socket: Descriptor) -> UInt64 {
        let token = takeToken()
        clients[token] = client
        poller.add(socket, token: token, for: [.reading, .writing])
        return token
    }

    func change(_ socket: Descriptor, token: UInt64, for interest: Poller.Interest) {
        poller.change(socket, token: token, for: interest)
    }

    func remove(_ socket: Descriptor, token: UInt64) {
        guard clients.removeValue(forKey: token) != nil else { return }
        poller.remove(socket)
    }

    /// Sends what is to be sent, waits for something to happen, no longer than until `deadline`,
    /// and takes it in.
    package func turn(until deadline: Instant?) {
        var deadline = deadline
        for client in clients.values {
            if client.flush() { deadline = Clock.now }
            if let tick = client.nextTick { deadline = min(deadline ?? tick, tick) }
        }
        let count = poller.wait(milliseconds: Self.span(from: Clock.now, to: deadline))
        for index in 0..<count {
            let ready = poller.ready(at: index)
            if let client = clients[ready.token] {
                client.advance(readable: ready.isReadable)
            } else {
                watched[ready.token]?()
            }
        }
    }

    private func takeToken() -> UInt64 {
        defer { nextToken += 1 }
        return nextToken
    }

    /// In whole milliseconds, rounded up, so that the deadline has passed when the wait ends.
    private static func span(from now: Instant, to deadline: Instant?) -> Int32 {
        guard let deadline else { return -1 }
        guard now < deadline else { return 0 }
        return Int32(clamping: (deadline.nanoseconds - now.nanoseconds + 999_999) / 1_000_000)
    }
}
