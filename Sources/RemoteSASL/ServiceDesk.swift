internal import Basis
internal import EventLoop
internal import SASL

/// What only the thread of `AuthService` touches: the conversations, and who waits for one.
final class ServiceDesk {
    /// Conversations at once, in all and of one host. A client may hold one up for as long as it takes
    /// to type a password.
    private static let mostTalks = 128
    private static let mostTalksOfSource = 32
    /// Less than connections have to open, so that the client hears why.
    private static let patience = Milliseconds.seconds(8)
    /// Who waited while a service was being found out of reach hears the same.
    private static let rest = Milliseconds.seconds(1)

    private let poller = Poller()
    private var queue = LoginQueue<AuthService.Letter>()
    private var talks: [AuthService.Login: ServiceTalk] = [:]
    private var talksOfSource: [LoginSource: Int] = [:]
    private var resting: [AuthService.Place: (until: Instant, reason: String)] = [:]
    private var now = Clock.now

    init(wakeUp: Descriptor) { poller.add(wakeUp, token: 0, for: .reading) }

    /// Waits for a letter, a service or a time, and hears the services.
    func wait() {
        var due = talks.values.map(\.due).min()
        if talks.count < Self.mostTalks, let next = queue.nextDue { due = min(due ?? next, next) }
        let span = due.map { $0 > now ? Int32(clamping: $0.since(now).count + 1) : 0 }
        let count = poller.wait(milliseconds: span ?? -1)
        now = Clock.now
        for index in 0..<count {
            let login = poller.ready(at: index).token
            guard let talk = talks[login] else { continue }
            serve(talk)
        }
    }

    func take(_ letter: AuthService.Letter) {
        switch letter.word {
        case .began(_, _, let source):
            if !queue.add(letter, id: letter.login, from: source, at: now) {
                return letter.tell(.unavailable("too many logins wait already"))
            }
            beginWaiting()
        case .initiated, .response:
            guard let talk = talks[letter.login] else {
                return letter.tell(.unavailable("its time was over"))
            }
            talk.hear(letter.word, letter.tell)
            serve(talk)
        case .forget:
            queue.drop(id: letter.login)
            if let talk = talks[letter.login] { end(talk) }
        }
    }

    /// Begins conversations that may begin, and ends those whose time is over.
    func goOn() {
        beginWaiting()
        for talk in talks.values where talk.due <= now {
            talk.tell(.unavailable("it has not answered within 8 s"))
            end(talk)
        }
    }

    private func beginWaiting() {
        while talks.count < Self.mostTalks, let next = queue.next(at: now) {
            begin(next.job, from: next.source)
        }
    }

    private func begin(_ letter: AuthService.Letter, from source: LoginSource) {
        guard case .began(let place, let transport, _) = letter.word else { return }
        guard talksOfSource[source, default: 0] < Self.mostTalksOfSource else {
            return letter.tell(.unavailable("too many logins of that host are under way"))
        }
        if let rest = resting[place] {
            guard rest.until <= now else { return letter.tell(.unavailable(rest.reason)) }
            resting[place] = nil
        }
        if case .unusable(let reason) = transport { return letter.tell(.unavailable(reason)) }
        let socket: Descriptor
        do throws(SystemError) {
            socket = try Socket.connect(host: place.host, port: place.port)
        } catch {
            return unreachable(place, error.reason, letter.tell)
        }
        now = Clock.now
        let talk = ServiceTalk(
            letter, at: place, transport, over: socket, from: source, until: now + Self.patience)
        talks[letter.login] = talk
        talksOfSource[source, default: 0] += 1
        poller.add(socket, token: letter.login, for: talk.interest)
    }

    /// Names are looked up on this thread, and one whose server is silent takes long.
    private func unreachable(
        _ place: AuthService.Place, _ reason: String, _ tell: (AuthService.Said) -> Void
    ) {
        now = Clock.now
        resting = resting.filter { $0.value.until > now }
        resting[place] = (now + Self.rest, "cannot reach \(place.host):\(place.port): \(reason)")
        tell(.unavailable(resting[place]?.reason ?? ""))
    }

    private func serve(_ talk: ServiceTalk) {
        let before = talk.interest
        guard let last = talk.serve() else {
            if talk.interest != before {
                poller.change(talk.socket, token: talk.login, for: talk.interest)
            }
            return
        }
        switch last {
        case .denied: queue.failed(talk.source, at: now)
        case .accepted: queue.succeeded(talk.source)
        case .mechanisms, .challenge, .unavailable: break
        }
        talk.tell(last)
        end(talk)
    }

    private func end(_ talk: ServiceTalk) {
        poller.remove(talk.socket)
        talk.close()
        talks[talk.login] = nil
        let left = talksOfSource[talk.source, default: 1] - 1
        talksOfSource[talk.source] = left > 0 ? left : nil
    }
}
