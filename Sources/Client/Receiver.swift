package import AMQP
package import Basis

/// A link on which we receive whole messages.
package final class Receiver: LinkEnd {
    /// One message that has arrived.
    package struct Arrival {
        package let bytes: [UInt8]
        package let isSettled: Bool
        let delivery: EngineDelivery
    }

    /// Where a receiver's messages come from.
    package enum Source {
        case address(String)
        /// An address that the peer makes up.
        case dynamic
    }

    package let client: Client
    package let link: EngineLink
    package private(set) var failure: ClientError?
    private var partial: [UInt8] = []
    private var arrivals: [Arrival] = []
    private var taken = 0
    /// Called with each message as it arrives; if not set, messages are kept for ``receive()``.
    package var onArrival: ((Arrival) -> Void)?

    /// Attaches, and waits for the peer's attach. Gives `credit` at once.
    package init(
        _ client: Client, from source: Source, name: String? = nil, credit: Int = 0,
        settlement: EngineLink.SenderSettlement = .mixed
    ) throws(ClientError) {
        guard let session = client.session else { throw .interrupted }
        self.client = client
        link = session.makeReceiver(name: name ?? client.nextLinkName())
        switch source {
        case .address(let address): link.source.setAddress(address)
        case .dynamic: link.source.setDynamic(true)
        }
        link.setSettlement(settlement)
        link.setOwner(Unmanaged.passUnretained(self))
        client.keep(self)
        link.open()
        if credit > 0 { link.grant(credit: credit) }
        try wait("Opening link \(link.name)") { [link] in link.isRemoteActive }
        // A refusal comes as an attach without source, and then the reason.
        if link.remoteSource.address == nil {
            try wait("Opening link \(link.name)") { false }
        }
    }

    /// The address that the peer attached us to.
    package var address: String { link.remoteSource.address ?? "" }

    package func grant(credit: Int) { link.grant(credit: credit) }

    /// The next message. Gives one credit if there is none.
    package func receive(timeout: Milliseconds? = nil) throws(ClientError) -> Arrival {
        if link.credit == 0, taken == arrivals.count { link.grant(credit: 1) }
        try wait("Receiving on receiver \(link.name)", timeout: timeout) {
            taken < arrivals.count
        }
        let arrival = arrivals[taken]
        taken += 1
        if taken == arrivals.count {
            arrivals.removeAll(keepingCapacity: true)
            taken = 0
        }
        return arrival
    }

    /// Settles a message with an outcome.
    package func settle(_ arrival: Arrival, _ state: DeliveryState = .accepted) {
        guard !arrival.isSettled else { return }
        arrival.delivery.update(state)
        arrival.delivery.settle()
    }

    /// A message waits for ``receive()``.
    package var hasArrival: Bool { taken < arrivals.count }

    // MARK: Events

    func readable(_ delivery: EngineDelivery) {
        guard delivery.isReadable else { return }
        take(pending: delivery.pending)
        if delivery.isAborted {
            partial = []
            delivery.settle()
            return
        }
        guard !delivery.isPartial else { return }
        link.advance()
        let arrival = Arrival(bytes: partial, isSettled: delivery.isSettled, delivery: delivery)
        partial = []
        if arrival.isSettled { delivery.settle() }
        if let onArrival { onArrival(arrival) } else { arrivals.append(arrival) }
    }

    private func take(pending: Int) {
        guard pending > 0 else { return }
        let part = [UInt8](unsafeUninitializedCapacity: pending) { room, count in
            count = link.receive(into: UnsafeMutableRawBufferPointer(room))
        }
        if partial.isEmpty { partial = part } else { partial += part }
    }

    func closed(_ error: ClientError) { failure = error }
}
