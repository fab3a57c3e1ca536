import CProton

/// The wire types of AMQP values (AMQP 1.6), numbered as Proton numbers them.
public enum ValueType: UInt32, Sendable {
    case null = 1
    case bool, ubyte, byte, ushort, short, uint, int, char, ulong, long, timestamp, float, double
    case decimal32, decimal64, decimal128, uuid, binary, string, symbol, described, array, list, map
}

extension ValueType {
    init?(_ type: pn_type_t) {
        self.init(rawValue: UInt32(bitPattern: Int32(truncatingIfNeeded: type.rawValue)))
    }
}

/// An AMQP array: values of one type (AMQP 1.6.25).
///
/// If the elements are described, `descriptor` is common to all and `elements` holds the plain
/// values below it.
public struct ValueArray: Hashable, Sendable {
    /// The most elements of an array that can be encoded.
    public static let countMax = 60_000

    public let descriptor: Value?
    public let type: ValueType
    public let elements: [Value]

    /// An array of symbols, the usual form of capabilities.
    public static func symbols(_ texts: [String]) -> ValueArray {
        ValueArray(of: .symbol, texts.map(Value.symbol))
    }

    /// Every element must be of that type, and no more than `countMax` nodes in all.
    public init(of type: ValueType, _ elements: [Value], descriptor: Value? = nil) {
        self.type = type
        self.elements = elements
        self.descriptor = descriptor
    }
}

extension Value {
    public var type: ValueType {
        switch self {
        case .null: .null
        case .bool: .bool
        case .ubyte: .ubyte
        case .ushort: .ushort
        case .uint: .uint
        case .ulong: .ulong
        case .byte: .byte
        case .short: .short
        case .int: .int
        case .long: .long
        case .float: .float
        case .double: .double
        case .decimal32: .decimal32
        case .decimal64: .decimal64
        case .decimal128: .decimal128
        case .char: .char
        case .timestamp: .timestamp
        case .uuid: .uuid
        case .binary: .binary
        case .string: .string
        case .symbol: .symbol
        case .list: .list
        case .map: .map
        case .array: .array
        case .described: .described
        }
    }
}
