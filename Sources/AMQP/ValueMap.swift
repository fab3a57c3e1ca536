/// An AMQP map: pairs in the order of the wire.
///
/// Keys are looked up one after another: these maps are short. Keys that are text are found whether
/// they were written as string or as symbol.
package struct ValueMap: Hashable, Sendable {
    package struct Pair: Hashable, Sendable {
        package var key: Value
        package var value: Value

        package init(_ key: Value, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    package var pairs: [Pair] = []

    package init() {}

    package init(_ pairs: some Sequence<(Value, Value)>) {
        self.pairs = pairs.map { Pair($0.0, $0.1) }
    }

    /// The value of the first pair with exactly this key.
    package func value(of key: Value) -> Value? {
        pairs.first { $0.key == key }?.value
    }

    /// The value of the first pair whose key is this text. Setting replaces it there, or appends a
    /// pair with a string as key; setting nil removes every such pair.
    package subscript(_ text: String) -> Value? {
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

    package mutating func append(_ key: Value, _ value: Value) {
        pairs.append(Pair(key, value))
    }
}

extension ValueMap: RandomAccessCollection {
    package var startIndex: Int { pairs.startIndex }
    package var endIndex: Int { pairs.endIndex }
    package subscript(position: Int) -> Pair { pairs[position] }
}

extension ValueMap: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral pairs: (Value, Value)...) { self.init(pairs) }
}
