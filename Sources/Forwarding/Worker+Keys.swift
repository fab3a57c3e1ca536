internal import Addressing
internal import Basis

/// Routing keys of the addresses that messages name.
extension Worker {
    /// The key under which control knows the address: class, phase and text.
    func routingKey(
        of address: UnsafeRawBufferPointer, phase: Int, on link: IncomingLink
    ) -> [UInt8] {
        [0x4D, UInt8(truncatingIfNeeded: 0x30 + phase)] + address
    }
}
