internal import Basis

/// How a request has ended (RFC 9110 section 15).
public enum Status: Int, Sendable {
    case switching = 101
    case ok = 200
    case movedPermanently = 301
    case notModified = 304
    case badRequest = 400
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case timeOut = 408
    case lengthRequired = 411
    case bodyTooLarge = 413
    case targetTooLong = 414
    case upgradeRequired = 426
    case headTooLarge = 431
    case failed = 500
    case unavailable = 503
    case versionNotSupported = 505

    var phrase: String {
        switch self {
        case .switching: "Switching Protocols"
        case .ok: "OK"
        case .movedPermanently: "Moved Permanently"
        case .notModified: "Not Modified"
        case .badRequest: "Bad Request"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .timeOut: "Request Timeout"
        case .lengthRequired: "Length Required"
        case .bodyTooLarge: "Content Too Large"
        case .targetTooLong: "URI Too Long"
        case .upgradeRequired: "Upgrade Required"
        case .headTooLarge: "Request Header Fields Too Large"
        case .failed: "Internal Server Error"
        case .unavailable: "Service Unavailable"
        case .versionNotSupported: "HTTP Version Not Supported"
        }
    }
}

/// Why a request gets no answer but a status.
struct Refusal: Error, Hashable {
    let status: Status
    let reason: String

    init(_ status: Status, _ reason: String) {
        self.status = status
        self.reason = reason
    }
}

/// An answer, whole.
public struct Response: Sendable {
    public struct Field: Hashable, Sendable {
        public let name: String
        public let value: String
    }

    public var status: Status
    public var contentType: String?
    public var fields: [Field] = []
    public var body: [UInt8]

    public init(_ status: Status, contentType: String? = "text/plain", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    public init(_ status: Status, contentType: String? = "text/plain", text: String) {
        self.init(status, contentType: contentType, body: Array(text.utf8))
    }

    init(_ refusal: Refusal) {
        self.init(refusal.status, text: refusal.reason + "\n")
    }

    /// There is nothing of that name (MG-280).
    static var missing: Response {
        Response(
            .notFound, contentType: "text/html",
            text: "<!DOCTYPE html><title>404</title><h1>404: there is nothing here</h1>\n")
    }

    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// What surrounds it on the wire.
    struct Setting {
        /// The request was HEAD: the body stays away.
        var isBodiless = false
        var keepsAlive = false
        /// The client speaks HTTP/1.0, to which keeping a connection must be said.
        var isOld = false
        /// Of a body that follows, if it is not the response's own.
        var length: Int?
        /// The hour, as HTTP writes it.
        var date = ""
    }

    /// The head and, if it is asked for, the body (RFC 9112 section 4).
    func encoded(_ setting: Setting) -> [UInt8] {
        var text = "HTTP/1.1 \(status.rawValue) \(status.phrase)\r\n"
        text += "server: \(RouterVersion.product)\r\n"
        if !setting.date.isEmpty { text += "date: \(setting.date)\r\n" }
        if status != .switching, status != .notModified {
            if let contentType { text += "content-type: \(contentType)\r\n" }
            text += "content-length: \(setting.length ?? body.count)\r\n"
        }
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        if status != .switching, !setting.keepsAlive || setting.isOld {
            text += "connection: \(setting.keepsAlive ? "keep-alive" : "close")\r\n"
        }
        text += "\r\n"
        return setting.isBodiless ? Array(text.utf8) : Array(text.utf8) + body
    }
}
