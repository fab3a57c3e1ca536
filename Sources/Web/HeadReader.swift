internal import CHTTPParser

/// Reads the heads of requests, or those of answers, as their bytes come (RFC 9112 sections 2 to 5),
/// by http-parser.
final class HeadReader {
    enum Kind { case request, answer }

    /// How far a head has come.
    enum Progress {
        case incomplete
        /// The head is whole. So many of the bytes that were given last belong to it.
        case whole(RequestHead, used: Int)
        case answered(AnswerHead, used: Int)
        case refused(Refusal)
    }

    private let kind: Kind
    private let limits: HeadLimits
    private var parser = http_parser()
    private var taken = 0
    private var target: [UInt8] = []
    private var fields: [(name: [UInt8], value: [UInt8])] = []
    private var isInValue = false
    private var head: RequestHead?
    private var answer: AnswerHead?
    private var refusal: Refusal?

    init(_ kind: Kind = .request, limits: HeadLimits = HeadLimits()) {
        self.kind = kind
        self.limits = limits
        begin()
    }

    /// Nothing of a head has come yet.
    var isAtStart: Bool { taken == 0 }

    /// Another request begins.
    func begin() {
        http_parser_init(&parser, kind == .request ? HTTP_REQUEST : HTTP_RESPONSE)
        parser.data = Unmanaged.passUnretained(self).toOpaque()
        taken = 0
        target = []
        fields = []
        isInValue = false
        head = nil
        answer = nil
        refusal = nil
    }

    /// Takes in what has come since.
    func take(_ bytes: UnsafeRawBufferPointer) -> Progress {
        let offered = min(bytes.count, limits.bytes - taken)
        var settings = Self.callbacks
        let used = http_parser_execute(
            &parser, &settings, bytes.bindMemory(to: CChar.self).baseAddress, offered)
        taken += used
        if let head { return .whole(head, used: used) }
        if let answer { return .answered(answer, used: used) }
        if let refusal { return .refused(refusal) }
        guard parser.http_errno == 0 else {
            let words = String(cString: http_errno_description(http_errno(parser.http_errno)))
            return .refused(Refusal(.badRequest, "it is no HTTP: \(words)"))
        }
        guard taken < limits.bytes else {
            return .refused(Refusal(.headTooLarge, "the head is longer than \(limits.bytes) bytes"))
        }
        return .incomplete
    }

    // MARK: What http-parser finds

    private static var callbacks: http_parser_settings {
        var settings = http_parser_settings()
        settings.on_url = { parser, bytes, count in
            HeadReader.of(parser)?.addTarget(UnsafeRawBufferPointer(start: bytes, count: count))
                ?? 1
        }
        settings.on_header_field = { parser, bytes, count in
            HeadReader.of(parser)?.addName(UnsafeRawBufferPointer(start: bytes, count: count)) ?? 1
        }
        settings.on_header_value = { parser, bytes, count in
            HeadReader.of(parser)?.addValue(UnsafeRawBufferPointer(start: bytes, count: count)) ?? 1
        }
        settings.on_headers_complete = { parser in
            guard let parser, let reader = HeadReader.of(parser) else { return 1 }
            reader.finish(parser)
            // Nothing of the body is looked at: what follows the head is the caller's.
            return 2
        }
        return settings
    }

    /// The reader, whose parser this is: it outlives the call in which it is asked for.
    private static func of(_ parser: UnsafeMutablePointer<http_parser>?) -> HeadReader? {
        parser?.pointee.data.map { Unmanaged<HeadReader>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Not 0 ends the reading.
    private func addTarget(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        target += bytes
        guard target.count > limits.targetBytes else { return 0 }
        refusal = Refusal(.targetTooLong, "the target is longer than \(limits.targetBytes) bytes")
        return 1
    }

    private func addName(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        if isInValue || fields.isEmpty {
            guard fields.count < limits.fields else {
                refusal = Refusal(
                    .headTooLarge, "the head has more than \(limits.fields) fields")
                return 1
            }
            fields.append(([], []))
            isInValue = false
        }
        fields[fields.count - 1].name += bytes
        return 0
    }

    private func addValue(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        isInValue = true
        guard !fields.isEmpty else { return 1 }
        fields[fields.count - 1].value += bytes
        return 0
    }

    private func finish(_ parser: UnsafeMutablePointer<http_parser>) {
        let state = parser.pointee
        let fields = HeadFields(
            fields.map { field in
                HeadFields.Field(
                    name: String(decoding: field.name, as: UTF8.self).lowercased(),
                    value: String(decoding: field.value, as: UTF8.self))
            })
        guard kind == .request else {
            answer = AnswerHead(status: Int(state.status_code), fields: fields)
            return
        }
        let hasLength = state.content_length != .max
        head = RequestHead(
            method: String(cString: http_method_str(http_method(state.method))),
            target: String(decoding: target, as: UTF8.self),
            version: (Int(state.http_major), Int(state.http_minor)),
            fields: fields, keepsAlive: http_should_keep_alive(parser) != 0,
            bodyLength: hasLength ? state.content_length : 0,
            isChunked: state.uses_transfer_encoding != 0)
    }
}
