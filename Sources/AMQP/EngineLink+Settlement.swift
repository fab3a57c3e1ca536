internal import CProton

extension EngineLink {
    /// Whether a sender settles what it sends.
    public enum SenderSettlement: Sendable { case unsettled, settled, mixed }

    /// Sets how our attach says that deliveries are settled. Wraps `pn_link_set_snd_settle_mode`.
    public func setSettlement(_ settlement: SenderSettlement) {
        let mode =
            switch settlement {
            case .unsettled: PN_SND_UNSETTLED
            case .settled: PN_SND_SETTLED
            case .mixed: PN_SND_MIXED
            }
        pn_link_set_snd_settle_mode(handle, mode)
    }
}
