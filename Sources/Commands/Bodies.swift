internal import AMQP
internal import Client
internal import EventLoop

/// The bodies of the messages to be sent, one after the other.
struct Bodies {
    enum Next {
        case body(Message.Body)
        /// The next line has not come yet.
        case later
        case end
    }

    private let fixed: [Message.Body]
    private let lines: LineSource?
    private let template: MessageTemplate
    private var place = 0
    /// How many more; nil for as many as there are.
    private var rest: Int?

    /// Bodies from operands, files or lines, or of a size; a `count` beyond their number begins
    /// with the first again.
    init(
        _ texts: some Sequence<String>, _ arguments: Arguments, _ template: MessageTemplate,
        repeating isEndless: Bool, loop: ClientLoop
    ) throws {
        var fixed = try texts.map { try template.body($0) }
        for path in arguments.all(.file) {
            let bytes = try Files.read(path)
            fixed.append(try template.body(file: bytes, isFormGiven: arguments.has(.form)))
        }
        if let size = try arguments.count(.size, atMost: MessageTemplate.sizeMax) {
            fixed.append(.data([[UInt8](repeating: UInt8(ascii: "x"), count: size)]))
        }
        lines = try arguments[.lines].map { try LineSource($0, loop: loop) }
        guard lines == nil || fixed.isEmpty else {
            throw UsageError("argument -l/--lines: not allowed with other bodies")
        }
        if fixed.isEmpty, lines == nil { fixed = [.value(.string(""))] }
        let count = try arguments.count(.count)
        rest = count ?? (isEndless || lines != nil ? nil : fixed.count)
        self.fixed = fixed
        self.template = template
    }

    /// ``next()`` would not say `later`.
    var isReady: Bool { rest == 0 || lines?.isReady ?? true }

    mutating func next() throws(Failure) -> Next {
        guard rest != 0 else { return .end }
        guard let lines else {
            let body = fixed[place % fixed.count]
            place += 1
            rest = rest.map { $0 - 1 }
            return .body(body)
        }
        guard let line = try lines.next() else { return lines.isAtEnd ? .end : .later }
        rest = rest.map { $0 - 1 }
        return .body(try template.body(line))
    }
}

/// The lines of a file, a pipe or a terminal, as they come; nobody waits for one.
final class LineSource {
    private let loop: ClientLoop
    private let descriptor: Descriptor
    private var token: UInt64?
    private var pending: [UInt8] = []
    private var start = 0
    private var hasEnded = false
    private let path: String
    private var failure: Failure?

    init(_ path: String, loop: ClientLoop) throws(Failure) {
        self.loop = loop
        self.path = path
        descriptor = try Files.open(path)
        guard descriptor.isStream else { return }
        token = loop.watch(descriptor) { [unowned self] in fill() }
    }

    deinit { unwatch() }

    /// No line will come any more.
    var isAtEnd: Bool { hasEnded && start == pending.count }

    /// The next line, without its end, if it is there.
    func next() throws(Failure) -> String? {
        // A file is always there to be read; what the loop watches is read when it has something.
        while token == nil, !hasEnded, !hasLine { fill() }
        if let failure { throw failure }
        guard start < pending.count else { return nil }
        let end = pending[start...].firstIndex(of: UInt8(ascii: "\n"))
        guard end != nil || hasEnded else { return nil }
        let line = String(decoding: pending[start..<(end ?? pending.count)], as: UTF8.self)
        start = end.map { $0 + 1 } ?? pending.count
        if start > 65_536 || start == pending.count {
            pending.removeFirst(start)
            start = 0
        }
        return line
    }

    /// There is a line, or the certainty that none will come.
    var isReady: Bool { token == nil || hasLine || hasEnded }

    private var hasLine: Bool { pending[start...].contains(UInt8(ascii: "\n")) }

    private func fill() {
        guard !hasEnded else { return }
        do throws(Failure) {
            let bytes = try Files.readSome(descriptor, of: path)
            pending += bytes
            hasEnded = bytes.isEmpty
        } catch {
            failure = error
            hasEnded = true
        }
        if hasEnded { unwatch() }
    }

    private func unwatch() {
        guard let token else { return }
        loop.unwatch(descriptor, token: token)
        self.token = nil
    }
}
