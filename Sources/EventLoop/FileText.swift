internal import Glibc

/// Whole small files.
public enum FileText {
    /// The bytes of a file as UTF-8 text; what is no UTF-8 becomes U+FFFD.
    public static func read(_ path: String) throws(SystemError) -> String {
        let file = try Descriptor.open(path, for: .reading)
        defer { file.close() }
        return String(decoding: try file.readAll(), as: UTF8.self)
    }

    /// Puts the text in the place of whatever the file holds: all of it or, should the machine stop
    /// meanwhile, none. Wraps `fsync` and `rename`.
    public static func replace(_ path: String, by text: String) throws(SystemError) {
        let new = path + ".new"
        let file = try Descriptor.open(new, for: .replacing)
        defer { file.close() }
        try file.writeAll(Array(text.utf8))
        guard fsync(file.number) == 0, rename(new, path) == 0 else { throw SystemError(.write) }
    }

    /// Gives a file another path, in the place of what may be there. Wraps `rename`.
    public static func move(_ path: String, to other: String) throws(SystemError) {
        guard rename(path, other) == 0 else { throw SystemError(.write) }
    }

    /// The names of what is in a directory, in order.
    public static func names(in directory: String) throws(SystemError) -> [String] {
        guard let listing = opendir(directory) else { throw SystemError(.open) }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Prints a text on standard output, if that can be.
    public static func print(_ text: String) {
        try? Descriptor.standardOutput.writeAll(Array(text.utf8))
    }

    /// Prints a line on standard error, if that can be.
    public static func say(_ text: String) { try? Descriptor.standardError.writeLine(text) }

    /// The path from the root, for a process that is going to leave its directory.
    public static func absolutePath(_ path: String) throws(SystemError) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let directory = getcwd(nil, 0) else { throw SystemError(.read) }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }
}
