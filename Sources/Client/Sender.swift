package import AMQP
package import Basis

/// A link on which we send whole messages.
package final class Sender: LinkEnd {
    package let client: Client
    package let link: EngineLink
    private var sentCount = 0
    package private(set) var failure: ClientError?
    private var outcomes: [Int: Outcome] = [:]
    /// What becomes of each delivery that was not sent settled: its number and its outcome. If not
    /// set, outcomes are kept for ``waitForOutcome(of:)``.
    package var onOutcome: ((Int, Outcome) -> Void)?

    /// Attaches, and waits for the peer's attach. An address of nil means an anonymous link.
    package init(
        _ client: Client, to address: String?, name: String? = nil,
        settlement: EngineLink.SenderSettlement = .mixed
    ) throws(ClientError) {
        guard let session = client.session else { throw .interrupted }
        self.client = client
        link = session.makeSender(name: name ?? client.nextLinkName())
        if let address { link.target.setAddress(address) }
        link.setSettlement(settlement)
        link.setOwner(Unmanaged.passUnretained(self))
        client.keep(self)
        link.open()
        try wait("Opening link \(link.name)") { [link] in link.isRemoteActive }
        // A refusal comes as an attach without target, and then the reason.
        if let address, link.remoteTarget.address != address {
            try wait("Opening link \(link.name)") { false }
        }
    }

    /// The peer has given credit for at least one more delivery, and not too much is waiting to
    /// leave.
    package var canSend: Bool {
        link.credit > 0 && failure == nil && unsentBytes < Self.crowdedBytes
    }

    /// What may wait in the engine, besides one message.
    private static let crowdedBytes = 4_000_000

    /// Gives the message to the engine, whether there is credit or not; returns its number.
    package func enqueue(_ message: [UInt8], settled: Bool = false) -> Int {
        sentCount += 1
        let delivery = link.deliver(tag: UInt64(sentCount))
        delivery.context = sentCount
        message.withUnsafeBytes { link.send($0) }
        link.advance()
        if settled { delivery.settle() }
        return sentCount
    }

    /// Sends the message as soon as there is credit, and waits for its outcome. With `settled`
    /// there is none: waits until it was written.
    @discardableResult
    package func send(
        _ message: [UInt8], settled: Bool = false, timeout: Milliseconds? = nil
    ) throws(ClientError) -> Outcome {
        try wait("Waiting for credit on sender \(link.name)", timeout: timeout) { canSend }
        let number = enqueue(message, settled: settled)
        guard settled else { return try waitForOutcome(of: number, timeout: timeout) }
        try waitUntilWritten(timeout: timeout)
        return Outcome(.accepted)
    }

    /// The outcome of the delivery with this number.
    package func waitForOutcome(
        of number: Int, timeout: Milliseconds? = nil
    ) throws(ClientError) -> Outcome {
        try wait("Sending on sender \(link.name)", timeout: timeout) { outcomes[number] != nil }
        return outcomes.removeValue(forKey: number) ?? Outcome(.none)
    }

    /// The outcome of the delivery with this number, if it has come.
    func outcome(of number: Int) -> Outcome? { outcomes[number] }

    /// Nobody will ask for the outcomes of earlier deliveries.
    func forgetOutcomes() { outcomes.removeAll(keepingCapacity: true) }

    /// Waits until all that was enqueued has left for the peer.
    package func waitUntilWritten(timeout: Milliseconds? = nil) throws(ClientError) {
        try wait("Writing on sender \(link.name)", timeout: timeout) {
            // What is written here would otherwise be noticed only when the peer answers.
            client.flush()
            return link.queued == 0 && client.isWritten
        }
    }

    // MARK: Events

    func updated(_ delivery: EngineDelivery) {
        guard delivery.isUpdated else { return }
        let state = DeliveryState(rawValue: delivery.remoteState)
        guard delivery.isSettled || state.isTerminal else { return delivery.clear() }
        let number = delivery.context
        let outcome = delivery.remoteOutcome
        delivery.settle()
        if let onOutcome { onOutcome(number, outcome) } else { outcomes[number] = outcome }
    }

    func closed(_ error: ClientError) { failure = error }

    func creditChanged() {
        // A drain is answered at once: nothing is waiting that could use the credit.
        if link.isDraining { link.drained() }
    }
}
