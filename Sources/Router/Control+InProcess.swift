internal import AMQP
internal import Addressing
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Routing

/// The router as a consumer and a producer of messages.
extension Control {
    /// Addresses that the router itself consumes (MG-210).
    func subscribe() {
        for key in ["M0$management", "L$management", "L$_management_internal"] {
            table.addInProcess(key: key)
            log.write(
                .routerCore, .info,
                "In-process subscription \(key.first ?? "L")/\(key.drop { $0 != "$" })")
        }
    }

    /// Sends a message of the router's own; nothing happens if nobody is there.
    func send(_ response: AgentResponse) {
        let key = ParsedAddress(response.address, router: identity).key(phase: .first)
        guard table.entry(forKey: key) != nil else { return }
        table.resolve(worker: 0, key: Array(key.utf8), into: &effects)
        perform()
        guard let route = table.entry(forKey: key)?.route else { return }
        workers[0].mailbox.post(.originate(route, response.chunk))
    }
}
