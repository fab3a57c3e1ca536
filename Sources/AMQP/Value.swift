/// One value of the AMQP 1.0 type system (AMQP 1.6), its wire type kept exactly.
///
/// Two values are equal when type and content are: `.int(1)` is not `.long(1)`. Whether a number
/// was written in a short or a long encoding is not remembered.
public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case ubyte(UInt8)
    case ushort(UInt16)
    case uint(UInt32)
    case ulong(UInt64)
    case byte(Int8)
    case short(Int16)
    case int(Int32)
    case long(Int64)
    case float(Float)
    case double(Double)
    /// The bits of an IEEE 754 decimal number; nothing here computes with them.
    case decimal32(UInt32)
    case decimal64(UInt64)
    case decimal128(UInt128)
    /// A UTF-32 code unit.
    case char(UInt32)
    /// Milliseconds since 1970-01-01 00:00 UTC.
    case timestamp(Int64)
    case uuid(UInt128)
    case binary([UInt8])
    case string(String)
    case symbol(String)
    case list([Value])
    case map(ValueMap)
    indirect case array(ValueArray)
    indirect case described(Value, Value)
}

extension Value {
    public var isNull: Bool { self == .null }

    public var boolean: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    /// The number, whatever AMQP integer type it came in; nil for other types and beyond 63 bits.
    public var integer: Int64? {
        switch self {
        case .ubyte(let number): Int64(number)
        case .ushort(let number): Int64(number)
        case .uint(let number): Int64(number)
        case .ulong(let number): Int64(exactly: number)
        case .byte(let number): Int64(number)
        case .short(let number): Int64(number)
        case .int(let number): Int64(number)
        case .long(let number): number
        case .null, .bool, .float, .double, .decimal32, .decimal64, .decimal128, .char, .timestamp,
            .uuid, .binary, .string, .symbol, .list, .map, .array, .described:
            nil
        }
    }

    /// The text of a string or a symbol.
    public var text: String? {
        switch self {
        case .string(let text), .symbol(let text): text
        case .null, .bool, .ubyte, .ushort, .uint, .ulong, .byte, .short, .int, .long, .float,
            .double, .decimal32, .decimal64, .decimal128, .char, .timestamp, .uuid, .binary, .list,
            .map, .array, .described:
            nil
        }
    }

    public var list: [Value]? {
        guard case .list(let values) = self else { return nil }
        return values
    }

    public var map: ValueMap? {
        guard case .map(let map) = self else { return nil }
        return map
    }

    /// An `int` where the number fits one, else a `long` (MG-89).
    public static func integer(_ number: some BinaryInteger) -> Value {
        if let small = Int32(exactly: number) { return .int(small) }
        return .long(Int64(clamping: number))
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral flag: Bool) { self = .bool(flag) }
    public init(integerLiteral number: Int64) { self = .integer(number) }
    public init(floatLiteral number: Double) { self = .double(number) }
    public init(stringLiteral text: String) { self = .string(text) }
}

extension Value: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(arrayLiteral values: Value...) { self = .list(values) }
    public init(dictionaryLiteral pairs: (Value, Value)...) { self = .map(ValueMap(pairs)) }
}

extension Value {
    /// The value is this symbol, or an array or list that holds it.
    public func hasSymbol(_ symbol: String) -> Bool {
        switch self {
        case .symbol(let text): text == symbol
        case .array(let array): array.elements.contains(.symbol(symbol))
        case .list(let values): values.contains(.symbol(symbol))
        default: false
        }
    }
}
