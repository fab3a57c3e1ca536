internal import CLinux

/// What objects take of the heap.
public enum HeapObject {
    /// Bytes of the block that holds an object. Wraps `malloc_usable_size`.
    public static func size(of object: AnyObject) -> Int {
        malloc_usable_size(Unmanaged.passUnretained(object).toOpaque())
    }
}
