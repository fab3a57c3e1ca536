internal import AMQP
internal import Basis
internal import EventLoop
internal import Logging
internal import RemoteSASL
internal import SASL
internal import TLS

/// Logins: what the peer says to SASL goes to the authenticator's thread, and the answer comes as a
/// letter. Meanwhile nothing of the peer is taken in.
extension Worker {
    /// Before a client's first bytes: what it is offered depends on its certificate (RS-330).
    func offerMechanisms(_ connection: PeerConnection) {
        let plan = connection.plan
        guard !plan.isOutgoing else { return }
        guard plan.security.service == nil else {
            connection.sasl.isRelayed = true
            return
        }
        let user = connection.channel.facts?.user
        connection.sasl.identity = user
        connection.sasl.offered = SASLMechanisms.offered(
            wanted: plan.mechanisms, library: plan.security.authenticator?.mechanisms ?? [],
            demandsUser: plan.requiresAuthentication, hasIdentity: user != nil)
    }

    /// Hears what the peer has said to SASL, if it has.
    func hearLogin(_ connection: PeerConnection) {
        // The engine begins a login with its own header, when it is asked what it has to say.
        if connection.sasl.isRelayed { _ = connection.engine?.writeBuffer() }
        guard let heard = connection.sasl.takeHeard() else { return }
        if let access = connection.plan.security.service {
            return relay(heard, of: connection, to: access)
        }
        switch heard {
        case .began: break
        case .initiated(let mechanism, let initial):
            ask(
                connection,
                .begin(
                    mechanism: mechanism, initial: initial,
                    source: LoginSource(host: connection.peerHost)))
        case .response(let bytes): ask(connection, .response(bytes))
        case .mechanisms(let offered): chooseMechanism(connection, offered)
        case .challenge(let bytes):
            guard let client = connection.login else { return connection.sasl.giveUp() }
            ask(connection, .challenge(client, bytes))
        }
    }

    private func ask(_ connection: PeerConnection, _ word: Authenticator.Word) {
        guard let authenticator = connection.plan.security.authenticator else {
            connection.plan.isOutgoing ? connection.sasl.giveUp() : connection.sasl.deny()
            return
        }
        connection.hasLogin = true
        let (mailbox, ticket) = (handle.mailbox, connection.ticket)
        authenticator.hear(connection.id.number, word) { said in
            mailbox.post(.loginAnswered(ticket, said))
        }
    }

    func loginAnswered(_ ticket: Ticket, _ said: Authenticator.Said) {
        guard connections.contains(ticket) else { return }
        let connection = connections[ticket]
        switch said {
        case .answer(.challenge(let bytes)): connection.sasl.challenge(bytes)
        case .answer(.accepted(let user)): connection.sasl.accept(user: user)
        case .answer(.denied(let reason)):
            log.write(
                .server, .debug, "[C\(connection.id.number)] Login denied: \(reason)")
            connection.sasl.deny()
        case .answer(.busy): connection.sasl.deny(isBusy: true)
        case .reply(.initial(let bytes)):
            connection.sasl.initiate(connection.mechanism, initial: bytes)
        case .reply(.response(let bytes)): connection.sasl.respond(bytes)
        case .reply(.failed(let reason)): failLogin(connection, reason)
        }
        goOn(connection)
    }

    /// Takes in what the peer has said ahead.
    func goOn(_ connection: PeerConnection) {
        connection.isEngineBusy = true
        enqueue(connection)
        if !connection.fragment.isEmpty { read(connection) }
    }

    /// Forgets a login that was begun.
    func endLogin(_ connection: PeerConnection) {
        guard connection.hasLogin else { return }
        connection.plan.security.service?.service.hear(connection.id.number, .forget) { _ in }
        connection.plan.security.authenticator?.hear(connection.id.number, .forget) { _ in }
    }

    // MARK: Ours

    /// The strongest mechanism that a server offers, and that we have the means for.
    private func chooseMechanism(_ connection: PeerConnection, _ offered: [String]) {
        let plan = connection.plan
        var hasCertificate = false
        if case .dialling(let dialling) = plan.security.transport {
            hasCertificate = dialling.profile.certificate != nil
        }
        let means = SASLMechanisms.Means(
            hasPassword: plan.user != nil && plan.password != nil,
            isSecure: connection.channel.facts != nil, hasCertificate: hasCertificate)
        guard
            let mechanism = SASLMechanisms.chosen(
                of: offered, allowed: plan.mechanisms, means: means)
        else {
            return failLogin(
                connection, "none of its mechanisms can be used: \(offered.joined(separator: " "))")
        }
        connection.mechanism = mechanism
        let (user, password) = (plan.user ?? "", plan.password ?? "")
        switch mechanism {
        case "ANONYMOUS", "EXTERNAL": connection.sasl.initiate(mechanism, initial: [])
        case "PLAIN":
            connection.sasl.initiate(
                mechanism, initial: SASLMechanisms.plainMessage(user: user, password: password))
        default:
            let client = SASLClient(
                host: plan.hostname ?? plan.host, user: user, password: password)
            connection.login = client
            connection.sasl.isServerProved = { client.isProved(byOutcome: $0) }
            ask(connection, .start(client, mechanism: mechanism))
        }
    }

    private func failLogin(_ connection: PeerConnection, _ reason: String) {
        log.write(
            .server, .info,
            "[C\(connection.id.number)] Cannot log in at \(connection.plan.host): \(reason)")
        connection.sasl.giveUp()
    }
}
