internal import Addressing
internal import Basis

/// Routing keys of the addresses that messages name.
extension Worker {
    /// The key under which control knows the address: class, phase and text.
    func routingKey(
        of address: UnsafeRawBufferPointer, phase: Int, on link: IncomingLink
    ) -> [UInt8] {
        let text = String(decoding: address, as: UTF8.self)
        let parsed = ParsedAddress(text, router: settings.router)
        let letter = phase == 22 ? "F" : String(phase)
        switch parsed {
        case .mobile(let address):
            return Array("M\(letter)\(link.connection.tenant)\(address)".utf8)
        case .local, .router, .everyRouter, .area, .edge:
            return Array(parsed.key(phase: phase).utf8)
        }
    }
}
