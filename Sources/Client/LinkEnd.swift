package import AMQP
package import Basis

/// What sending and receiving links of a client have in common.
package protocol LinkEnd: AnyObject {
    var client: Client { get }
    var link: EngineLink { get }
    /// Why the peer has closed the link; nil if it has not.
    var failure: ClientError? { get }
}

extension LinkEnd {
    /// Waits on the connection, and fails if this link does. As long as something large is leaving,
    /// however slowly, time is not over.
    package func wait(
        _ step: String, timeout: Milliseconds? = nil, until isDone: () -> Bool
    ) throws(ClientError) {
        while true {
            let unsent = unsentBytes
            do throws(ClientError) {
                try client.wait(step, timeout: timeout) { failure != nil || isDone() }
                return try check()
            } catch {
                guard case .timedOut = error, unsentBytes < unsent else { throw error }
            }
        }
    }

    /// Bytes of messages that were given to the engine and have not been framed yet, on all links
    /// of the session.
    package var unsentBytes: Int { client.session?.outgoingBytes ?? 0 }

    /// The peer has closed the link.
    package var hasFailed: Bool { failure != nil }

    /// Fails if the link has.
    package func check() throws(ClientError) {
        if let failure { throw failure }
    }

    package func close() {
        link.close()
        _ = try? client.wait("Closing link") { [link] in !link.isRemoteActive }
    }
}
