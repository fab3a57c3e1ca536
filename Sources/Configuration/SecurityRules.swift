internal import Basis
internal import Schema

/// TLS and SASL: what starts, as with qdrouterd, and lets nobody in, or asks for what cannot be had.
struct SecurityRules {
    private let entities: [EntityDeclaration]
    private let surroundings: Surroundings
    private let profiles: [String: EntityDeclaration]
    /// Where the SASL library's configuration was looked for; nil if it is there.
    private let missingSetUp: String?

    static func problems(
        of entities: [EntityDeclaration], _ surroundings: Surroundings
    ) -> [Problem] {
        let rules = SecurityRules(entities, surroundings)
        return entities.flatMap { entity -> [Problem] in
            switch entity.type.name {
            case "sslProfile": rules.profile(entity)
            case "listener": rules.listener(entity)
            case "connector": rules.connector(entity)
            default: []
            }
        }
    }

    private init(_ entities: [EntityDeclaration], _ surroundings: Surroundings) {
        self.entities = entities
        self.surroundings = surroundings
        profiles = entities.reduce(into: [:]) { profiles, entity in
            if entity.type.name == "sslProfile" { profiles[entity.fullName] = entity }
        }
        let router = RouterSettings(
            entities.first { $0.type.name == "router" }
                ?? EntityDeclaration(type: Schema.router, line: 1))
        let places = router.saslConfigurations
        let isThere = places.contains { place in
            if case .success = surroundings.file(place) { true } else { false }
        }
        missingSetUp = isThere ? nil : places.first
    }

    // MARK: Profiles

    /// What its files hold.
    private func profile(_ entity: EntityDeclaration) -> [Problem] {
        let settings: ProfileSettings
        do throws(Problem) {
            settings = try ProfileSettings(entity, surroundings)
        } catch {
            return [error]
        }
        return surroundings.profile(settings).map { finding in
            Problem(
                .warning, from: .connections, line: entity.line(of: finding.attribute),
                "sslProfile '\(settings.name)'\(finding.isFatal ? " cannot be used" : ""): "
                    + finding.reason,
                remedy: finding.remedy)
        }
    }

    /// The profiles that a section names are there and have what it needs of them.
    private func use(
        of entity: EntityDeclaration, needs: [(attribute: String, reason: String)]
    ) -> [Problem] {
        guard let text = entity.text("sslProfile") else { return [] }
        let line = entity.line(of: "sslProfile")
        return ProfileSettings.named(text) { profiles[$0] != nil }.flatMap { name -> [Problem] in
            guard let profile = profiles[name] else {
                let near = Misspelling.nearest(to: name, among: Array(profiles.keys))
                return [
                    warning(
                        line,
                        "There is no sslProfile '\(name)': nobody can connect by "
                            + entity.standardName,
                        near.map { "did you mean '\($0)'?" } ?? "write an 'sslProfile' section")
                ]
            }
            return needs.filter { profile.text($0.attribute) == nil }.map { need in
                warning(
                    line, "sslProfile '\(name)' has no \(need.attribute): \(need.reason)",
                    "write \(need.attribute): PATH in it")
            }
        }
    }

    // MARK: Listeners

    private func listener(_ entity: EntityDeclaration) -> [Problem] {
        var needs = [("certFile", "nobody can connect by \(entity.standardName)")]
        if mechanisms(entity).contains("EXTERNAL"), entity.text("trustedCertsFile") == nil {
            needs.append(("caCertFile", "no client's certificate can be checked"))
        }
        return use(of: entity, needs: needs) + unencrypted(entity) + unknown(entity)
            + (entity.text("saslPlugin") == nil ? closed(entity) ?? notSetUp(entity) : [])
    }

    private func mechanisms(_ entity: EntityDeclaration) -> [String] {
        entity.text("saslMechanisms")?.split { " ,".contains($0) }.map { $0.uppercased() } ?? []
    }

    /// MG-51
    private func unencrypted(_ entity: EntityDeclaration) -> [Problem] {
        guard entity.text("sslProfile") == nil else { return [] }
        return ["requireSsl", "requireEncryption"].filter { entity.flag($0) }.map { attribute in
            warning(
                entity.line(of: attribute),
                "Nobody can connect by \(entity.standardName): '\(attribute): yes' needs TLS",
                "name an 'sslProfile'")
        }
    }

    /// Who must log in cannot: of the mechanisms, ANONYMOUS says nothing of who a client is, EXTERNAL
    /// means the certificate that it shows under TLS, and the others need passwords (RS-330, RS-542).
    private func closed(_ entity: EntityDeclaration) -> [Problem]? {
        guard entity.flag("authenticatePeer") else { return nil }
        let named = mechanisms(entity)
        let hasTLS = entity.text("sslProfile") != nil
        let hasPasswords = missingSetUp == nil
        let isOpenToSome =
            named.isEmpty
            ? hasPasswords
            : named.contains { mechanism in
                switch mechanism {
                case "ANONYMOUS": false
                case "EXTERNAL": hasTLS
                default: hasPasswords
                }
            }
        guard !isOpenToSome else { return nil }
        let others = named.filter { $0 != "ANONYMOUS" && $0 != "EXTERNAL" }
        let reason =
            if named.contains("EXTERNAL"), others.isEmpty {
                "EXTERNAL alone, which needs TLS"
            } else if named.isEmpty || !others.isEmpty {
                "mechanisms that need passwords, for which the SASL library is not set up"
            } else {
                "no mechanism of its list"
            }
        return [
            warning(
                entity.line(of: "authenticatePeer"),
                "Nobody can log in at \(entity.standardName): 'authenticatePeer: yes' leaves "
                    + reason,
                "name an 'sslProfile' and EXTERNAL in 'saslMechanisms', or write "
                    + (missingSetUp ?? "")
            )
        ]
    }

    private func notSetUp(_ entity: EntityDeclaration) -> [Problem] {
        guard let missingSetUp else { return [] }
        let others = mechanisms(entity).filter { $0 != "ANONYMOUS" && $0 != "EXTERNAL" }
        guard !others.isEmpty else { return [] }
        return [
            warning(
                entity.line(of: "saslMechanisms"),
                "'\(others.joined(separator: " "))' cannot be offered by \(entity.standardName): "
                    + "the SASL library is not set up", "write \(missingSetUp)")
        ]
    }

    // MARK: Connectors

    private func connector(_ entity: EntityDeclaration) -> [Problem] {
        let need = ("caCertFile", "no server is trusted, and \(entity.standardName) never connects")
        return use(of: entity, needs: [need]) + unknown(entity)
    }

    // MARK: Both

    private static let known: Set = [
        "ANONYMOUS", "EXTERNAL", "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1",
        "SCRAM-SHA-224", "SCRAM-SHA-256", "SCRAM-SHA-384", "SCRAM-SHA-512", "GSSAPI",
        "GSS-SPNEGO", "GS2-KRB5", "GS2-IAKERB", "NTLM", "OTP", "SRP", "XOAUTH2", "OAUTHBEARER",
    ]

    private func unknown(_ entity: EntityDeclaration) -> [Problem] {
        mechanisms(entity).filter { !Self.known.contains($0) }.map { mechanism in
            let near = Misspelling.nearest(to: mechanism, among: Array(Self.known).sorted())
            return warning(
                entity.line(of: "saslMechanisms"), "Unknown SASL mechanism '\(mechanism)'",
                near.map { "did you mean \($0)?" } ?? "the SASL library may have it as a plug-in")
        }
    }

    private func warning(_ line: Int, _ reason: String, _ remedy: String) -> Problem {
        Problem(.warning, from: .connections, line: line, reason, remedy: remedy)
    }
}
