internal import EventLoop
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

    /// Writes all of the text. When nobody reads the output any more, or it cannot be written, the
    /// program ends: there is nothing left to do for it.
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
            guard count > 0 else { return fail(stream, errno) }
            rest = rest.dropFirst(count)
        }
    }

    private static func fail(_ stream: Stream, _ code: Int32) {
        guard stream == .output else { return }
        guard code != EPIPE else { exit(ExitCode.pipeClosed.rawValue) }
        say("cannot write the output: \(String(cString: strerror(code)))")
        exit(ExitCode.failed.rawValue)
    }

    static func say(_ line: String) { write(line + "\n", to: .error) }

    /// `Tue Nov 24 08:52:44 2026`, in the zone that the environment names. Wraps `strftime`.
    static func localTime(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        guard localtime_r(&time, &parts) != nil else { return "" }
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, text.count, "%a %b %e %H:%M:%S %Y", &parts)
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Rows and columns of the terminal that output goes to.
    static var size: (rows: Int, columns: Int) {
        var window = winsize()
        guard ioctl(Stream.output.rawValue, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0
        else { return (24, 80) }
        return (Int(window.ws_row), Int(window.ws_col))
    }

    /// Opens a file to be read; `-` is standard input. Wraps `open`.
    static func open(_ path: String) throws(Failure) -> Descriptor {
        let number = path == "-" ? Stream.input.rawValue : Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw failure("cannot open", path) }
        return Descriptor(number: number)
    }

    /// A pipe, a socket or a terminal: what is to be read comes in its own time.
    static func isStream(_ descriptor: Descriptor) -> Bool {
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else { return false }
        let kind = status.st_mode & S_IFMT
        return kind == S_IFIFO || kind == S_IFSOCK || isatty(descriptor.number) == 1
    }

    /// Standard output, if it is a pipe: a loop that watches it is called when nobody reads it any
    /// more.
    static var outputPipe: Descriptor? {
        var status = stat()
        let number = Stream.output.rawValue
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return nil }
        return Descriptor(number: number)
    }

    /// The next bytes, none at the end or after an error.
    static func readSome(_ descriptor: Descriptor) -> [UInt8] {
        let step = 65_536
        return [UInt8](unsafeUninitializedCapacity: step) { room, count in
            repeat {
                count = max(-1, Glibc.read(descriptor.number, room.baseAddress, step))
            } while count < 0 && errno == EINTR
            count = max(0, count)
        }
    }

    /// All of a file's bytes, or of standard input's for `-`.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = try open(path)
        defer { if path != "-" { descriptor.close() } }
        var bytes: [UInt8] = []
        while true {
            errno = 0
            let part = readSome(descriptor)
            if part.isEmpty {
                guard errno == 0 else { throw failure("cannot read", path) }
                return bytes
            }
            bytes += part
        }
    }

    /// Makes or replaces a file.
    static func write(_ bytes: [UInt8], toFile path: String) throws(Failure) {
        let number = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard number >= 0 else { throw failure("cannot write", path) }
        defer { close(number) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot write", path) }
            rest = rest.dropFirst(count)
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
