internal import CProton

/// A delivery state with its fields, apart from the delivery: it may cross threads.
public struct Outcome: Sendable {
    public var state: DeliveryState
    /// The fields beyond the code; nil for states that have none.
    public var details: Details?

    @inlinable
    public init(_ state: DeliveryState, details: Details? = nil) {
        self.state = state
        self.details = details
    }

    /// The fields of a state. One object, so that the common outcomes carry a nil.
    public final class Details: Sendable {
        public let error: AMQPError?
        public let undeliverableHere: Bool
        public let annotations: Value?
        public let sectionNumber: UInt32
        public let sectionOffset: UInt64
        /// The fields of a state that AMQP's core does not define.
        public let fields: Value?

        public init(
            error: AMQPError? = nil, undeliverableHere: Bool = false, annotations: Value? = nil,
            sectionNumber: UInt32 = 0, sectionOffset: UInt64 = 0, fields: Value? = nil
        ) {
            self.error = error
            self.undeliverableHere = undeliverableHere
            self.annotations = annotations
            self.sectionNumber = sectionNumber
            self.sectionOffset = sectionOffset
            self.fields = fields
        }
    }

    /// A rejection that says why.
    public static func rejected(_ error: AMQPError) -> Outcome {
        Outcome(.rejected, details: Details(error: error))
    }
}

extension EngineDelivery {
    /// The peer's state with its fields.
    public var remoteOutcome: Outcome {
        let state = DeliveryState(rawValue: remoteState)
        guard let remote = pn_delivery_remote(handle) else { return Outcome(state) }
        switch state {
        case .none, .accepted, .released: return Outcome(state)
        case .rejected:
            let error = Condition(handle: pn_disposition_condition(remote)).error
            return Outcome(state, details: error.map { Outcome.Details(error: $0) })
        case .modified:
            let annotations = value(of: pn_disposition_annotations(remote))
            let here = pn_disposition_is_undeliverable(remote)
            guard here || annotations != nil else { return Outcome(state) }
            return Outcome(
                state, details: Outcome.Details(undeliverableHere: here, annotations: annotations))
        case .received:
            return Outcome(
                state,
                details: Outcome.Details(
                    sectionNumber: pn_disposition_get_section_number(remote),
                    sectionOffset: pn_disposition_get_section_offset(remote)))
        default:
            return Outcome(
                state, details: Outcome.Details(fields: value(of: pn_disposition_data(remote))))
        }
    }

    /// Sets our state with its fields. Modified always says that the delivery failed (RS-186).
    public func update(_ outcome: Outcome) {
        guard let local = pn_delivery_local(handle) else { return }
        let details = outcome.details
        switch outcome.state {
        case .none: return
        case .rejected:
            if let error = details?.error {
                Condition(handle: pn_disposition_condition(local)).set(error)
            }
        case .modified:
            pn_disposition_set_failed(local, true)
            pn_disposition_set_undeliverable(local, details?.undeliverableHere ?? false)
            if let annotations = details?.annotations {
                annotations.replace(pn_disposition_annotations(local))
            }
        case .received:
            pn_disposition_set_section_number(local, details?.sectionNumber ?? 0)
            pn_disposition_set_section_offset(local, details?.sectionOffset ?? 0)
        default:
            if let fields = details?.fields { fields.replace(pn_disposition_data(local)) }
        }
        pn_delivery_update(handle, outcome.state.rawValue)
    }
}
