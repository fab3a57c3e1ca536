internal import Basis
internal import CLinux
internal import Glibc

/// Tells in which directories files have come, gone or been written. Wraps inotify.
public final class DirectoryWatch {
    /// Becomes readable when something has changed. For a poller.
    public let descriptor: Descriptor
    private var directories: [Int32: String] = [:]

    public init() {
        let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        invariant(number >= 0, "the kernel gave no inotify instance")
        descriptor = Descriptor(number: number)
    }

    deinit { descriptor.close() }

    /// Begins to watch; one that is not there, or may not be read, is passed over.
    public func watch(_ directory: String) {
        guard !directories.values.contains(directory) else { return }
        let events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE
        let number = inotify_add_watch(descriptor.number, directory, UInt32(events))
        if number >= 0 { directories[number] = directory }
    }

    /// The directories in which something has changed since this was last asked.
    public func changed() -> Set<String> {
        var changed: Set<String> = []
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: 16 << 10, alignment: MemoryLayout<inotify_event>.alignment)
        defer { room.deallocate() }
        while true {
            let count = read(descriptor.number, room.baseAddress, room.count)
            guard count > 0 else { return changed }
            var at = 0
            while at + MemoryLayout<inotify_event>.size <= count {
                let event = room.load(fromByteOffset: at, as: inotify_event.self)
                if let directory = directories[event.wd] { changed.insert(directory) }
                at += MemoryLayout<inotify_event>.size + Int(event.len)
            }
        }
    }

    /// The directory that a file is in.
    public static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
