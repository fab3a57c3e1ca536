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

    static var pages: [File] {
        let top = ["README.md", "ARCHITECTURE.md"].compactMap(file)
        return top + ["docs", "Benchmarks"].flatMap { files(in: $0, ending: ".md") }
    }
}
