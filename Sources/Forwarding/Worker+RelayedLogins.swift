internal import AMQP
internal import Basis
internal import EventLoop
internal import Logging
internal import RemoteSASL
internal import SASL

/// Logins that a service answers for (RS-338, RS-536): what the client says to SASL goes to the service's
/// thread, and the answer comes as a letter. Meanwhile nothing of the client's is taken in.
extension Worker {
    func relay(
        _ heard: SASLLayer.Heard, of connection: PeerConnection, to access: AuthServiceAccess
    ) {
        let word: AuthService.Word
        switch heard {
        case .began:
            word = .began(
                access.place, access.transport, source: LoginSource(host: connection.peerHost))
        case .initiated(let mechanism, let initial):
            word = .initiated(mechanism: mechanism, initial: initial)
        case .response(let bytes): word = .response(bytes)
        case .mechanisms, .challenge: return
        }
        connection.hasLogin = true
        let (mailbox, ticket) = (handle.mailbox, connection.ticket)
        access.service.hear(connection.id.number, word) { said in
            mailbox.post(.serviceAnswered(ticket, said))
        }
    }

    func serviceAnswered(_ ticket: Ticket, _ said: AuthService.Said) {
        guard connections.contains(ticket) else { return }
        let connection = connections[ticket]
        switch said {
        case .mechanisms(let offered):
            let wanted = connection.plan.mechanisms.map(SASLMechanisms.words)
            connection.sasl.offer(offered.filter { wanted?.contains($0.uppercased()) ?? true })
        case .challenge(let bytes): connection.sasl.challenge(bytes)
        case .accepted(let verdict):
            connection.permissions = verdict.permissions
            connection.sasl.accept(user: verdict.user)
        case .denied: connection.sasl.deny()
        case .unavailable(let reason):
            let name = connection.plan.security.service?.place.name ?? ""
            log.write(
                .server, .warning,
                "[C\(connection.id.number)] authServicePlugin '\(name)' answers for no login now: "
                    + reason)
            connection.sasl.deny(isBusy: true)
            // Before whatever the client has said ahead, which is for nobody.
            takeEngineOutput(connection)
            connection.fragment.clear()
        }
        goOn(connection)
    }
}
