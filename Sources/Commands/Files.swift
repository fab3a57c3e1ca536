internal import EventLoop

/// The files that a command line names; `-` is standard input.
enum Files {
    static func open(_ path: String) throws(Failure) -> Descriptor {
        guard path != "-" else { return .standardInput }
        return try telling("open", path) { () throws(SystemError) in
            try Descriptor.open(path, for: .reading)
        }
    }

    /// All of a file's bytes.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let file = try open(path)
        defer { if file != .standardInput { file.close() } }
        return try telling("read", path) { () throws(SystemError) in try file.readAll() }
    }

    /// The next bytes of a file that is open, none at its end.
    static func readSome(_ file: Descriptor, of path: String) throws(Failure) -> [UInt8] {
        try telling("read", path) { () throws(SystemError) in try file.readSome() }
    }

    static func readText(_ path: String) throws(Failure) -> String {
        let bytes = try read(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure("UnicodeDecodeError", "\(path) is not UTF-8 text")
        }
        return text
    }

    /// Makes or replaces a file.
    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        try telling("write", path) { () throws(SystemError) in
            let file = try Descriptor.open(path, for: .replacing)
            defer { file.close() }
            try file.writeAll(bytes)
        }
    }

    private static func telling<Result>(
        _ action: String, _ path: String, _ body: () throws(SystemError) -> Result
    ) throws(Failure) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw Failure(kind(of: error), "cannot \(action) \(path): \(error.reason)")
        }
    }

    /// The words that scripts know from the old programs.
    private static func kind(of error: SystemError) -> String {
        switch error.fileFault {
        case .missing: "FileNotFoundError"
        case .forbidden: "PermissionError"
        case .directory: "IsADirectoryError"
        case nil: "OSError"
        }
    }
}
