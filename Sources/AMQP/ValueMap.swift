/// An AMQP map: pairs in the order of the wire.
///
/// Keys are looked up one after another: these maps are short. Keys that are text are found whether
/// they were written as string or as symbol.
public struct ValueMap: Hashable, Sendable {
    public struct Pair: Hashable, Sendable {
        public var key: Value
        public var value: Value

        public init(_ key: Value, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    public var pairs: [Pair] = []

    public init() {}

    public init(_ pairs: some Sequence<(Value, Value)>) {
        self.pairs = pairs.map { Pair($0.0, $0.1) }
    }

    /// The value of the first pair with exactly this key.
    public func value(of key: Value) -> Value? {
        pairs.first { $0.key == key }?.value
    }

    /// The value of the first pair whose key is this text. Setting replaces it there, or appends a
    /// pair with a string as key; setting nil removes every such pair.
    public subscript(_ text: String) -> Value? {
        get { pairs.first { $0.key.text == text }?.value }
        set {
            guard let newValue else {
                pairs.removeAll { $0.key.text == text }
                return
            }
            if let place = pairs.firstIndex(where: { $0.key.text == text }) {
                pairs[place].value = newValue
            } else {
                pairs.append(Pair(.string(text), newValue))
            }
        }
    }

    public mutating func append(_ key: Value, _ value: Value) {
        pairs.append(Pair(key, value))
    }
}

extension ValueMap: RandomAccessCollection {
    public var startIndex: Int { pairs.startIndex }
    public var endIndex: Int { pairs.endIndex }
    public subscript(position: Int) -> Pair { pairs[position] }
}

extension ValueMap: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral pairs: (Value, Value)...) { self.init(pairs) }
}
