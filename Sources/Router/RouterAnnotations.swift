internal import AMQP
internal import Addressing
internal import Topology

/// The router annotations of a message that is decoded: where it entered the mesh and which
/// routers it has passed (IR 2.1).
enum RouterAnnotations {
    static let ingress = Value.symbol("x-opt-qd.ingress")
    static let trace = Value.symbol("x-opt-qd.trace")
    static let to = Value.symbol("x-opt-qd.to")
    private static let traceName = "x-opt-qd.trace"

    /// Marks a message as entering the mesh at this router.
    static func enter(_ message: inout Message, at router: RouterIdentity, to address: String?) {
        var map = message.messageAnnotations ?? ValueMap()
        map.append(ingress, .string(router.name))
        map.append(trace, .list([.string(router.name)]))
        if let address { map.append(to, .string(address)) }
        message.messageAnnotations = map
    }

    /// Marks a message as having passed this router too.
    static func pass(_ message: inout Message, through router: RouterIdentity) {
        var map = message.messageAnnotations ?? ValueMap()
        let passed = map[traceName]?.list ?? []
        map[traceName] = nil
        map.append(trace, .list(passed + [.string(router.name)]))
        message.messageAnnotations = map
    }

    /// The routers that it has passed, oldest first.
    static func passed(_ message: Message) -> [RouterID] {
        (message.messageAnnotations?[traceName]?.list ?? []).compactMap { entry in
            guard let text = entry.text, let slash = text.firstIndex(of: "/") else { return nil }
            return RouterID(String(text[text.index(after: slash)...]))
        }
    }
}
