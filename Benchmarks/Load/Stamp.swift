/// The last bytes of each body: when it was sent, which one it is, and whose.
struct Stamp {
    static let size = 24

    let time: UInt64
    let sequence: UInt64
    let sender: UInt64

    init(time: UInt64, sequence: UInt64, sender: UInt64) {
        self.time = time
        self.sequence = sequence
        self.sender = sender
    }

    /// Reads it from the end of `bytes`.
    init?(endOf bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.size else { return nil }
        let start = bytes.count - Self.size
        time = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
        sequence = bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
        sender = bytes.loadUnaligned(fromByteOffset: start + 16, as: UInt64.self)
    }

    /// Writes it over the end of `bytes`.
    func write(toEndOf bytes: UnsafeMutableRawBufferPointer) {
        let start = bytes.count - Self.size
        bytes.storeBytes(of: time, toByteOffset: start, as: UInt64.self)
        bytes.storeBytes(of: sequence, toByteOffset: start + 8, as: UInt64.self)
        bytes.storeBytes(of: sender, toByteOffset: start + 16, as: UInt64.self)
    }
}
