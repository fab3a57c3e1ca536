/// Bytes on their way to or from a socket: appended at the end, taken away at the front.
///
///     start          head                 end            start + room
///       │  taken       │  what it holds     │   room to append │
///
/// Holds little memory while it is empty, or none. A writer reserves room once for a frame, and then appends
/// without a check: `reserve` says what holds for all that follows.
public struct OctetBuffer: ~Copyable {
    @usableFromInline var start: UnsafeMutableRawPointer?
    @usableFromInline var room = 0
    @usableFromInline var head = 0
    /// Where the next byte goes, counted from the buffer's first.
    public var end = 0
    /// What the last use has needed: the next one begins with as much.
    @usableFromInline var lately = 0

    static let least = 512
    /// So much room is kept by an empty buffer until `shrink`: what is sent in a turn is given none
    /// anew.
    static let mostKept = 16_384
    /// A buffer begins no larger than that, whatever the last use has needed.
    static let mostAtFirst = 256 << 10

    public init() {}

    deinit { start?.deallocate() }

    @inlinable
    public var isEmpty: Bool { head == end }

    /// Bytes that it holds.
    @inlinable
    public var count: Int { end &- head }

    /// What it holds; valid until the next change.
    @inlinable
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start.map { $0 + head }, count: count)
    }

    /// The room behind the end, at least what was reserved; `appended` says how much was filled.
    public var free: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: start.map { $0 + end }, count: room - end)
    }

    public mutating func appended(_ count: Int) { end += count }

    /// Takes the first `count` bytes away.
    public mutating func removeFirst(_ count: Int) {
        head += count
        guard head == end else { return }
        lately = max(end, lately - lately / 8)
        if room > Self.mostKept { release() } else { (head, end) = (0, 0) }
    }

    /// Keeps no room if it is empty.
    public mutating func shrink() { if isEmpty { release() } }

    /// Takes everything away.
    public mutating func clear() { release() }

    private mutating func release() {
        start?.deallocate()
        start = nil
        (room, head, end) = (0, 0, 0)
    }

    /// Makes room for `size` bytes at the end.
    @inlinable @inline(__always)
    public mutating func reserve(_ size: Int) {
        if room &- end < size { grow(by: size) }
    }

    @usableFromInline
    mutating func grow(by size: Int) {
        let needed = count + size
        if head > 0, head >= count, room >= needed, let start {
            start.copyMemory(from: start + head, byteCount: count)
        } else {
            let first = min(max(lately, Self.least), Self.mostAtFirst)
            let newRoom = max(room == 0 ? first : room * 2, needed)
            let new = UnsafeMutableRawPointer.allocate(byteCount: newRoom, alignment: 16)
            if let start {
                new.copyMemory(from: start + head, byteCount: count)
                start.deallocate()
            }
            (start, room) = (new, newRoom)
        }
        end = count
        head = 0
    }

    // MARK: Appending to reserved room

    @inlinable @inline(__always)
    public mutating func put(_ byte: UInt8) {
        start.unsafelyUnwrapped.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end &+= 1
    }

    @inlinable @inline(__always)
    public mutating func put16(_ number: UInt16) {
        start.unsafelyUnwrapped.storeBytes(
            of: number.bigEndian, toByteOffset: end, as: UInt16.self)
        end &+= 2
    }

    @inlinable @inline(__always)
    public mutating func put32(_ number: UInt32) {
        start.unsafelyUnwrapped.storeBytes(
            of: number.bigEndian, toByteOffset: end, as: UInt32.self)
        end &+= 4
    }

    @inlinable @inline(__always)
    public mutating func put64(_ number: UInt64) {
        start.unsafelyUnwrapped.storeBytes(
            of: number.bigEndian, toByteOffset: end, as: UInt64.self)
        end &+= 8
    }

    /// Writes over what stands at `place`, counted as `end` counts.
    @inlinable @inline(__always)
    public mutating func set(_ byte: UInt8, at place: Int) {
        start.unsafelyUnwrapped.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
    }

    @inlinable @inline(__always)
    public mutating func set32(_ number: UInt32, at place: Int) {
        start.unsafelyUnwrapped.storeBytes(
            of: number.bigEndian, toByteOffset: place, as: UInt32.self)
    }

    @inlinable @inline(__always)
    public mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        (start.unsafelyUnwrapped + end).copyMemory(from: source, byteCount: bytes.count)
        end &+= bytes.count
    }

    // MARK: Values (AMQP 1.6)

    @inlinable @inline(__always)
    public mutating func putNull() { put(0x40) }

    @inlinable @inline(__always)
    public mutating func put(_ flag: Bool) { put(flag ? 0x41 : 0x42) }

    /// A `uint`, in its shortest encoding.
    @inlinable @inline(__always)
    public mutating func putUInt(_ number: UInt32) {
        if number == 0 {
            put(0x43)
        } else if number < 256 {
            put(0x52)
            put(UInt8(truncatingIfNeeded: number))
        } else {
            put(0x70)
            put32(number)
        }
    }

    /// Reserves room and appends.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        put(bytes)
    }

    /// Reserves room and appends.
    public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }
}
