internal import Glibc

/// Files, pipes and the streams that a program is started with.
extension Descriptor {
    public static let standardInput = Descriptor(number: STDIN_FILENO)
    public static let standardOutput = Descriptor(number: STDOUT_FILENO)
    public static let standardError = Descriptor(number: STDERR_FILENO)

    /// What a file is opened for.
    public enum Purpose: Sendable {
        case reading
        /// Makes the file, or empties the one that is there.
        case replacing
        /// Makes the file if there is none; every write goes to its end.
        case appending

        fileprivate var flags: Int32 {
            switch self {
            case .reading: O_RDONLY
            case .replacing: O_WRONLY | O_CREAT | O_TRUNC
            case .appending: O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK
            }
        }
    }

    /// Opens a file. A named pipe that nobody reads is opened for appending at once or not at all.
    /// Wraps `open`.
    public static func open(
        _ path: String, for purpose: Purpose
    ) throws(SystemError) -> Descriptor {
        let number = Glibc.open(path, purpose.flags | O_CLOEXEC, 0o666)
        guard number >= 0 else { throw SystemError(.open) }
        // Only opening was not to wait.
        if purpose == .appending { _ = fcntl(number, F_SETFL, O_APPEND) }
        return Descriptor(number: number)
    }

    /// The next bytes, at most 64 kB; none at the end. Waits for them. Wraps `read`.
    public func readSome() throws(SystemError) -> [UInt8] {
        let step = 65_536
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: step) { room, count in
            var done = -1
            repeat {
                done = Glibc.read(number, room.baseAddress, step)
            } while done < 0 && errno == EINTR
            if done < 0 { code = errno }
            count = max(0, done)
        }
        guard code == 0 else { throw SystemError(.read, code: code) }
        return bytes
    }

    /// All bytes from here to the end.
    public func readAll() throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let part = try readSome()
            guard !part.isEmpty else { return bytes }
            bytes += part
        }
    }

    /// Writes all of the bytes. Wraps `write`.
    public func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError(.write) }
            rest = rest.dropFirst(count)
        }
    }

    /// What was written is on the disk when this comes back. Wraps `fdatasync`.
    public func sync() { _ = fdatasync(number) }

    /// Nobody but its owner may read or write the file. Wraps `fchmod`.
    public func keepPrivate() { _ = fchmod(number, 0o600) }

    /// Writes a line at once, so that lines of several writers do not mix. Wraps `write`.
    public func writeLine(_ line: String) throws(SystemError) {
        try writeAll(Array((line + "\n").utf8))
    }

    /// Makes this descriptor mean what `other` does, and closes that one. Wraps `dup2`.
    public func take(over other: Descriptor) {
        dup2(other.number, number)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        other.close()
    }

    /// Wraps `isatty`.
    public var isTerminal: Bool { isatty(number) == 1 }

    public var isPipe: Bool { kind == S_IFIFO }

    /// A pipe, a socket or a terminal: what is to be read comes in its own time.
    public var isStream: Bool { isPipe || kind == S_IFSOCK || isTerminal }

    /// Wraps `fstat`.
    private var kind: mode_t {
        var status = stat()
        return fstat(number, &status) == 0 ? status.st_mode & S_IFMT : 0
    }

    /// Rows and columns of the terminal; nil if it is none, or does not say. Wraps `ioctl`.
    public var windowSize: (rows: Int, columns: Int)? {
        var window = winsize()
        guard ioctl(number, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return nil }
        return (Int(window.ws_row), Int(window.ws_col))
    }
}
