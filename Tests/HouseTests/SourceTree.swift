import FoundationEssentials

/// The project's own files, as a test reads them.
enum SourceTree {
    struct File {
        /// From the project's root: `Sources/AMQP/Link.swift`.
        let path: String
        let lines: [Substring]

        /// The folder below `Sources`.
        var room: String {
            let parts = path.split(separator: "/")
            return parts.count > 2 ? String(parts[1]) : ""
        }

        /// The modules that it imports.
        var imports: Set<String> {
            Set(
                lines.compactMap { line in
                    let words = line.split(separator: " ")
                    guard words.prefix(2).contains("import") else { return nil }
                    return words.last.map(String.init)
                })
        }

        /// The lines without comments and without what stands in quotes.
        var code: [String] {
            var isInText = false
            return lines.map { line in
                let parts = String(line).split(
                    separator: "\"\"\"", omittingEmptySubsequences: false)
                guard parts.count == 1 else {
                    defer { if parts.count.isMultiple(of: 2) { isInText.toggle() } }
                    return isInText ? String(parts.last ?? "") : String(parts[0])
                }
                return isInText ? "" : Self.code(of: line)
            }
        }

        static func code(of line: Substring) -> String {
            var code: [UInt8] = []
            var isInText = false
            var previous: UInt8 = 0
            for byte in line.utf8 {
                if byte == UInt8(ascii: "\""), previous != UInt8(ascii: "\\") { isInText.toggle() }
                let isComment = byte == UInt8(ascii: "/") && previous == byte && !isInText
                guard !isComment else { break }
                if !isInText { code.append(byte) }
                previous = previous == UInt8(ascii: "\\") && byte == previous ? 0 : byte
            }
            return String(decoding: code, as: UTF8.self)
        }
    }

    /// The folders below `Sources`.
    static var rooms: [String] {
        Array(Set(sources.map(\.room))).sorted() + [
            "CHTTPParser", "CLinux", "COpenSSL", "CProton", "CProtonGuard", "CSASL", "CWslay",
        ]
    }

    static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    /// Every file below `folder` that ends in `suffix`, in order of path.
    static func files(in folder: String, ending suffix: String) -> [File] {
        let base = "\(root)/\(folder)"
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: base)) ?? []
        return paths.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }.sorted().compactMap {
            file("\(folder)/\($0)")
        }
    }

    static func file(_ path: String) -> File? {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return File(
            path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(root)/\(path)")
    }

    static var swift: [File] {
        ["Sources", "Tests", "Benchmarks"].flatMap { files(in: $0, ending: ".swift") }
    }

    static var sources: [File] { files(in: "Sources", ending: ".swift") }

    static var python: [File] {
        ["Tests", "Benchmarks", "Packaging"].flatMap { files(in: $0, ending: ".py") }
    }

    static var pages: [File] {
        let top = ["README.md", "ARCHITECTURE.md"].compactMap(file)
        return top + ["docs", "Benchmarks"].flatMap { files(in: $0, ending: ".md") }
    }
}
