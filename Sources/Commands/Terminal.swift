internal import Glibc

/// The process's standard streams and files. Nothing else in the command line names a system call.
enum Terminal {
    enum Stream: Int32 {
        case input = 0
        case output
        case error
    }

    static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Colour is wanted on a terminal, unless the environment says otherwise (no-color.org).
    static var hasColour: Bool {
        isTerminal(.output) && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Different for each process on each machine, for most purposes.
    static func uniqueName() -> String {
        String(UInt64.random(in: 0 ... .max), radix: 36)
    }

    /// Writes all of the text. What has gone wrong with a terminal or a pipe cannot be told anyone.
    static func write(_ text: String, to stream: Stream = .output) {
        write(Array(text.utf8), to: stream)
    }

    static func write(_ bytes: [UInt8], to stream: Stream = .output) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.write(stream.rawValue, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    static func say(_ line: String) { write(line + "\n", to: .error) }

    /// Rows and columns of the terminal that output goes to.
    static var size: (rows: Int, columns: Int) {
        var window = winsize()
        guard ioctl(Stream.output.rawValue, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0
        else { return (24, 80) }
        return (Int(window.ws_row), Int(window.ws_col))
    }

    /// All of a file's bytes, or of standard input's for `-`.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = path == "-" ? Stream.input.rawValue : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open", path) }
        defer { if descriptor != Stream.input.rawValue { close(descriptor) } }
        var bytes: [UInt8] = []
        let step = 65_536
        while true {
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: step))
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + start }, step)
            }
            bytes.removeLast(step - max(0, count))
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("cannot read", path)
            }
            if count == 0 { return bytes }
        }
    }

    static func readText(_ path: String) throws(Failure) -> String {
        let bytes = try read(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure("UnicodeDecodeError", "\(path) is not UTF-8 text")
        }
        return text
    }

    private static func failure(_ action: String, _ path: String) -> Failure {
        Failure("OSError", "\(action) \(path): \(String(cString: strerror(errno)))")
    }
}
