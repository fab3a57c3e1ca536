internal import AMQP
internal import Basis
internal import Options
internal import Schema

extension Option {
    static let router = Option(
        "r", "router", argument: "ROUTER-ID", help: "Ask this router of the network")
    static let edgeRouter = Option(
        "d", "edge-router", argument: "ROUTER-ID", help: "Ask this edge router")
    static let verbose = Option("v", "verbose", help: "Show more detail")
    static let type = Option(nil, "type", argument: "TYPE", help: "Type of the entity or entities")
    static let entityName = Option(nil, "name", argument: "NAME", help: "Name of the entity")
    static let identity = Option(nil, "identity", argument: "ID", help: "Identity of the entity")
    static let indent = Option(
        nil, "indent", argument: "BLANKS",
        help: "Indent JSON by so much; -1 puts it all in one line; 2 if not given")
    static let stdin = Option(
        nil, "stdin",
        help: "Read the attributes from standard input: a JSON map, or a list of maps")
    static let body = Option(
        nil, "body", argument: "JSON", help: "Body of an operation that has no command of its own")
    static let properties = Option(
        nil, "properties", argument: "JSON",
        help: "Map of further application properties for such an operation")
}

extension OptionGroup {
    static let manage = OptionGroup(
        "Options",
        [
            .router, .edgeRouter, .type, .entityName, .identity, .indent, .stdin, .body,
            .properties, .verbose,
        ])
}

/// The long names of entity types.
enum EntityType {
    static let prefix = "org.apache.qpid.dispatch."

    /// The long name for a short one; a name with a dot stays as it is (MG-248).
    static func long(_ name: String) -> String {
        if name.contains(".") { return name }
        switch name {
        case "link", "node": return prefix + "router." + name
        case "address", "linkRoute", "autoLink": return prefix + "router.config." + name
        default: return prefix + name
        }
    }
}

extension Arguments {
    var entityType: String? { self[.type].map(EntityType.long) }

    /// Spaces for each level of JSON; nil for one line.
    func jsonIndent() throws(UsageError) -> Int? {
        let indent = try integer(.indent) ?? 2
        return indent == -1 ? nil : indent
    }

    /// `ATTRIBUTE=VALUE` words as a map. `true` and `false` are booleans, a word without `=` is
    /// null, and numbers are numbers where the type's attribute is one (MG-250).
    func assignments(_ words: some Sequence<String>) throws(Failure) -> ValueMap {
        var map = ValueMap()
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            map[name] = try parts.count == 1 ? .null : value(String(parts[1]), of: name)
        }
        return map
    }

    private func value(_ text: String, of name: String) throws(Failure) -> Value {
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        guard let entityType, try EntityAttributes.isInteger(name, of: entityType) else {
            return .string(text)
        }
        guard let number = Int64(text.trimmed) else {
            throw Failure("ValueError", "\(name) must be an integer, not '\(text)'")
        }
        return .long(number)
    }
}

/// What the schema says of attributes.
enum EntityAttributes {
    /// Whether the attribute is an integer. Throws for one that the type does not have.
    static func isInteger(_ attribute: String, of type: String) throws(Failure) -> Bool {
        guard let entityType = Schema.all.type(type) else {
            throw Failure(
                "ValidationError", "No such entity type '\(type)'",
                remedy: guess(type, among: Schema.all.types.map(\.longName)))
        }
        guard let known = entityType.attribute(attribute) else {
            throw Failure(
                "ValidationError", "Unknown attribute '\(attribute)' for '\(type)'",
                remedy: guess(attribute, among: entityType.attributes.map(\.name)))
        }
        return known.kind == .integer
    }

    private static func guess(_ word: String, among words: [String]) -> String? {
        Misspelling.nearest(to: word, among: words).map { "did you mean '\($0)'?" }
    }
}
