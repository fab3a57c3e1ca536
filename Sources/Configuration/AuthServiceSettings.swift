internal import Schema

/// An `authServicePlugin` section: who answers for logins (RS-536, RS-540).
package struct AuthServiceSettings: Hashable, Sendable {
    package var name: String
    package var host: String
    package var port: String
    /// The host name of our sasl-init, which has none if nil.
    package var realm: String?
    package var sslProfile: String?

    /// Nil if it names no place.
    package init?(_ entity: EntityDeclaration) {
        var problems: [Problem] = []
        self.init(entity, &problems)
    }

    /// Nil, and a problem, if it names no place. The old form has host and port in one.
    init?(_ entity: EntityDeclaration, _ problems: inout [Problem]) {
        name = entity.fullName
        realm = entity.text("realm")
        sslProfile = entity.text("sslProfile")
        if let host = entity.text("host") {
            self.host = host
            port = entity.text("port") ?? "amqp"
        } else if let place = entity.text("authService") {
            let colon = place.lastIndex(of: ":") ?? place.endIndex
            host = String(place[..<colon])
            port = colon == place.endIndex ? "amqp" : String(place[colon...].dropFirst())
        } else {
            problems.append(
                Problem(
                    .warning, from: .setUp, line: entity.line,
                    "authServicePlugin '\(name)' names no host: nobody can log in by it",
                    remedy: "write host: HOST"))
            return nil
        }
    }
}
