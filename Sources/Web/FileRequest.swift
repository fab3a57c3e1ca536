/// A request for a file below a listener's root.
struct FileRequest: Hashable {
    let root: String
    /// Below the root, without a slash before it; empty for the root itself.
    let path: String
    /// It names a directory, whose index is wanted.
    let isDirectory: Bool
    /// The marks of what the client has already; `*` for any.
    let known: [String]
    let takesGzip: Bool

    /// Nil for what is never served: hidden names, and ways up.
    init?(_ head: RequestHead, path: String, root: String) {
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), !parts.contains(where: { $0.hasPrefix(".") }) else { return nil }
        self.root = root
        self.path = parts.joined(separator: "/")
        isDirectory = path.hasSuffix("/")
        known = head.fields.list("if-none-match").map { word in
            String(word.hasPrefix("W/") ? word.dropFirst(2) : word)
        }
        takesGzip = head.fields.list("accept-encoding").contains { coding in
            let words = coding.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            return words.first == "gzip" && words.dropFirst().first != "q=0"
        }
    }

    /// The file's name, or that of the directory's index.
    var name: String { isDirectory ? path + (path.isEmpty ? "" : "/") + Self.index : path }
    static let index = "index.html"

    /// What a file of such a name holds (MG-280).
    static func type(of name: String) -> String {
        let last = name.split(separator: "/").last ?? ""
        guard let dot = last.lastIndex(of: ".") else { return unknown }
        return types[last[last.index(after: dot)...].lowercased()] ?? unknown
    }

    private static let unknown = "application/octet-stream"
    private static let types = [
        "css": "text/css", "gif": "image/gif", "htm": "text/html", "html": "text/html",
        "ico": "image/x-icon", "jpeg": "image/jpeg", "jpg": "image/jpeg", "js": "text/javascript",
        "json": "application/json", "map": "application/json", "mjs": "text/javascript",
        "pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml", "ttf": "font/ttf",
        "txt": "text/plain", "wasm": "application/wasm", "webp": "image/webp",
        "woff": "font/woff", "woff2": "font/woff2", "xml": "application/xml",
    ]
}
