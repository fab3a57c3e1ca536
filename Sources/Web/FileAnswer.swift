internal import EventLoop

/// What becomes of a request for a file.
enum FileAnswer {
    /// An answer without a file's body.
    case whole(Response)
    /// The head of an answer, and the file whose bytes are its body.
    case file(Response, FileBody)

    /// Looks for the file.
    init(_ request: FileRequest) {
        guard let (file, nature) = Descriptor.open(below: request.root, request.name) else {
            self = .whole(.missing)
            return
        }
        guard !nature.isDirectory else {
            file.close()
            // Its links would lead elsewhere without the slash.
            self = .whole(Self.moved(to: "/" + Self.escaped(request.path) + "/"))
            return
        }
        var found = (file: file, nature: nature)
        var response = Response(.ok, contentType: FileRequest.type(of: request.name), body: [])
        if request.takesGzip,
            let twin = Descriptor.open(below: request.root, request.name + ".gz")
        {
            if twin.nature.isDirectory {
                twin.file.close()
            } else {
                found.file.close()
                found = twin
                response.add("content-encoding", "gzip")
            }
        }
        let mark = "\"\(found.nature.mark)\""
        response.add("etag", mark)
        response.add("cache-control", "no-cache")
        response.add("vary", "accept-encoding")
        response.add("x-content-type-options", "nosniff")
        guard !request.known.contains(where: { $0 == mark || $0 == "*" }) else {
            found.file.close()
            response.status = .notModified
            self = .whole(response)
            return
        }
        self = .file(response, FileBody(found.file, size: found.nature.size))
    }

    private static func moved(to place: String) -> Response {
        var response = Response(.movedPermanently, text: place + "\n")
        response.add("location", place)
        return response
    }

    /// As it may stand in an answer's head (RFC 3986, 2.1).
    private static func escaped(_ path: String) -> String {
        path.utf8.reduce(into: "") { text, byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.isASCII
                && (scalar.properties.isAlphabetic
                    || "0123456789-._~/".unicodeScalars.contains(scalar))
            let digits = String(byte, radix: 16, uppercase: true)
            text += isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + digits
        }
    }
}

/// A file's bytes, a piece at a time: a client that reads slowly holds no more of it in memory.
final class FileBody {
    private let file: Descriptor
    let size: Int
    private(set) var left: Int

    init(_ file: Descriptor, size: Int) {
        self.file = file
        self.size = size
        left = size
    }

    deinit { file.close() }

    /// The next piece, no more than was promised; none if the file has become shorter.
    func next() -> [UInt8] {
        guard left > 0, let piece = try? file.readSome() else { return [] }
        defer { left -= min(left, piece.count) }
        return piece.count > left ? Array(piece[..<left]) : piece
    }
}
