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
        subscribeEdgeServices()
    }

    /// Sends a message of the router's own; nothing happens if nobody is there.
    func send(_ message: Chunk, to address: String) {
        let key = ParsedAddress(address, router: identity).key(phase: .first)
        guard let route = table.entry(forKey: key)?.route ?? elsewhere(key) else { return }
        _ = table.route(key, on: 0, into: &effects)
        perform()
        workers[0].mailbox.post(.originate(route, message))
    }

    /// At an edge, a mobile address that is not known here may be known elsewhere.
    private func elsewhere(_ key: String) -> RouteID? { key.hasPrefix("M") ? table.elsewhere : nil }
}
