/// A piece of a message, immutable once made, shared by all who send it on.
///
/// `@unchecked Sendable`: the bytes are written before the object is handed out, and never again.
public final class Chunk: @unchecked Sendable {
    private let start: UnsafeMutableRawPointer
    public let count: Int

    /// Joins copies of `first` and `second`.
    public init(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer? = nil) {
        let rest = second?.count ?? 0
        count = first.count + rest
        start = .allocate(byteCount: max(count, 1), alignment: 8)
        if let base = first.baseAddress { start.copyMemory(from: base, byteCount: first.count) }
        if let base = second?.baseAddress {
            (start + first.count).copyMemory(from: base, byteCount: rest)
        }
    }

    /// Holds a copy of `bytes`.
    public convenience init(_ bytes: [UInt8]) {
        self.init(bytes.withUnsafeBytes { Array($0) }[...])
    }

    private convenience init(_ bytes: ArraySlice<UInt8>) {
        self.init(copying: bytes)
    }

    private init(copying bytes: ArraySlice<UInt8>) {
        count = bytes.count
        start = .allocate(byteCount: max(count, 1), alignment: 8)
        bytes.withUnsafeBytes { source in
            if let base = source.baseAddress { start.copyMemory(from: base, byteCount: count) }
        }
    }

    deinit { start.deallocate() }

    /// The bytes; valid while the chunk is held.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// The bytes as an array, for those off the data path.
    public var array: [UInt8] { Array(bytes) }
}
