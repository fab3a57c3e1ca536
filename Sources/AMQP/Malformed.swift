/// Bytes that are not the AMQP value or message they should be.
package struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case truncated = "ends too early"
        case trailingBytes = "goes on after its end"
        case unknownEncoding = "has an encoding that AMQP does not define"
        case sizeMismatch = "has a compound value whose size and content differ"
        case oddMap = "has a map with a key but no value for it"
        case tooDeep = "is nested too deeply"
        case tooMany = "has too many values"
        case notText = "has a string that is not UTF-8"
        case notSection = "has a section that AMQP does not define"
        case wrongType = "has a field of the wrong type"
    }

    package let reason: Reason
    /// Where, in bytes from the start.
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "\(reason.rawValue) (byte \(offset))" }
}
