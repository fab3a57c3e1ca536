/// Steps over encoded AMQP values (AMQP 1.6) without decoding them.
///
/// Never reads outside its bytes, whatever they are.
@usableFromInline
struct SectionScanner {
    /// The bytes end in the middle of a value, or are no value at all.
    @usableFromInline
    enum Fault: Error { case truncated, malformed }

    @usableFromInline let bytes: UnsafeRawBufferPointer
    @usableFromInline var at: Int

    @inlinable
    init(_ bytes: UnsafeRawBufferPointer, at start: Int = 0) {
        self.bytes = bytes
        at = start
    }

    @inlinable
    var left: Int { bytes.count &- at }

    @inlinable
    mutating func byte() throws(Fault) -> UInt8 {
        guard at < bytes.count else { throw .truncated }
        defer { at &+= 1 }
        return bytes[at]
    }

    @inlinable
    mutating func word() throws(Fault) -> Int {
        guard left >= 4 else { throw .truncated }
        defer { at &+= 4 }
        return Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
    }

    @inlinable
    mutating func skip(_ count: Int) throws(Fault) {
        guard count <= left else { throw .truncated }
        at &+= count
    }

    /// Steps over a whole value.
    @inlinable
    mutating func skipValue() throws(Fault) {
        var code = try byte()
        var depth = 0
        while code == 0 {  // described: descriptor, then the value itself
            depth &+= 1
            guard depth < 8 else { throw .malformed }
            try skipPlain(try byte())
            code = try byte()
        }
        try skipPlain(code)
    }

    @inlinable
    mutating func skipPlain(_ code: UInt8) throws(Fault) {
        switch code >> 4 {
        case 0x4: break
        case 0x5: try skip(1)
        case 0x6: try skip(2)
        case 0x7: try skip(4)
        case 0x8: try skip(8)
        case 0x9: try skip(16)
        case 0xA, 0xC, 0xE: try skip(Int(try byte()))
        case 0xB, 0xD, 0xF: try skip(try word())
        default: throw .malformed
        }
    }

    /// The code of a section's descriptor if one starts here: then the scanner stands at its value.
    @inlinable
    mutating func sectionCode() throws(Fault) -> UInt8? {
        guard left > 0, bytes[at] == 0 else { return nil }
        guard left >= 3 else { throw .truncated }
        switch bytes[at &+ 1] {
        case 0x53:
            defer { at &+= 3 }
            return bytes[at &+ 2]
        case 0x80:
            guard left >= 10 else { throw .truncated }
            for offset in 2..<9 where bytes[at &+ offset] != 0 { return nil }
            defer { at &+= 10 }
            return bytes[at &+ 9]
        default: return nil
        }
    }

    /// Enters a list or a map: gives its element count and where it ends.
    @inlinable
    mutating func compound(_ kind: Compound) throws(Fault) -> (count: Int, end: Int) {
        let code = try byte()
        let size: Int
        let count: Int
        switch (code, kind) {
        case (0x45, .list): return (0, at)
        case (0xC0, .list), (0xC1, .map):
            size = Int(try byte())
            guard size >= 1 else { throw .malformed }
            guard size <= left else { throw .truncated }
            count = Int(bytes[at])
            defer { at &+= 1 }
            return (count, at &+ size)
        case (0xD0, .list), (0xD1, .map):
            size = try word()
            guard size >= 4 else { throw .malformed }
            guard size <= left else { throw .truncated }
            let end = at &+ size
            count = try word()
            return (count, end)
        default: throw .malformed
        }
    }

    @usableFromInline
    enum Compound { case list, map }

    /// Steps over a value of variable width if it is one of `codes`; gives where its bytes are.
    @inlinable
    mutating func text(short: UInt8, long: UInt8) throws(Fault) -> Range<Int>? {
        guard at < bytes.count else { throw .truncated }
        let size: Int
        switch bytes[at] {
        case short:
            at &+= 1
            size = Int(try byte())
        case long:
            at &+= 1
            size = try word()
        default: return nil
        }
        guard size <= left else { throw .truncated }
        defer { at &+= size }
        return at..<(at &+ size)
    }
}
