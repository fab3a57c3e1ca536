internal import Schema

/// Makes settings of `vhost` sections (RS-306, RS-506 to RS-510).
enum VhostReader {
    /// The vhosts of a configuration; what is wrong with one is an error.
    static func vhosts(
        of entities: [EntityDeclaration], _ problems: inout [Problem]
    ) -> [VhostSettings] {
        let sections = entities.filter { $0.type.name == Schema.vhost.name }
        problems += aliasProblems(sections)
        // What is wrong with one by itself has been told.
        return sections.map { settings(of: $0).vhost }
    }

    /// What is wrong with one by itself.
    static func problems(of entity: EntityDeclaration) -> [Problem] {
        settings(of: entity).problems
    }

    private static func settings(
        of entity: EntityDeclaration
    ) -> (vhost: VhostSettings, problems: [Problem]) {
        var vhost = VhostSettings(hostname: entity.text("hostname") ?? "")
        var reader = VhostGroupReader(vhost: vhost.hostname, line: entity.line(of: "groups"))
        vhost.aliases = aliases(of: entity)
        let limit = { (attribute: String) in
            let number = entity.number(attribute) ?? 65_535
            reader.check(number, 0...65_535, attribute, of: nil)
            return min(max(0, number), 65_535)
        }
        vhost.maxConnections = limit("maxConnections")
        vhost.maxConnectionsPerUser = limit("maxConnectionsPerUser")
        vhost.maxConnectionsPerHost = limit("maxConnectionsPerHost")
        if let size = entity.number("maxMessageSize") {
            reader.check(size, 0...Int.max, "maxMessageSize", of: nil)
            vhost.maxMessageSize = max(0, size)
        }
        vhost.allowsUnknownUsers = entity.flag("allowUnknownUser")
        if case .map(let groups) = entity.given["groups"] {
            for member in groups {
                vhost.groups[member.key] = reader.group(member.key, member.value)
            }
        }
        reader.checkUsers(of: vhost.groups)
        if vhost.allowsUnknownUsers, vhost.groups[VhostSettings.defaultGroup] == nil {
            reader.wrong(
                "Policy vhost '\(vhost.hostname)' allows connections by default but default settings "
                    + "are not defined", line: entity.line(of: "allowUnknownUser"),
                remedy: "add a group named \(VhostSettings.defaultGroup)")
        }
        return (vhost, reader.problems)
    }

    private static func aliases(of entity: EntityDeclaration) -> [String] {
        (entity.text("aliases") ?? "").split { ", ".contains($0) }.map(String.init)
    }

    // MARK: Names

    /// A name leads to one vhost (RS-509).
    private static func aliasProblems(_ sections: [EntityDeclaration]) -> [Problem] {
        var problems: [Problem] = []
        var owners: [String: String] = [:]
        let hosts = Set(sections.compactMap { $0.text("hostname") })
        for section in sections {
            let host = section.text("hostname") ?? ""
            for alias in aliases(of: section) {
                let reason: String? =
                    if hosts.contains(alias) {
                        "Policy for vhost '\(host)' defines alias '\(alias)' which conflicts with an "
                            + "existing vhost named '\(alias)'"
                    } else if let owner = owners[alias] {
                        "Policy for vhost '\(host)' alias '\(alias)' conflicts with existing alias for "
                            + "vhost '\(owner)'"
                    } else {
                        nil
                    }
                owners[alias] = host
                guard let reason else { continue }
                problems.append(
                    Problem(
                        from: .policy, line: section.line(of: "aliases"), reason,
                        remedy: "a name may lead to one vhost only"
                    ).found(in: section.file))
            }
        }
        return problems
    }
}
