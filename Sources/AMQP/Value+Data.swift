import CProton

/// The first value that `data` holds, if it holds one that can be read.
func value(of data: OpaquePointer?) -> Value? { Value(reading: data) }

/// Values in Proton's own form, `pn_data_t`.
extension Value {
    /// The first value that `data` holds; nil if it holds none, or one too deep or not UTF-8.
    init?(reading data: OpaquePointer?) {
        guard let data else { return nil }
        pn_data_rewind(data)
        defer { pn_data_rewind(data) }
        guard pn_data_next(data), let value = try? Value(current: data, depth: 0) else {
            return nil
        }
        self = value
    }

    /// Makes this the only value that `data` holds.
    func replace(_ data: OpaquePointer?) {
        guard let data else { return }
        pn_data_clear(data)
        put(into: data)
    }

    /// The value that `data`'s cursor stands on.
    init(current data: OpaquePointer, depth: Int) throws(Malformed) {
        guard depth <= ValueShape.depthMax else { throw Malformed(.tooDeep, at: 0) }
        switch pn_data_type(data) {
        case PN_BOOL: self = .bool(pn_data_get_bool(data))
        case PN_UBYTE: self = .ubyte(pn_data_get_ubyte(data))
        case PN_USHORT: self = .ushort(pn_data_get_ushort(data))
        case PN_UINT: self = .uint(pn_data_get_uint(data))
        case PN_ULONG: self = .ulong(pn_data_get_ulong(data))
        case PN_BYTE: self = .byte(pn_data_get_byte(data))
        case PN_SHORT: self = .short(pn_data_get_short(data))
        case PN_INT: self = .int(pn_data_get_int(data))
        case PN_LONG: self = .long(pn_data_get_long(data))
        case PN_FLOAT: self = .float(pn_data_get_float(data))
        case PN_DOUBLE: self = .double(pn_data_get_double(data))
        case PN_DECIMAL32: self = .decimal32(pn_data_get_decimal32(data))
        case PN_DECIMAL64: self = .decimal64(pn_data_get_decimal64(data))
        case PN_DECIMAL128: self = .decimal128(UInt128(octets: pn_data_get_decimal128(data)))
        case PN_CHAR: self = .char(pn_data_get_char(data))
        case PN_TIMESTAMP: self = .timestamp(pn_data_get_timestamp(data))
        case PN_UUID: self = .uuid(UInt128(octets: pn_data_get_uuid(data)))
        case PN_BINARY: self = .binary([UInt8](pn_data_get_binary(data)))
        case PN_STRING: self = .string(try String(pn_data_get_string(data)))
        case PN_SYMBOL: self = .symbol(try String(pn_data_get_symbol(data)))
        case PN_LIST: self = .list(try Value.children(of: data, depth: depth))
        case PN_MAP: self = .map(ValueMap(alternating: try Value.children(of: data, depth: depth)))
        case PN_ARRAY: self = .array(try ValueArray(current: data, depth: depth))
        case PN_DESCRIBED:
            let parts = try Value.children(of: data, depth: depth)
            self = parts.count == 2 ? .described(parts[0], parts[1]) : .null
        default: self = .null
        }
    }

    fileprivate static func children(
        of data: OpaquePointer, depth: Int
    ) throws(Malformed) -> [Value] {
        var values: [Value] = []
        guard pn_data_enter(data) else { return values }
        defer { pn_data_exit(data) }
        while pn_data_next(data) { values.append(try Value(current: data, depth: depth + 1)) }
        return values
    }

    /// Appends the value at `data`'s cursor. False if `data` cannot hold so many nodes.
    @discardableResult
    func put(into data: OpaquePointer) -> Bool {
        switch self {
        case .null: pn_data_put_null(data) == 0
        case .bool(let flag): pn_data_put_bool(data, flag) == 0
        case .ubyte(let number): pn_data_put_ubyte(data, number) == 0
        case .ushort(let number): pn_data_put_ushort(data, number) == 0
        case .uint(let number): pn_data_put_uint(data, number) == 0
        case .ulong(let number): pn_data_put_ulong(data, number) == 0
        case .byte(let number): pn_data_put_byte(data, number) == 0
        case .short(let number): pn_data_put_short(data, number) == 0
        case .int(let number): pn_data_put_int(data, number) == 0
        case .long(let number): pn_data_put_long(data, number) == 0
        case .float(let number): pn_data_put_float(data, number) == 0
        case .double(let number): pn_data_put_double(data, number) == 0
        case .decimal32(let bits): pn_data_put_decimal32(data, bits) == 0
        case .decimal64(let bits): pn_data_put_decimal64(data, bits) == 0
        case .decimal128(let bits):
            pn_data_put_decimal128(data, bits.octets(as: pn_decimal128_t.self)) == 0
        case .char(let unit): pn_data_put_char(data, unit) == 0
        case .timestamp(let instant): pn_data_put_timestamp(data, instant) == 0
        case .uuid(let bits): pn_data_put_uuid(data, bits.octets(as: pn_uuid_t.self)) == 0
        case .binary(let bytes):
            bytes.withUnsafeBytes { pn_data_put_binary(data, pn_bytes_t($0)) == 0 }
        case .string(let text): text.withBytes { pn_data_put_string(data, $0) == 0 }
        case .symbol(let text): text.withBytes { pn_data_put_symbol(data, $0) == 0 }
        case .list(let values): pn_data_put_list(data) == 0 && Value.fill(data, with: values)
        case .map(let map):
            pn_data_put_map(data) == 0
                && Value.fill(data, with: map.pairs.lazy.flatMap { [$0.key, $0.value] })
        case .array(let array):
            pn_data_put_array(
                data, array.descriptor != nil, pn_type_t(rawValue: .init(array.type.rawValue))) == 0
                && Value.fill(data, with: (array.descriptor.map { [$0] } ?? []) + array.elements)
        case .described(let descriptor, let value):
            pn_data_put_described(data) == 0 && Value.fill(data, with: [descriptor, value])
        }
    }

    private static func fill(_ data: OpaquePointer, with values: some Sequence<Value>) -> Bool {
        pn_data_enter(data)
        defer { pn_data_exit(data) }
        return values.allSatisfy { $0.put(into: data) }
    }
}

extension ValueMap {
    /// Keys and values by turns, as Proton holds a map.
    fileprivate init(alternating values: [Value]) {
        pairs = stride(from: 0, to: values.count - 1, by: 2).map {
            Pair(values[$0], values[$0 + 1])
        }
    }
}

extension ValueArray {
    fileprivate init(current data: OpaquePointer, depth: Int) throws(Malformed) {
        let type = ValueType(pn_data_get_array_type(data)) ?? .null
        let isDescribed = pn_data_is_array_described(data)
        let children = try Value.children(of: data, depth: depth)
        self.init(
            of: type, Array(children.dropFirst(isDescribed ? 1 : 0)),
            descriptor: isDescribed ? children.first : nil)
    }
}

extension UInt128 {
    /// From sixteen octets in network order: a `pn_uuid_t` or a `pn_decimal128_t`.
    fileprivate init(octets: some Any) {
        self = withUnsafeBytes(of: octets) {
            UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self))
        }
    }

    fileprivate func octets<Octets>(as type: Octets.Type) -> Octets {
        withUnsafeBytes(of: bigEndian) { $0.loadUnaligned(as: type) }
    }
}

extension pn_bytes_t {
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(
            size: bytes.count, start: bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
    }

    fileprivate var buffer: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : size)
    }
}

extension [UInt8] {
    fileprivate init(_ bytes: pn_bytes_t) { self.init(bytes.buffer) }
}

extension String {
    fileprivate init(_ bytes: pn_bytes_t) throws(Malformed) {
        guard let text = String(validating: bytes.buffer, as: UTF8.self) else {
            throw Malformed(.notText, at: 0)
        }
        self = text
    }

    fileprivate func withBytes<Result>(_ body: (pn_bytes_t) -> Result) -> Result {
        var text = self
        return text.withUTF8 { body(pn_bytes_t(UnsafeRawBufferPointer($0))) }
    }
}
