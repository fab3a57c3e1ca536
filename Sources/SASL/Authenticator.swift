internal import Basis
internal import EventLoop

/// A thread that hears logins, so that no worker waits for a slow hash, a file or another service.
public final class Authenticator: Sendable {
    /// One login, for as long as its connection lasts. Numbers are the caller's and never reused.
    public typealias Login = UInt64

    /// What a peer or a server has said.
    public enum Word: Sendable {
        /// A client has chosen a mechanism.
        case begin(mechanism: String, initial: [UInt8]?, source: LoginSource)
        /// A client has answered a challenge.
        case response([UInt8])
        /// A server that we are a client of has offered the mechanism.
        case start(SASLClient, mechanism: String)
        /// A server that we are a client of challenges us.
        case challenge(SASLClient, [UInt8])
        /// The connection has gone.
        case forget
    }

    /// What is to be said to them.
    public enum Said: Sendable {
        case answer(SASLAnswer)
        case reply(SASLReply)
    }

    struct Letter: Sendable {
        let login: Login
        let word: Word
        let tell: @Sendable (Said) -> Void
    }

    private let mailbox = Mailbox<Letter>()
    /// What the library can do as a server; nothing where it is not set up (RS-542).
    public let mechanisms: [String]
    /// Why it can do nothing, if it should be able to.
    public let fault: String?
    private let state = Guarded(AuthenticatorCounts())

    /// Reads the library's configuration, if there is one for that name, and starts the thread.
    public init(name: String, directory: String?) {
        var mechanisms: [String] = []
        var fault: String?
        if SASLLibrary.configuration(name: name, directory: directory) != nil {
            fault = SASLLibrary.startServer(name: name, directory: directory)
            if fault == nil { mechanisms = SASLServer()?.mechanisms ?? [] }
        }
        self.mechanisms = mechanisms
        self.fault = fault
        let thread = WorkerThread(name: "logins") { [self] in run() }
        thread.detach()
    }

    /// Asks for what is to be said next; `tell` is called on the authenticator's thread.
    public func hear(_ login: Login, _ word: Word, tell: @escaping @Sendable (Said) -> Void) {
        mailbox.post(Letter(login: login, word: word, tell: tell))
    }

    public var counts: AuthenticatorCounts { state.withLock { $0 } }

    // MARK: The thread

    /// What only the thread touches.
    private struct Desk {
        var queue = LoginQueue<Letter>()
        /// Conversations that have begun, and where each comes from.
        var talks: [Login: (server: SASLServer, source: LoginSource)] = [:]
    }

    /// Runs as long as the program does.
    private func run() {
        WorkerThread.giveWay()
        let poller = Poller()
        poller.add(mailbox.wakeUp, token: 0, for: .reading)
        var desk = Desk()
        var letters: [Letter] = []
        while true {
            let due = desk.queue.nextDue
            let wait = due.map {
                Int32(clamping: $0.since(Clock.now).count + ($0 > Clock.now ? 1 : 0))
            }
            _ = poller.wait(milliseconds: wait ?? -1)
            mailbox.heard()
            mailbox.take(into: &letters)
            for letter in letters { take(letter, &desk) }
            letters.removeAll(keepingCapacity: true)
            if let next = desk.queue.next(at: Clock.now) {
                work(next.job, from: next.source, &desk)
            }
            let waiting = desk.queue.count
            state.withLock { $0.waiting = waiting }
        }
    }

    private func take(_ letter: Letter, _ desk: inout Desk) {
        switch letter.word {
        case .begin(_, _, let source):
            queue(letter, from: source, &desk)
        case .response:
            guard let talk = desk.talks[letter.login] else {
                return letter.tell(.answer(.denied(reason: "no mechanism was begun")))
            }
            queue(letter, from: talk.source, &desk)
        case .forget:
            desk.queue.drop(id: letter.login)
            desk.talks[letter.login] = nil
        case .start(let client, let mechanism):
            letter.tell(.reply(client.start(mechanism)))
        case .challenge(let client, let challenge):
            letter.tell(.reply(client.step(challenge)))
        }
    }

    private func queue(_ letter: Letter, from source: LoginSource, _ desk: inout Desk) {
        guard !desk.queue.add(letter, id: letter.login, from: source, at: Clock.now) else { return }
        desk.talks[letter.login] = nil
        state.withLock { $0.turnedAway += 1 }
        letter.tell(.answer(.busy))
    }

    private func work(_ letter: Letter, from source: LoginSource, _ desk: inout Desk) {
        let answer: SASLAnswer
        switch letter.word {
        case .begin(let mechanism, let initial, _):
            guard let server = SASLServer() else {
                return letter.tell(.answer(.denied(reason: "libsasl2 has no room")))
            }
            desk.talks[letter.login] = (server, source)
            answer = server.start(mechanism, initial: initial)
        case .response(let response):
            answer = desk.talks[letter.login]?.server.step(response) ?? .denied(reason: "")
        case .start, .challenge, .forget: return
        }
        switch answer {
        case .challenge: break
        case .accepted:
            desk.talks[letter.login] = nil
            desk.queue.succeeded(source)
            state.withLock { $0.accepted += 1 }
        case .denied, .busy:
            desk.talks[letter.login] = nil
            desk.queue.failed(source, at: Clock.now)
            state.withLock { $0.denied += 1 }
        }
        letter.tell(.answer(answer))
    }
}

/// How logins have gone.
public struct AuthenticatorCounts: Hashable, Sendable {
    public var accepted: UInt64 = 0
    public var denied: UInt64 = 0
    /// Logins that could not wait: too many did already.
    public var turnedAway: UInt64 = 0
    public var waiting = 0

    public init() {}
}
