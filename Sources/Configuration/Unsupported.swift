internal import Schema

/// What the file may ask for but this router does not do yet.
///
/// An error if leaving it out would open what should be closed, or carry messages otherwise than
/// the file says; a warning if only something to look at is missing. What has no effect in
/// qdrouterd either, or none without something that is refused here, is taken in silence.
enum Unsupported {
    static func problems(of entities: [EntityDeclaration]) -> [Problem] {
        entities.flatMap { entity -> [Problem] in
            switch entity.type.name {
            case "router": router(entity)
            case "listener": connection(entity) + listener(entity)
            case "connector": connection(entity) + connector(entity)
            case "policy": policy(entity)
            case "router.config.address":
                flag("enableFallback", of: entity, "fallback destinations")
            case "router.config.linkRoute": [refusal(of: entity, "link routes")]
            case "router.config.autoLink": [refusal(of: entity, "auto links")]
            case "router.config.exchange", "router.config.binding":
                [refusal(of: entity, "exchanges")]
            default: []
            }
        }
    }

    private static func refusal(
        of what: String, _ line: Int, _ feature: String, remedy: String = "take it out"
    ) -> Problem {
        Problem(
            line: line, "'\(what)' is not supported: this version of Martlet has no \(feature)",
            remedy: remedy)
    }

    private static func refusal(of entity: EntityDeclaration, _ feature: String) -> Problem {
        refusal(
            of: entity.type.sectionName, entity.line, feature, remedy: "take the section out")
    }

    private static func flag(
        _ attribute: String, of entity: EntityDeclaration, _ feature: String
    ) -> [Problem] {
        guard entity.flag(attribute) else { return [] }
        return [
            refusal(of: "\(attribute): yes", entity.line(of: attribute), feature)
        ]
    }

    private static func text(
        _ attribute: String, of entity: EntityDeclaration, _ feature: String
    ) -> [Problem] {
        guard let text = entity.text(attribute) else { return [] }
        return [refusal(of: "\(attribute): \(text)", entity.line(of: attribute), feature)]
    }

    // MARK: Types

    private static func router(_ entity: EntityDeclaration) -> [Problem] {
        guard entity.text("mode") == "edge" else { return [] }
        return [refusal(of: "mode: edge", entity.line(of: "mode"), "edge mode")]
    }

    private static func connection(_ entity: EntityDeclaration) -> [Problem] {
        var problems = text("sslProfile", of: entity, "TLS, and would send in clear")
        if entity.text("role") == "edge" {
            problems.append(refusal(of: "role: edge", entity.line(of: "role"), "edge connections"))
        }
        if let parts = entity.text("messageLoggingComponents"), parts != "none" {
            problems.append(
                Problem(
                    .warning, line: entity.line(of: "messageLoggingComponents"),
                    "'messageLoggingComponents' has no effect: messages are not logged"))
        }
        return problems
    }

    private static func listener(_ entity: EntityDeclaration) -> [Problem] {
        var problems =
            flag("requireSsl", of: entity, "TLS")
            + flag("requireEncryption", of: entity, "TLS")
            + text("trustedCertsFile", of: entity, "TLS")
            + text("saslPlugin", of: entity, "authentication services")
            + flag("http", of: entity, "HTTP")
            + text("httpRootDir", of: entity, "HTTP")
        problems += mechanisms(entity, ["ANONYMOUS", "EXTERNAL"], "accepts")
        return problems
    }

    private static func connector(_ entity: EntityDeclaration) -> [Problem] {
        mechanisms(entity, ["ANONYMOUS", "EXTERNAL", "PLAIN"], "offers")
    }

    private static func mechanisms(
        _ entity: EntityDeclaration, _ known: [String], _ verb: String
    ) -> [Problem] {
        let wanted = entity.text("saslMechanisms")?.split { " ,".contains($0) } ?? []
        return wanted.filter { !known.contains($0.uppercased()) }.map { mechanism in
            Problem(
                line: entity.line(of: "saslMechanisms"),
                "'saslMechanisms: \(mechanism)' is not supported",
                remedy: "a \(entity.type.sectionName) \(verb) \(known.joined(separator: ", "))")
        }
    }

    private static func policy(_ entity: EntityDeclaration) -> [Problem] {
        var problems = flag("enableVhostPolicy", of: entity, "vhost policies")
        if let size = entity.number("maxMessageSize"), size > 0 {
            problems.append(
                refusal(
                    of: "maxMessageSize", entity.line(of: "maxMessageSize"),
                    "limit of message size"))
        }
        return problems
    }
}
