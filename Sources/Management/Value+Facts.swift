internal import AMQP

extension Value {
    /// A string, or null for no text.
    static func text(_ text: String?) -> Value { text.map(Value.string) ?? .null }

    static func count(_ number: UInt64) -> Value { .ulong(number) }

    /// A size or an age; what does not fit is cut.
    static func size(_ number: some BinaryInteger) -> Value { .uint(UInt32(clamping: number)) }

    static func small(_ number: some BinaryInteger) -> Value { .int(Int32(clamping: number)) }
}
