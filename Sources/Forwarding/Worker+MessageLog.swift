internal import AMQP
internal import Logging
internal import Sessions

/// Messages of connections whose listener or connector has them written to the log (MG-220).
extension Worker {
    @inline(__always)
    func logReceived(_ bytes: UnsafeRawBufferPointer, on link: IncomingLink) {
        guard !link.connection.plan.messageComponents.isEmpty else { return }
        log(bytes, "Received", link.link, link.connection)
    }

    /// `bytes` are the message, or its first part, with or without router annotations.
    @inline(__always)
    func logSent(_ bytes: @autoclosure () -> UnsafeRawBufferPointer?, on link: OutgoingLink) {
        guard !link.connection.plan.messageComponents.isEmpty, let bytes = bytes() else { return }
        log(bytes, "Sent", link.link, link.connection)
    }

    @inline(never)
    private func log(
        _ bytes: UnsafeRawBufferPointer, _ verb: String, _ link: Link, _ connection: PeerConnection
    ) {
        log.write(
            .message, .trace,
            "[C\(connection.id.number)]: \(verb) "
                + "\(LoggedMessage.text(of: bytes, connection.plan.messageComponents)) "
                + "on link '\(link.name)' "
                + "(\(link.attach?.source.address ?? "") -> "
                + "\(link.attach?.target.address ?? ""))")
    }
}
