package import AMQP
package import Basis

/// What sending and receiving links of a client have in common.
package protocol LinkEnd: AnyObject {
    var client: Client { get }
    var link: Link { get }
    /// Why the peer has closed the link; nil if it has not.
    var failure: ClientError? { get }
}

extension LinkEnd {
    /// Waits on the connection, and fails if this link does.
    package func wait(
        _ step: String, timeout: Milliseconds? = nil, until isDone: () -> Bool
    ) throws(ClientError) {
        try client.wait(step, timeout: timeout) { failure != nil || isDone() }
        try check()
    }

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
