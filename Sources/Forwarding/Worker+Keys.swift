internal import Addressing
internal import Basis

/// Routing keys of the addresses that messages name.
extension Worker {
    /// The key under which control knows the address of a message: class, phase and text. Says on
    /// the link what other routers are to know it by.
    ///
    /// A tenant's name goes before what the message's own field says, so that this can no longer be
    /// what other routers go by (RS-138). Before an address that takes the place of the field there
    /// is one already (RS-140).
    func routingKey(
        of address: UnsafeRawBufferPointer, phase: Phase, isOverride: Bool, on link: IncomingLink
    ) -> [UInt8] {
        let text = String(decoding: address, as: UTF8.self)
        let tenant = isOverride ? "" : link.connection.tenant
        link.to = []
        let parsed = ParsedAddress(text, router: settings.router)
        switch parsed {
        case .mobile(let address):
            if !tenant.isEmpty { link.to = Array("\(tenant)\(address)".utf8) }
            return Array("M\(phase.letter)\(tenant)\(address)".utf8)
        case .local, .router, .everyRouter, .area, .edge, .elsewhere:
            return Array(parsed.key(phase: phase).utf8)
        }
    }
}
