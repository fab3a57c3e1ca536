internal import Logging
internal import Schema

/// What must hold between the entities of a configuration, and within one (MG-34 to MG-41, MG-55).
enum Rules {
    static func problems(of entities: [EntityDeclaration]) -> [Problem] {
        let mode = entities.first { $0.type.name == "router" }?.text("mode") ?? "standalone"
        var problems = singletons(entities) + duplicates(entities)
        for entity in entities {
            problems += self.problems(ofOne: entity).map { $0.found(in: entity.file) }
            problems += role(entity, mode)
        }
        return problems + plugins(entities) + ListenerRules.problems(of: entities)
    }

    /// What must hold within one entity.
    static func problems(ofOne entity: EntityDeclaration) -> [Problem] {
        switch entity.type.name {
        case "router": router(entity)
        case "listener":
            openProperties(entity) + port(entity) + failoverUrls(entity) + logging(entity)
        case "connector":
            openProperties(entity) + port(entity) + logging(entity)
                + ProxySettings.problems(of: entity)
        case "sslProfile", "authServicePlugin", "router.config.exchange": name(entity)
        case "vhost": VhostReader.problems(of: entity)
        default: []
        }
    }

    private static func singletons(_ entities: [EntityDeclaration]) -> [Problem] {
        var first: [String: Int] = [:]
        return entities.filter(\.type.isSingleton).compactMap { entity in
            guard let line = first[entity.type.name] else {
                first[entity.type.name] = entity.line
                return nil
            }
            let type = entity.type.longName
            return Problem(
                line: entity.line,
                "Adding \(type) singleton when \(type) already exists",
                remedy: "join it with the section of line \(line)")
        }
    }

    /// Names are unique over all types (MG-34), and so are identities (MG-62).
    private static func duplicates(_ entities: [EntityDeclaration]) -> [Problem] {
        var names: [String: EntityDeclaration] = [:]
        var identities: [String: EntityDeclaration] = [:]
        var problems: [Problem] = []
        for entity in entities {
            let sameName = names.updateValue(entity, forKey: entity.fullName)
            let sameIdentity = identities.updateValue(entity, forKey: entity.standardName)
            let existing = sameName ?? sameIdentity
            guard let existing, !(entity.type.isSingleton && existing.type.name == entity.type.name)
            else { continue }
            let attribute = sameName == nil ? "identity" : "name"
            problems.append(
                Problem(
                    from: .creation, line: entity.line,
                    "adding \(entity.standardName) duplicates unique attribute '\(attribute)' "
                        + "from existing \(existing.standardName)",
                    remedy: duplicateRemedy(entity, existing)
                ).found(in: entity.file))
        }
        return problems
    }

    private static func duplicateRemedy(
        _ entity: EntityDeclaration, _ existing: EntityDeclaration
    ) -> String {
        if entity.type.name == "log" {
            return "join it with the section of line \(existing.line)"
        }
        return "give it a 'name' other than that of line \(existing.line)"
    }

    // MARK: Router

    private static func router(_ entity: EntityDeclaration) -> [Problem] {
        var problems: [Problem] = []
        if let id = entity.text("id") {
            let line = entity.line(of: "id")
            if id.utf8.count > 127 {
                problems.append(
                    Problem(
                        line: line,
                        "Router ID \"\(id)\" exceeds the maximum allowed length (127 characters)"))
            }
            if let bad = id.unicodeScalars.first(where: { isForbidden($0) }) {
                problems.append(
                    Problem(
                        from: .identity, line: line,
                        "Router id attribute containing character '\(bad)' in id '\(id)' is "
                            + "disallowed.",
                        remedy: "use letters, digits and signs, without blanks"))
            }
        }
        if let workers = entity.number("workerThreads"), !(1...1_024).contains(workers) {
            problems.append(
                Problem(
                    line: entity.line(of: "workerThreads"),
                    "'workerThreads' cannot be \(workers)",
                    remedy: "take one for each core, or leave it out"))
        }
        return problems
    }

    /// Control, format and unassigned characters, and separators (MG-36).
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .unassigned, .privateUse, .surrogate, .spaceSeparator,
            .lineSeparator, .paragraphSeparator:
            true
        default: false
        }
    }

    // MARK: Listeners and connectors

    /// Which roles a router of this mode may have (MG-38).
    static func role(_ entity: EntityDeclaration, _ mode: String) -> [Problem] {
        guard ["listener", "connector"].contains(entity.type.name) else { return [] }
        let role = entity.text("role") ?? "normal"
        let line = entity.line(of: "role")
        switch (mode, role) {
        case ("standalone", "inter-router"), ("standalone", "edge"):
            return [
                Problem(
                    line: line,
                    "role='standalone' not allowed to connect to or accept connections from other "
                        + "routers.",
                    remedy: "write 'mode: interior' in the router section, or take this section out"
                )
            ]
        case ("edge", "inter-router"):
            return [
                Problem(
                    line: line,
                    "role='inter-router' only allowed with router mode='interior' for "
                        + entity.standardName)
            ]
        case ("edge", "edge") where entity.type.name == "listener":
            return [
                Problem(
                    line: line,
                    "role='edge' only allowed with router mode='interior' for "
                        + entity.standardName)
            ]
        default: return []
        }
    }

    private static let reservedKeys: Set = [
        "product", "version", "failover-server-list", "network-host", "port",
    ]

    private static func openProperties(_ entity: EntityDeclaration) -> [Problem] {
        guard case .map(let members) = entity.given["openProperties"] else { return [] }
        let line = entity.line(of: "openProperties")
        let role = entity.text("role") ?? "normal"
        if role == "inter-router" || role == "edge" {
            return [
                Problem(from: .creation, line: line, "openProperties not allowed for role \(role)")
            ]
        }
        return members.map(\.key).filter { key in
            reservedKeys.contains(key) || key.hasPrefix("qd.") || key.hasPrefix("x-opt-qd.")
        }.map { key in
            Problem(
                from: .creation, line: line, "Reserved key '\(key)' not allowed in openProperties",
                remedy: "the router sets it: take it out")
        }
    }

    /// A port is a number of 16 bits or a name (MG-53).
    private static func port(_ entity: EntityDeclaration) -> [Problem] {
        guard let text = entity.text("port") else { return [] }
        if let number = Int(text) {
            let isRight = (0...65_535).contains(number)
            guard !isRight else { return [] }
        } else if text.utf8.allSatisfy({ Byte.isName($0) || $0 == UInt8(ascii: ".") }) {
            return []
        }
        return [
            Problem(
                line: entity.line(of: "port"), "Invalid port '\(text)'",
                remedy: "'port' takes a number up to 65535 or the name of a service")
        ]
    }

    /// `[scheme://]host[:port]`, parted by commas (MG-29).
    private static func failoverUrls(_ entity: EntityDeclaration) -> [Problem] {
        guard let text = entity.text("failoverUrls") else { return [] }
        let places = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let place = Trimmed.blanks(String(part))
            return place.firstRange(of: "://").map { place[$0.upperBound...] } ?? place[...]
        }
        guard places.contains(where: { $0.isEmpty || $0.hasPrefix(":") }) else { return [] }
        return [
            Problem(
                from: .setUp, line: entity.line(of: "failoverUrls"),
                "Value: No network host in failover item",
                remedy: "write [amqp://]HOST[:PORT], parted by commas")
        ]
    }

    private static func logging(_ entity: EntityDeclaration) -> [Problem] {
        let unknown = MessageComponents.read(entity.text("messageLoggingComponents") ?? "").unknown
        guard let first = unknown.first else { return [] }
        return [
            Problem(
                .warning, from: .connections, line: entity.line(of: "messageLoggingComponents"),
                "'\(first)' of 'messageLoggingComponents' is no part of a message: it is not logged",
                remedy: "there are all, none, \(MessageComponents.names.joined(separator: ", "))")
        ]
    }

    private static func plugins(_ entities: [EntityDeclaration]) -> [Problem] {
        let known = entities.filter { $0.type.name == "authServicePlugin" }.compactMap(\.name)
        return entities.compactMap { entity in
            guard entity.type.name == "listener", let plugin = entity.text("saslPlugin"),
                !known.contains(plugin)
            else { return nil }
            return Problem(
                from: .setUp, line: entity.line(of: "saslPlugin"),
                "Run Time: Cannot find sasl plugin \(plugin)",
                remedy: "name an 'authServicePlugin' section of this file")
        }
    }

    // MARK: Other types

    private static func name(_ entity: EntityDeclaration) -> [Problem] {
        guard entity.name == nil else { return [] }
        return [
            Problem(
                from: .identity, line: entity.line, "'\(entity.type.sectionName)' has no name",
                remedy: "write name: NAME")
        ]
    }
}
