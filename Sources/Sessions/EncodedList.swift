internal import AMQP

/// A list of values being encoded: a performative or a terminus, off the data path.
struct EncodedList {
    private var body: [UInt8] = []
    private var count: UInt32 = 0

    mutating func appendNull() {
        body.append(0x40)
        count += 1
    }

    mutating func append(bool: Bool) {
        body.append(bool ? 0x41 : 0x42)
        count += 1
    }

    mutating func append(ubyte: UInt8) {
        body.append(contentsOf: [0x50, ubyte])
        count += 1
    }

    mutating func append(ushort: UInt16) {
        body.append(contentsOf: [0x60, UInt8(ushort >> 8), UInt8(truncatingIfNeeded: ushort)])
        count += 1
    }

    mutating func append(uint: UInt32) {
        switch uint {
        case 0: body.append(0x43)
        case 1...255: body.append(contentsOf: [0x52, UInt8(uint)])
        default:
            body.append(0x70)
            append(word: uint)
        }
        count += 1
    }

    mutating func append(ulong: UInt64) {
        body.append(0x80)
        append(word: UInt32(truncatingIfNeeded: ulong >> 32))
        append(word: UInt32(truncatingIfNeeded: ulong))
        count += 1
    }

    mutating func append(string: String) { append(text: string, short: 0xA1) }
    mutating func append(symbol: String) { append(text: symbol, short: 0xA3) }

    private mutating func append(text: String, short: UInt8) {
        let octets = Array(text.utf8)
        if octets.count < 256 {
            body.append(contentsOf: [short, UInt8(octets.count)])
        } else {
            body.append(short + 0x10)
            append(word: UInt32(clamping: octets.count))
        }
        body.append(contentsOf: octets)
        count += 1
    }

    /// Appends a value that is encoded already; an empty one is null.
    mutating func append(raw: some Collection<UInt8>) {
        if raw.isEmpty { body.append(0x40) } else { body.append(contentsOf: raw) }
        count += 1
    }

    mutating func append(_ value: Value?) {
        append(raw: value?.encoded() ?? [])
    }

    mutating func append(_ error: AMQPError) {
        var list = EncodedList()
        list.append(symbol: error.name)
        if let text = error.text { list.append(string: text) } else { list.appendNull() }
        if let info = error.info { list.append(info) }
        append(raw: list.described(0x1D))
    }

    /// Octets of an error, encoded.
    static func size(of error: AMQPError) -> Int {
        var list = EncodedList()
        list.append(error)
        return list.body.count
    }

    private mutating func append(word: UInt32) {
        withUnsafeBytes(of: word.bigEndian) { body.append(contentsOf: $0) }
    }

    /// The list as a described value.
    func described(_ code: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [0, 0x53, code]
        let size = body.count + 1
        if size < 256, count < 256 {
            bytes.append(contentsOf: [0xC0, UInt8(size), UInt8(count)])
        } else {
            bytes.append(0xD0)
            for word in [UInt32(clamping: body.count + 4), count] {
                withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
            }
        }
        bytes.append(contentsOf: body)
        return bytes
    }
}
