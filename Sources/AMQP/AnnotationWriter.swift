/// Rewrites the part of a message before its properties: leaves router annotations out, or puts
/// new ones in (IR 2.1, RS-197). The bare message is not touched.
public enum AnnotationWriter {
    /// The annotations of the router that a message leaves with.
    public struct RouterKeys {
        /// The text of `x-opt-qd.to`; none if empty.
        public var to: UnsafeRawBufferPointer
        /// The text of `x-opt-qd.ingress`.
        public var ingress: UnsafeRawBufferPointer
        /// Earlier entries of the trace, encoded, and how many.
        public var trace: UnsafeRawBufferPointer
        public var traceCount: Int
        /// The entry that this router adds; no ingress and no trace if empty.
        public var myself: UnsafeRawBufferPointer
        public var phase: Int
        public var isStream: Bool
        /// The number for `x-opt-qd.class`; none if 0.
        public var stamp: UInt64
        /// The number for `x-opt-martlet.exchanges`; none if 0.
        public var exchanges = 0

        @inlinable
        public init(
            to: UnsafeRawBufferPointer, ingress: UnsafeRawBufferPointer,
            trace: UnsafeRawBufferPointer, traceCount: Int, myself: UnsafeRawBufferPointer,
            phase: Int, isStream: Bool, stamp: UInt64
        ) {
            self.to = to
            self.ingress = ingress
            self.trace = trace
            self.traceCount = traceCount
            self.myself = myself
            self.phase = phase
            self.isStream = isStream
            self.stamp = stamp
        }

        /// There is nothing to write.
        var isEmpty: Bool {
            to.isEmpty && myself.isEmpty && phase == 0 && !isStream && stamp == 0
                && exchanges == 0
        }
    }

    /// Bytes that `write` may need beyond the head it replaces.
    public static func room(for head: MessageHead, keys: RouterKeys?) -> Int {
        let base = head.annotations.upperBound + 16
        guard let keys else { return base }
        return base + 224 + keys.to.count + keys.ingress.count + keys.trace.count
            + keys.myself.count
    }

    /// Writes what shall stand for `message[0..<head.annotations.upperBound]` into `room`, and
    /// gives the count of bytes. Without `keys` only the user's annotations remain, and the
    /// section goes if there are none.
    public static func write(
        _ message: UnsafeRawBufferPointer, head: MessageHead, keys: RouterKeys?,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int {
        var out = ByteWriter(room)
        out.bytes(UnsafeRawBufferPointer(rebasing: message[0..<head.annotations.lowerBound]))
        guard head.hasUserKeys || keys.map({ !$0.isEmpty }) == true else { return out.count }
        let section = out.count
        out.byte(0x00)
        out.byte(0x53)
        out.byte(0x72)
        out.byte(0xD1)
        out.word(0)
        out.word(0)
        var elements = 0
        if head.hasUserKeys { elements += copyUserKeys(message, head, into: &out) }
        if let keys { elements += write(keys, into: &out) }
        finish(section: section, elements: elements, &out)
        return out.count
    }

    /// Copies the entries that are not a router's, in their order.
    private static func copyUserKeys(
        _ message: UnsafeRawBufferPointer, _ head: MessageHead, into out: inout ByteWriter
    ) -> Int {
        var scanner = SectionScanner(message, at: head.annotations.lowerBound)
        var copied = 0
        do throws(SectionScanner.Fault) {
            _ = try scanner.sectionCode()
            let (count, _) = try scanner.compound(.map)
            for _ in 0..<(count / 2) {
                let start = scanner.at
                let isRouters = RouterAnnotation(&scanner) != nil
                if !isRouters { try scanner.skipValue() }
                try scanner.skipValue()
                guard !isRouters else { continue }
                out.bytes(UnsafeRawBufferPointer(rebasing: message[start..<scanner.at]))
                copied += 2
            }
        } catch {
            return copied  // the scan of the head has found the section sound
        }
        return copied
    }

    private static func write(_ keys: RouterKeys, into out: inout ByteWriter) -> Int {
        var elements = 0
        // With the user's, which qdrouterd expects before its own.
        if keys.exchanges != 0 {
            out.symbol("x-opt-martlet.exchanges")
            out.byte(0x50)
            out.byte(UInt8(clamping: keys.exchanges))
            elements += 2
        }
        if keys.phase != 0 {
            out.symbol("x-opt-qd.phase")
            out.byte(0x54)
            out.byte(UInt8(truncatingIfNeeded: keys.phase))
            elements += 2
        }
        if keys.isStream {
            out.symbol("x-opt-qd.stream")
            out.byte(0x54)
            out.byte(1)
            elements += 2
        }
        if keys.stamp != 0 {
            out.symbol("x-opt-qd.class")
            out.byte(0x80)
            out.long(keys.stamp)
            elements += 2
        }
        if !keys.to.isEmpty {
            out.symbol("x-opt-qd.to")
            out.string(keys.to)
            elements += 2
        }
        guard !keys.myself.isEmpty else { return elements }
        out.symbol("x-opt-qd.ingress")
        out.string(keys.ingress)
        out.symbol("x-opt-qd.trace")
        writeTrace(keys, into: &out)
        return elements + 4
    }

    private static func writeTrace(_ keys: RouterKeys, into out: inout ByteWriter) {
        let size = keys.trace.count + keys.myself.count + (keys.myself.count < 256 ? 2 : 5)
        let count = keys.traceCount + 1
        if size < 255, count < 256 {
            out.byte(0xC0)
            out.byte(UInt8(size + 1))
            out.byte(UInt8(count))
        } else {
            out.byte(0xD0)
            out.word(size + 4)
            out.word(count)
        }
        out.bytes(keys.trace)
        out.string(keys.myself)
    }

    /// Fills in the map's size and count, in the short form where it fits.
    private static func finish(section: Int, elements: Int, _ out: inout ByteWriter) {
        let content = out.count - section - 12
        guard content < 255, elements < 256 else {
            out.setWord(content + 4, at: section + 4)
            out.setWord(elements, at: section + 8)
            return
        }
        out.move(from: section + 12, to: section + 6, count: content)
        out.set(0xC1, at: section + 3)
        out.set(UInt8(content + 1), at: section + 4)
        out.set(UInt8(elements), at: section + 5)
    }
}

/// Appends to a buffer that is known to be large enough.
struct ByteWriter {
    private let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

    mutating func byte(_ byte: UInt8) {
        room[count] = byte
        count += 1
    }

    mutating func word(_ word: Int) {
        room.storeBytes(
            of: UInt32(truncatingIfNeeded: word).bigEndian, toByteOffset: count, as: UInt32.self)
        count += 4
    }

    mutating func long(_ long: UInt64) {
        room.storeBytes(of: long.bigEndian, toByteOffset: count, as: UInt64.self)
        count += 8
    }

    mutating func bytes(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    mutating func string(_ text: UnsafeRawBufferPointer) {
        if text.count < 256 {
            byte(0xA1)
            byte(UInt8(text.count))
        } else {
            byte(0xB1)
            word(text.count)
        }
        bytes(text)
    }

    mutating func symbol(_ text: StaticString) {
        byte(0xA3)
        byte(UInt8(text.utf8CodeUnitCount))
        bytes(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func set(_ byte: UInt8, at offset: Int) { room[offset] = byte }

    mutating func setWord(_ word: Int, at offset: Int) {
        room.storeBytes(
            of: UInt32(truncatingIfNeeded: word).bigEndian, toByteOffset: offset, as: UInt32.self)
    }

    mutating func move(from: Int, to: Int, count moved: Int) {
        UnsafeMutableRawBufferPointer(rebasing: room[to..<(to + moved)])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: room[from..<(from + moved)]))
        count -= from - to
    }
}
