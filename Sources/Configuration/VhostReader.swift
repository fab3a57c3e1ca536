internal import Addressing
internal import Schema

/// Makes settings of `vhost` sections (RS-306, RS-506 to RS-510).
package enum VhostReader {
    /// The vhosts of a configuration; what is wrong with one is an error.
    static func vhosts(
        of entities: [EntityDeclaration], _ problems: inout [Problem]
    ) -> [VhostSettings] {
        let sections = entities.filter { $0.type.name == Schema.vhost.name }
        let hasPatterns = entities.contains {
            $0.type.name == Schema.policy.name && $0.flag("enableVhostNamePatterns")
        }
        problems += Self.problems(ofNames: sections, arePatterns: hasPatterns)
        // What is wrong with one by itself has been told.
        return sections.map { settings(of: $0).vhost }
    }

    /// The settings of one that is right by itself.
    package static func vhost(_ entity: EntityDeclaration) -> VhostSettings {
        settings(of: entity).vhost
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
        vhost.place = entity.place
        for attribute in entity.lines.keys { vhost.places[attribute] = entity.place(of: attribute) }
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
                var group = reader.group(member.key, member.value)
                group.place = entity.place(of: "groups", member.key)
                if case .map(let options) = member.value {
                    for option in options {
                        group.places[option.key] = entity.place(
                            of: "groups", member.key, option.key)
                    }
                }
                vhost.groups[member.key] = group
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

    package static func aliases(of entity: EntityDeclaration) -> [String] {
        (entity.text("aliases") ?? "").split { ", ".contains($0) }.map(String.init)
    }

    // MARK: Names

    /// What is wrong with the names of vhosts beside each other: a name leads to one vhost (RS-509,
    /// RS-510).
    package static func problems(
        ofNames sections: [EntityDeclaration], arePatterns: Bool
    ) -> [Problem] {
        var problems: [Problem] = []
        var owners: [String: String] = [:]
        var patterns = PatternTree<Bool>()
        let hosts = Set(sections.compactMap { $0.text("hostname") })
        if arePatterns {
            for section in sections {
                let host = section.text("hostname") ?? ""
                guard !patterns.insert(host, true) else { continue }
                problems.append(clash(section, host, host))
            }
        }
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
                if let reason {
                    problems.append(problem(section, "aliases", reason))
                } else if arePatterns, !patterns.insert(alias, true) {
                    problems.append(clash(section, host, alias))
                }
            }
        }
        return problems
    }

    private static func clash(_ section: EntityDeclaration, _ host: String, _ name: String)
        -> Problem
    {
        let attribute = name == host ? "hostname" : "aliases"
        return problem(
            section, attribute,
            "Policy for vhost '\(host)' alias '\(name)' optimized pattern conflicts with existing "
                + "pattern")
    }

    private static func problem(
        _ section: EntityDeclaration, _ attribute: String, _ reason: String
    ) -> Problem {
        Problem(
            from: .policy, line: section.line(of: attribute), reason,
            remedy: "a name may lead to one vhost only"
        ).found(in: section.file)
    }
}
