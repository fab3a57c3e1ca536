internal import Basis
internal import Schema

/// Asks the schema what sections mean (MG-21 to MG-33).
struct EntityReader {
    let schema: Schema
    private(set) var problems: [Problem] = []

    init(schema: Schema) { self.schema = schema }

    /// Types that a file may configure.
    static let configurable = Set(ConfigurableTypes.all.map(\.name))

    /// The entity that a section makes; nil if nothing can be made of it.
    mutating func entity(_ section: Section) -> EntityDeclaration? {
        guard let type = type(of: section) else { return nil }
        var entity = EntityDeclaration(type: type, line: section.line)
        var spellings: [String: String] = [:]
        for attribute in section.attributes { take(attribute, into: &entity, &spellings) }
        for attribute in type.attributes
        where attribute.traits.contains(.required) && attribute.name != "type"
            && attribute.standard == nil && entity.given[attribute.name] == nil
            && !section.attributes.contains(where: { named($0.key, attribute) })
        {
            wrong(
                section.line,
                "\(type.longName): Missing required attribute '\(attribute.name)'",
                "'\(type.sectionName)' needs \(attribute.name): \(Self.example(attribute))")
        }
        if type.isDeprecated {
            warn(
                section.line,
                "Console entity is deprecated: Use http:yes on listener entity instead")
        }
        return entity
    }

    private func named(_ key: String, _ attribute: EntityType.Attribute) -> Bool {
        let name = CamelCase.name(key)
        return name == attribute.name || name == attribute.alias
    }

    private static func example(_ attribute: EntityType.Attribute) -> String {
        attribute.tags.isEmpty ? "VALUE" : attribute.tags.joined(separator: " or ")
    }

    // MARK: Types

    private mutating func type(of section: Section) -> EntityType? {
        let name = CamelCase.name(section.name)
        let long = EntityType.longName(name)
        let found = schema.types.first { $0.sectionName == name }
        if let found, Self.configurable.contains(found.name) { return found }
        let names = schema.types.filter { Self.configurable.contains($0.name) }.map(\.sectionName)
        guard found == nil else {
            let entity = name.prefix(1).uppercased() + name.dropFirst() + "Entity"
            wrong(
                section.line, "Can't find implementation '\(entity)' for '\(long)'",
                "'\(name)' shows the state of a running router and cannot be configured")
            return nil
        }
        let remedy =
            Self.successors[name]
            ?? Misspelling.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
            ?? "sections are \(names.sorted().joined(separator: ", "))"
        wrong(section.line, "No such entity type '\(long)'", remedy)
        return nil
    }

    /// Sections that other releases had.
    private static let successors = [
        "httpListener": "use 'listener' with 'http: yes'",
        "httpConnector": "HTTP/1.1 and HTTP/2 are not bridged to AMQP: take the section out",
        "tcpListener": "TCP is not bridged to AMQP: take the section out",
        "tcpConnector": "TCP is not bridged to AMQP: take the section out",
        "waypoint": "use 'address' with 'waypoint: yes', and two 'autoLink' sections",
    ]

    // MARK: Attributes

    private mutating func take(
        _ given: Section.Attribute, into entity: inout EntityDeclaration,
        _ spellings: inout [String: String]
    ) {
        let name = CamelCase.name(given.key)
        guard given.value != .null,
            let attribute = attribute(name, given, entity.type)
        else { return }
        if let other = spellings[attribute.name], other != name {
            return wrong(
                given.line,
                "\(entity.type.longName): Both '\(attribute.alias ?? name)' and '\(attribute.name)' cannot be specified "
                    + "for entity '\(entity.type.sectionName)'", "keep '\(attribute.name)'")
        }
        spellings[attribute.name] = name
        if name != attribute.name {
            warn(
                given.line,
                "Attribute '\(name)' of entity '\(entity.type.sectionName)' has been deprecated."
                    + " Use '\(attribute.name)' instead")
        }
        do throws(Misfit) {
            entity.given[attribute.name] = try attribute.converted(given.value)
            entity.lines[attribute.name] = given.line
            for (path, line) in given.innerLines {
                entity.innerLines[[attribute.name] + path] = line
            }
        } catch {
            wrong(
                given.line, "\(entity.type.longName): \(error.reason)",
                error.remedy(for: attribute))
        }
    }

    /// The attribute that a name stands for; nil if the file may not set it.
    private mutating func attribute(
        _ name: String, _ given: Section.Attribute, _ type: EntityType
    ) -> EntityType.Attribute? {
        if name == "type" || name == "identity" {
            wrong(
                given.line, "'\(name)' attribute cannot be specified for '\(type.longName)'",
                "take the line out")
            return nil
        }
        let found = type.attributes.first { $0.name == name || $0.alias == name }
        guard let found else {
            refuse(name, given.line, type)
            return nil
        }
        if ConfigurableTypes.isReported(found, type) {
            warn(
                given.line, "'\(name)' of '\(type.sectionName)' is reported, not configured",
                "take the line out: it has no effect")
            return nil
        }
        return found
    }

    private mutating func refuse(_ name: String, _ line: Int, _ type: EntityType) {
        let names = type.attributes.filter { attribute in
            !["type", "identity"].contains(attribute.name)
                && !ConfigurableTypes.isReported(attribute, type)
        }.map(\.name)
        let near =
            names.first { $0.lowercased() == name.lowercased() }
            ?? Misspelling.nearest(to: name, among: names)
        wrong(
            line, "\(type.longName): Unknown attribute '\(name)' for '\(type.longName)'",
            near.map { "did you mean '\($0)'?" }
                ?? "it has \(names.sorted().joined(separator: ", "))")
    }

    private mutating func wrong(_ line: Int, _ reason: String, _ remedy: String? = nil) {
        problems.append(Problem(line: line, reason, remedy: remedy))
    }

    private mutating func warn(_ line: Int, _ reason: String, _ remedy: String? = nil) {
        problems.append(Problem(.warning, line: line, reason, remedy: remedy))
    }
}
