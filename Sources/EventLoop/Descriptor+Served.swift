internal import CLinux
internal import Glibc

/// Files that strangers may ask for by name.
extension Descriptor {
    /// What a file is.
    public struct Nature: Hashable, Sendable {
        public let isDirectory: Bool
        public let size: Int
        /// Changes with the file: its number, size and time, in hexadecimal.
        public let mark: String
    }

    /// Opens a regular file, or finds out that it is a directory, below the directory `root`: one
    /// that a link leads out to is none. Nil if there is nothing of the kind. Wraps `realpath`,
    /// `open` and `fstat`.
    public static func open(
        below root: String, _ path: String
    ) -> (file: Descriptor, nature: Nature)? {
        guard let base = realPath(root), let real = realPath(root + "/" + path),
            real == base || real.hasPrefix(base == "/" ? base : base + "/")
        else { return nil }
        // A pipe is opened at once or not at all, and then passed over.
        let number = Glibc.open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard number >= 0 else { return nil }
        let file = Descriptor(number: number)
        var status = stat()
        guard fstat(number, &status) == 0 else {
            file.close()
            return nil
        }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG || kind == S_IFDIR else {
            file.close()
            return nil
        }
        let marks = [
            UInt64(status.st_ino), UInt64(bitPattern: Int64(status.st_size)),
            UInt64(bitPattern: Int64(status.st_mtim.tv_sec)),
            UInt64(bitPattern: Int64(status.st_mtim.tv_nsec)),
        ]
        return (
            file,
            Nature(
                isDirectory: kind == S_IFDIR, size: Int(status.st_size),
                mark: marks.map { String($0, radix: 16) }.joined(separator: "-"))
        )
    }

    private static func realPath(_ path: String) -> String? {
        guard !path.utf8.contains(0), let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
