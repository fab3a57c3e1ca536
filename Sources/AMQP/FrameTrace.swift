internal import CProton

/// Hears every frame of one connection, in Proton's notation: `0 -> @open(16) […]` (MG-221).
///
/// The connection's owner keeps it alive until the engine is gone.
public final class FrameTrace {
    private let hear: (String) -> Void
    public private(set) var isOn = false

    public init(_ hear: @escaping (String) -> Void) { self.hear = hear }

    /// Begins or ends the tracing. Wraps `pn_logger_set_log_sink` and the masks of
    /// `pn_transport_logger`.
    public func set(_ isOn: Bool, on transport: Transport) {
        guard isOn != self.isOn else { return }
        self.isOn = isOn
        let logger = pn_transport_logger(transport.handle)
        let subsystems = UInt16(PN_SUBSYSTEM_AMQP.rawValue | PN_SUBSYSTEM_SASL.rawValue)
        let level = UInt16(PN_LEVEL_FRAME.rawValue)
        if isOn {
            let context = Int(bitPattern: Unmanaged.passUnretained(self).toOpaque())
            pn_logger_set_log_sink(logger, Self.sink, context)
            pn_logger_set_mask(logger, subsystems, level)
        } else {
            pn_logger_reset_mask(logger, subsystems, level)
        }
    }

    /// Hears a frame that the engine does not see.
    public func note(_ text: String) { hear(text) }

    private static let sink: pn_log_sink_t = { context, _, level, text in
        guard level == PN_LEVEL_FRAME, let text, let owner = UnsafeRawPointer(bitPattern: context)
        else { return }
        Unmanaged<FrameTrace>.fromOpaque(owner)._withUnsafeGuaranteedRef {
            $0.hear(String(cString: text))
        }
    }
}
