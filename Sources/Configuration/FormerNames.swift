internal import Schema

/// Names that releases before 1.0 had, and what they are called today.
///
/// A file that uses them means the same as with today's names, and is told so, in the words in which
/// qdrouterd speaks of the names that it deprecated later (MG-31).
struct FormerNames {
    private(set) var problems: [Problem] = []

    /// Attributes by the section that they were in, as it is called today.
    private static let attributes = [
        "router": ["routerId": "id", "containerName": "id"],
        "listener": ["addr": "host", "requirePeerAuth": "authenticatePeer"],
        "connector": ["addr": "host"],
        "linkRoute": ["connector": "connection"],
    ]

    /// The sections as they would be written today, each attribute where it was.
    mutating func modernized(_ sections: [Section]) -> [Section] {
        var modern: [Section] = []
        var containers: [Section] = []
        for section in sections {
            let name = CamelCase.name(section.name)
            switch name {
            case "container":
                deprecated(section.line, "Entity 'container'", "router")
                containers.append(renamed(section, as: "router"))
            case "fixedAddress": fixedAddress(section, &modern, &containers)
            default: modern += renamed(section, name)
            }
        }
        for container in containers { join(container, to: &modern) }
        return modern
    }

    private mutating func renamed(_ section: Section, _ name: String) -> [Section] {
        guard name == "linkRoutePattern" else { return [renamed(section, as: name)] }
        deprecated(section.line, "Entity '\(name)'", "linkRoute")
        // It stood for both directions if it named none.
        let route = renamed(section, as: "linkRoute")
        guard !route.has("dir"), !route.has("direction") else { return [route] }
        return ["in", "out"].map { direction in
            var half = route
            half.attributes.append(
                Section.Attribute(
                    key: "direction", line: section.line, value: .string(direction)))
            return half
        }
    }

    private mutating func renamed(_ section: Section, as name: String) -> Section {
        var result = Section(name: name, line: section.line)
        for attribute in section.attributes {
            let key = CamelCase.name(attribute.key)
            let today = Self.attributes[name]?[key]
            if let today {
                let entity = CamelCase.name(section.name)
                deprecated(attribute.line, "Attribute '\(key)' of entity '\(entity)'", today)
            }
            var value = attribute.value
            if key == "role", value == .string("on-demand") {
                value = .string("route-container")
                deprecated(attribute.line, "Role 'on-demand'", "route-container")
            }
            result.attributes.append(
                Section.Attribute(
                    key: today ?? attribute.key, line: attribute.line, value: value,
                    innerLines: attribute.innerLines))
        }
        return result
    }

    /// What stands for a part of `router` today becomes one.
    private mutating func join(_ part: Section, to sections: inout [Section]) {
        guard let place = sections.firstIndex(where: { $0.name == "router" }) else {
            return sections.append(part)
        }
        for attribute in part.attributes {
            let name = CamelCase.name(attribute.key)
            guard let other = sections[place][name] else {
                sections[place].attributes.append(attribute)
                continue
            }
            guard other.value != attribute.value else { continue }
            warn(
                attribute.line, "Line \(other.line) gives '\(name)' of 'router' too, and counts",
                "take this line out")
        }
    }

    // MARK: Fixed addresses

    /// How the messages of a prefix were treated, in two words and for one phase. The empty prefix
    /// was for all other addresses.
    private mutating func fixedAddress(
        _ section: Section, _ sections: inout [Section], _ routers: inout [Section]
    ) {
        deprecated(section.line, "Entity 'fixedAddress'", "address")
        let prefix = section["prefix"]?.value.text ?? ""
        guard !sections.contains(where: { $0.isAddress(of: prefix) }) else {
            return warn(
                section.line, "Prefix '\(prefix)' has a section already, for all phases",
                "take this one out")
        }
        var kept = section.attributes.filter {
            !["fanout", "bias", "phase"].contains(CamelCase.name($0.key))
        }
        let line = (section["fanout"] ?? section["bias"])?.line ?? section.line
        let isForAll = !prefix.isEmpty && prefix.allSatisfy { "./".contains($0) }
        let name = isForAll ? "defaultDistribution" : "distribution"
        let distribution = Section.Attribute(
            key: name, line: line, value: .string(Self.distribution(of: section)))
        if isForAll {
            routers.append(
                Section(name: "router", line: section.line, attributes: [distribution]))
        } else {
            kept.append(distribution)
            sections.append(Section(name: "address", line: section.line, attributes: kept))
        }
    }

    /// What makes no sense is left for the schema to say.
    private static func distribution(of section: Section) -> String {
        switch (section["fanout"]?.value.text, section["bias"]?.value.text) {
        case ("multiple", _): "multicast"
        case (nil, nil), ("single", "spread"), (nil, "spread"): "balanced"
        case ("single", nil), ("single", "closest"), (nil, "closest"): "closest"
        case (let fanout, let bias): bias ?? fanout ?? ""
        }
    }

    private mutating func deprecated(_ line: Int, _ what: String, _ today: String) {
        problems.append(
            Problem(.warning, line: line, "\(what) has been deprecated. Use '\(today)' instead"))
    }

    private mutating func warn(_ line: Int, _ reason: String, _ remedy: String) {
        problems.append(Problem(.warning, line: line, reason, remedy: remedy))
    }
}

extension Section {
    fileprivate func isAddress(of prefix: String) -> Bool {
        name == "address" && self["prefix"]?.value.text == prefix
    }

    fileprivate func has(_ name: String) -> Bool { self[name] != nil }

    fileprivate subscript(name: String) -> Attribute? {
        attributes.first { CamelCase.name($0.key) == name }
    }
}
