internal import AMQP

/// A delivery's tag (AMQP 2.6.12): up to 32 octets, kept where it stands, so that it can be handed on
/// without an allocation.
public struct DeliveryTag: Equatable, Sendable {
    private var octets: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    public private(set) var count: UInt8 = 0

    /// Octets that a tag may have.
    public static let longest = 32

    /// No tag.
    public init() {}

    /// One of our own: a number, and a ninth octet if there is a mark.
    @inline(__always)
    public init(_ number: UInt64, mark: UInt8? = nil) {
        octets.0 = number
        octets.1 = UInt64(mark ?? 0)
        count = mark == nil ? 8 : 9
    }

    /// A peer's; nil if it is too long.
    public init?(_ tag: UnsafeRawBufferPointer) {
        guard tag.count <= Self.longest else { return nil }
        withUnsafeMutableBytes(of: &octets) { $0.copyMemory(from: tag) }
        count = UInt8(tag.count)
    }

    public static func == (left: DeliveryTag, right: DeliveryTag) -> Bool {
        left.count == right.count && left.octets == right.octets
    }

    /// Writes the tag as a binary.
    @inline(__always)
    func write(to output: inout OctetBuffer) {
        output.put(0xA0)
        output.put(count)
        if count == 8 { return output.put64(octets.0.byteSwapped) }
        withUnsafeBytes(of: octets) { all in
            output.put(UnsafeRawBufferPointer(rebasing: all[..<Int(count)]))
        }
    }
}
