/// A stretch of the way that the messages of a mobile address make (RS-132, IR 5.1): 0 to 9, as many
/// as there are waypoints on it, and one for the consumers that get what no other takes (IR 5.4).
package struct Phase: Hashable, Sendable {
    /// As an annotation has it: 0 to 9, or 22.
    package let number: UInt8

    /// Nil for a number that is no phase: no address has consumers there.
    package init?(_ number: Int) {
        guard (0...9).contains(number) || number == 22 else { return nil }
        self.number = UInt8(number)
    }

    private init(known number: UInt8) { self.number = number }

    /// The only one of an address without waypoints.
    package static let first = Phase(known: 0)
    package static let fallback = Phase(known: 22)

    /// As a routing key has it, behind the `M`: `0` to `9`, or `F`.
    package var letter: Unicode.Scalar { Unicode.Scalar(UInt8(ascii: "0") + number) }
}
