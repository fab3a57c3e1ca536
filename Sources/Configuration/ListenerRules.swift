internal import Schema

/// Listeners that the router starts, as qdrouterd does, and that do not do what their author
/// wanted: another has the port.
enum ListenerRules {
    static func problems(of entities: [EntityDeclaration]) -> [Problem] {
        let listeners = entities.filter { $0.type.name == "listener" }
        return listeners.indices.compactMap { index in
            taken(listeners[index], listeners[..<index])
        }
    }

    /// An earlier listener has the port. What differs in the spelling of hosts alone, the system
    /// finds out.
    private static func taken(
        _ listener: EntityDeclaration, _ earlier: ArraySlice<EntityDeclaration>
    ) -> Problem? {
        let place = Place(listener)
        guard let other = earlier.first(where: { Place($0).overlaps(place) }),
            other.standardName != listener.standardName
        else { return nil }
        return Problem(
            .warning, from: .connections, line: listener.line(of: "port"),
            "\(listener.standardName) cannot listen: the listener of line \(other.line) has its port",
            remedy: "give it another 'port' or 'host', or join the two")
    }

    private struct Place {
        let host: String
        let port: String

        init(_ listener: EntityDeclaration) {
            host = (listener.text("host") ?? "").lowercased()
            switch listener.text("port") {
            case "amqp", nil: port = "5672"
            case "amqps": port = "5671"
            case let text?: port = Int(text).map(String.init) ?? text
            }
        }

        func overlaps(_ other: Place) -> Bool {
            guard port == other.port, port != "0" else { return false }
            return host == other.host || covers(other) || other.covers(self)
        }

        /// Every address of the machine, or of one of the protocol's versions, which a name may
        /// have too.
        private func covers(_ other: Place) -> Bool {
            switch host {
            case "": true
            case "0.0.0.0": !other.host.contains(":")
            case "::": other.host.contains(":")
            default: false
            }
        }
    }
}
