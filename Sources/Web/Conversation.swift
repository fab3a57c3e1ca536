internal import Basis

/// One HTTP connection: requests in, answers out, one at a time (RFC 9112). It knows no socket and
/// no clock: bytes and the time come in, bytes and steps go out.
final class Conversation {
    /// What is to be done beyond writing what is pending.
    enum Step: Hashable {
        case none
        /// The router is to be asked; `answer` goes on.
        case ask(Question)
        /// A file is to be opened; `answer` goes on.
        case open(FileRequest)
        /// It goes on as a WebSocket. The bytes are the first of that.
        case switchOver(ahead: [UInt8])
        /// The connection has ended.
        case close
    }

    /// What there is to say of a client to the log.
    struct Remark: Hashable {
        let fault: WebFault
        let text: String
    }

    private enum Phase {
        /// A head is read, or awaited.
        case reading
        /// The router has been asked.
        case asking(Page)
        /// A file is being opened.
        case opening
        case writing
        /// The answer to an upgrade is written.
        case upgrading
        /// The last answer is out. What the client still says is read and dropped: a close would
        /// take the answer away from it.
        case leaving
    }

    private let site: Site
    private let reader: HeadReader
    private var phase = Phase.reading
    /// The request that is answered.
    private var head: RequestHead?
    /// What came behind it.
    private var rest: [UInt8] = []
    private var output: [UInt8] = []
    private var writtenCount = 0
    /// The file whose bytes follow.
    private var body: FileBody?
    private var isLast = false
    /// When patience ends.
    private(set) var due: Instant
    /// Requests that were answered.
    private(set) var answered = 0
    private var remark: Remark?

    private let date: () -> String

    /// `date` gives the hour as HTTP writes it.
    init(_ site: Site, at now: Instant, date: @escaping () -> String) {
        self.site = site
        reader = HeadReader(limits: site.headLimits)
        self.date = date
        due = site.headTime > 0 ? now + site.headTime : .never
    }

    /// Something is to be read.
    var wantsBytes: Bool {
        switch phase {
        case .reading, .leaving: true
        case .asking, .opening, .writing, .upgrading: false
        }
    }

    /// A request is awaited, and nothing of it has come.
    var isWaiting: Bool {
        guard case .reading = phase else { return false }
        return reader.isAtStart
    }

    /// Nothing is going on: it may be ended for another's sake.
    var isIdle: Bool { isWaiting && answered > 0 }

    /// The last answer is out, and the client is to see the end.
    var isLeaving: Bool {
        if case .leaving = phase { true } else { false }
    }

    /// What the log is to be told, once.
    func takeRemark() -> Remark? {
        defer { remark = nil }
        return remark
    }

    /// No further request is taken.
    func endSoon() { isLast = true }

    // MARK: Bytes

    /// The client has said something.
    func take(_ bytes: UnsafeRawBufferPointer, at now: Instant) -> Step {
        guard case .reading = phase, !bytes.isEmpty else { return .none }
        if answered > 0, reader.isAtStart, site.headTime > 0 { due = now + site.headTime }
        switch reader.take(bytes) {
        case .incomplete, .answered: return .none
        case .refused(let refusal): return refuse(refusal, at: now)
        case .whole(let head, let used):
            rest = Array(bytes[used...])
            self.head = head
            return begin(head, at: now)
        }
    }

    /// What is to be written.
    var pending: ArraySlice<UInt8> { output[writtenCount...] }

    /// So much of it was.
    func wrote(_ count: Int, at now: Instant) -> Step {
        writtenCount += count
        guard writtenCount == output.count else { return .none }
        if case .upgrading = phase { return .switchOver(ahead: rest) }
        guard case .writing = phase else { return .none }
        output = []
        writtenCount = 0
        if let body, body.left > 0 {
            output = body.next()
            // A file that has become shorter cannot be what was promised.
            return output.isEmpty ? .close : .none
        }
        body = nil
        answered += 1
        guard !isLast else {
            phase = .leaving
            due = now + Self.leavingTime
            return .none
        }
        phase = .reading
        due = now + site.idleTime
        reader.begin()
        let next = rest
        rest = []
        return next.withUnsafeBytes { take($0, at: now) }
    }

    /// How long a client may take to see its end.
    private static let leavingTime = Milliseconds.seconds(2)

    // MARK: Requests

    private func begin(_ head: RequestHead, at now: Instant) -> Step {
        do throws(Refusal) {
            try check(head)
            if Upgrade.isWanted(head) {
                return upgrade(try Upgrade(head, site), at: now)
            }
            guard let path = head.path else {
                throw Refusal(.badRequest, "the path has a wrong escape")
            }
            guard let page = site.page(at: path) else {
                return try open(path, head, at: now)
            }
            guard ["GET", "HEAD", "POST"].contains(head.method) else {
                throw Refusal(.methodNotAllowed, "GET, HEAD, POST")
            }
            phase = .asking(page)
            due = now + page.patience
            return .ask(Question(page, head, at: site))
        } catch {
            return refuse(error, at: now)
        }
    }

    private func open(
        _ path: String, _ head: RequestHead, at now: Instant
    ) throws(Refusal) -> Step {
        guard let root = site.root, let request = FileRequest(head, path: path, root: root) else {
            throw Refusal(.notFound, "")
        }
        guard ["GET", "HEAD"].contains(head.method) else {
            throw Refusal(.methodNotAllowed, "GET, HEAD")
        }
        phase = .opening
        return .open(request)
    }

    private func upgrade(_ upgrade: Upgrade, at now: Instant) -> Step {
        phase = .upgrading
        output = upgrade.response.encoded(Response.Setting(date: date()))
        due = now + Self.time(forBytes: output.count)
        return .none
    }

    private func check(_ head: RequestHead) throws(Refusal) {
        guard head.major == 1 else {
            throw Refusal(.versionNotSupported, "HTTP/1.0 and HTTP/1.1 are spoken here")
        }
        // RFC 9112, 3.2
        guard head.minor == 0 || head.fields.count(of: "host") == 1 else {
            throw Refusal(.badRequest, "the request names no host, or several")
        }
        guard !head.isChunked else {
            throw Refusal(.lengthRequired, "a body must come with its content-length")
        }
        guard head.bodyLength <= site.mostBodyBytes else {
            throw Refusal(
                .bodyTooLarge, "the body is longer than \(site.mostBodyBytes) bytes")
        }
    }

    // MARK: Answers

    /// What the router has to say.
    func answer(_ response: Response, at now: Instant) {
        guard case .asking = phase else { return }
        respond(response, at: now)
    }

    /// What became of a file.
    func answer(_ answer: FileAnswer, at now: Instant) {
        guard case .opening = phase else { return }
        switch answer {
        case .whole(let response): respond(response, at: now)
        case .file(let response, let body): respond(response, body, at: now)
        }
    }

    private func refuse(_ refusal: Refusal, at now: Instant) -> Step {
        var response = Response(refusal)
        switch refusal.status {
        case .notFound: response = .missing
        case .methodNotAllowed: response.add("allow", refusal.reason)
        case let status:
            isLast = true
            remark = Remark(
                fault: WebFault(status), text: "\(status.rawValue): \(refusal.reason)")
            if status == .upgradeRequired { response.add("sec-websocket-version", "13") }
        }
        respond(response, at: now)
        return .none
    }

    private func respond(_ response: Response, _ body: FileBody? = nil, at now: Instant) {
        // A body is not read: what follows it could not be told from it.
        if head?.keepsAlive != true || head?.bodyLength != 0 { isLast = true }
        output = response.encoded(
            Response.Setting(
                isBodiless: head?.method == "HEAD", keepsAlive: !isLast, isOld: head?.minor == 0,
                length: body?.size, date: date()))
        writtenCount = 0
        self.body = head?.method == "HEAD" ? nil : body
        phase = .writing
        due = now + Self.time(forBytes: output.count + (body?.size ?? 0))
    }

    /// Ten seconds, and one for every four kilobytes.
    private static func time(forBytes count: Int) -> Milliseconds {
        .seconds(10 + UInt64(count) / 4_096)
    }

    // MARK: Time

    /// Patience has ended.
    func timeOut(at now: Instant) -> Step {
        switch phase {
        case .reading:
            guard !reader.isAtStart else { return .close }
            return refuse(Refusal(.timeOut, "the request has not come in time"), at: now)
        case .asking(let page):
            let seconds = page.patience.count / 1_000
            respond(
                Response(
                    .unavailable, text: "the router has not answered within \(seconds) seconds\n"),
                at: now)
            return .none
        case .opening: return .close
        case .writing, .upgrading:
            remark = Remark(fault: .unread, text: "it does not read its answer")
            return .close
        case .leaving: return .close
        }
    }
}
