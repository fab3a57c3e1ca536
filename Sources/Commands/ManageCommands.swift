internal import AMQP
internal import Options

/// The commands that see and change entities one by one (MG-247 to MG-254).
enum ManageCommands {
    static let all: [Command] = [
        manage(
            "query", operands: "[ATTRIBUTE...]", summary: "Print attributes of entities",
            run: query),
        manage(
            "create", operands: "[ATTRIBUTE=VALUE...]", summary: "Create an entity", run: create),
        manage("read", summary: "Print the attributes of one entity", run: read),
        manage(
            "update", operands: "[ATTRIBUTE=VALUE...]", summary: "Change an entity", run: update),
        manage("delete", summary: "Delete an entity", run: delete),
        listing("get-types", "List entity types, each with the types it extends"),
        listing("get-attributes", "List entity types, each with its attributes"),
        listing("get-operations", "List entity types, each with its operations"),
        listing("get-annotations", "List entity types, each with its annotations"),
        manage(
            "get-mgmt-nodes", summary: "List the management nodes of all routers known",
            run: getManagementNodes),
        manage("get-schema", summary: "Print the management schema", run: call),
        manage(
            "get-json-schema", operands: "[indent=BLANKS]",
            summary: "Print the management schema as the router writes it", run: call),
        manage(
            "get-log", operands: "[limit=COUNT]", summary: "Print the newest log entries as JSON",
            run: call),
    ]

    /// The program's other name, with the operation as first operand.
    static let qdmanage = Command(
        "qdmanage", operands: "OPERATION [ARGUMENT...]", summary: "Manage a router",
        details: [
            "Standard operations: \(standardOperations). "
                + "Any other word is sent to the router as it is, with ATTRIBUTE=VALUE arguments "
                + "as application properties. GET-OPERATIONS lists what the router knows."
        ],
        groups: [.manage, .connection], run: runOperation)

    private static var standardOperations: String {
        all.map { $0.name.uppercased() }.joined(separator: ", ")
    }

    private static func manage(
        _ name: String, operands: String = "", summary: String,
        run: @escaping @Sendable (Invocation) throws -> ExitCode
    ) -> Command {
        Command(
            name, operands: operands, summary: summary, groups: [.manage, .connection], run: run)
    }

    private static func listing(_ name: String, _ summary: String) -> Command {
        manage(name, operands: "[TYPE]", summary: summary, run: list)
    }

    /// Runs the command that the first operand names, whatever its letters' case.
    private static func runOperation(_ invocation: Invocation) throws -> ExitCode {
        guard let operation = invocation.operands.first else {
            throw UsageError("No operation specified")
        }
        let command = all.first { $0.name == operation.lowercased() }
        return try (command?.run ?? call)(invocation.entering(operation))
    }

    // MARK: Standard operations

    @Sendable private static func query(_ invocation: Invocation) throws -> ExitCode {
        let arguments = invocation.arguments
        let node = try ManagementNode(arguments)
        defer { node.close() }
        let entities = try node.query(arguments.entityType, attributes: arguments.operands)
        try invocation.print(.list(entities.map { .map($0.cleaned) }))
        return .done
    }

    @Sendable private static func create(_ invocation: Invocation) throws -> ExitCode {
        let arguments = invocation.arguments
        return try changeEach(invocation) { node, attributes in
            var attributes = attributes
            if let type = attributes["type"]?.text {
                attributes["type"] = .string(EntityType.long(type))
            }
            var properties = ValueMap()
            properties["type"] = arguments.entityType.map(Value.string) ?? attributes["type"]
            properties["name"] = arguments[.entityName].map(Value.string) ?? attributes["name"]
            return try node.call("CREATE", properties, body: .map(attributes), expecting: 201)
        }
    }

    @Sendable private static func update(_ invocation: Invocation) throws -> ExitCode {
        let arguments = invocation.arguments
        return try changeEach(invocation) { node, attributes in
            var attributes = attributes
            if let type = attributes["type"]?.text {
                attributes["type"] = .string(EntityType.long(type))
            }
            var properties = arguments.selection
            for name in ["type", "name", "identity"] where properties[name] == nil {
                properties[name] = attributes[name]
            }
            if properties["identity"] != nil { properties["name"] = nil }
            return try node.call("UPDATE", properties, body: .map(attributes.withBooleans))
        }
    }

    @Sendable private static func read(_ invocation: Invocation) throws -> ExitCode {
        try invocation.arguments.check(operands: 0)
        let node = try ManagementNode(invocation.arguments)
        defer { node.close() }
        try invocation.print(node.call("READ", invocation.arguments.selection))
        return .done
    }

    @Sendable private static func delete(_ invocation: Invocation) throws -> ExitCode {
        try invocation.arguments.check(operands: 0)
        let node = try ManagementNode(invocation.arguments)
        defer { node.close() }
        _ = try node.call("DELETE", invocation.arguments.selection, expecting: 204)
        return .done
    }

    @Sendable private static func list(_ invocation: Invocation) throws -> ExitCode {
        let arguments = invocation.arguments
        if arguments.entityType == nil { try arguments.check(operands: 1) }
        let node = try ManagementNode(arguments)
        defer { node.close() }
        let type = arguments.entityType ?? arguments.operands.first
        let operation = invocation.operation.uppercased()
        try invocation.print(node.callSelf(operation, entityType: type))
        return .done
    }

    @Sendable private static func getManagementNodes(_ invocation: Invocation) throws -> ExitCode {
        try invocation.arguments.check(operands: 0)
        let node = try ManagementNode(invocation.arguments)
        defer { node.close() }
        try invocation.print(.list(node.managementNodes().map { .string($0) }))
        return .done
    }

    /// Handles the attributes on the command line, or each map from standard input, and prints
    /// what the router answers (MG-251).
    private static func changeEach(
        _ invocation: Invocation,
        _ change: (ManagementNode, ValueMap) throws -> Value
    ) throws -> ExitCode {
        let arguments = invocation.arguments
        let given: Value =
            arguments.has(.stdin)
            ? try JSONText.decode(Files.readText("-"))
            : .map(try arguments.assignments(arguments.operands))
        let node = try ManagementNode(arguments)
        defer { node.close() }
        switch given {
        case .map(let attributes): try invocation.print(change(node, attributes))
        case .list(let values):
            let maps = try values.map { value in
                guard let map = value.map else {
                    throw Failure("ValueError", "the list on standard input is not one of maps")
                }
                return map
            }
            try invocation.print(.list(maps.map { try change(node, $0) }))
        default: throw Failure("ValueError", "stdin is not a JSON map or list")
        }
        return .done
    }

    // MARK: Other operations

    /// Sends the operation as it is, with its operands as application properties (MG-253).
    @Sendable static func call(_ invocation: Invocation) throws -> ExitCode {
        let arguments = invocation.arguments
        var properties = try arguments.assignments(arguments.operands)
        if let text = arguments[.properties] {
            guard let more = try jsonArgument(text).map else {
                throw Failure("ValueError", "--properties must be a JSON map, not '\(text)'")
            }
            for pair in more { properties[pair.key.text ?? ""] = pair.value }
        }
        for pair in arguments.selection { properties[pair.key.text ?? ""] = pair.value }
        properties.pairs.removeAll { $0.value.isNull }
        let body = try arguments[.body].map(jsonArgument) ?? .map(ValueMap())
        let node = try ManagementNode(arguments)
        defer { node.close() }
        try printResult(node.call(invocation.operation, properties, body: body), invocation)
        return .done
    }

    /// JSON, or plain text if it does not look like JSON.
    private static func jsonArgument(_ text: String) throws(Failure) -> Value {
        do throws(Failure) {
            return try JSONText.decode(text)
        } catch {
            if !text.contains(where: { "\"{}[]".contains($0) }) { return .string(text) }
            throw Failure("ValueError", "Invalid JSON '\(text)': \(error.text)")
        }
    }

    /// Text is printed bare, and what is empty not at all.
    private static func printResult(_ value: Value, _ invocation: Invocation) throws {
        switch value {
        case .null, .bool(false), .string(""), .list([]), .map([:]): return
        case .string(let text), .symbol(let text): Terminal.write(text + "\n")
        default: if value.integer != 0 { try invocation.print(value) }
        }
    }
}

extension Arguments {
    /// The application properties that choose an entity; the identity wins over the name.
    fileprivate var selection: ValueMap {
        var selection = ValueMap()
        selection["type"] = entityType.map(Value.string)
        selection["name"] = self[.identity] == nil ? self[.entityName].map(Value.string) : nil
        selection["identity"] = self[.identity].map(Value.string)
        return selection
    }
}

extension ValueMap {
    /// The words that mean a boolean as booleans (MG-250).
    fileprivate var withBooleans: ValueMap {
        var map = self
        for place in map.pairs.indices {
            switch map.pairs[place].value.text {
            case "yes", "true", "on": map.pairs[place].value = .bool(true)
            case "no", "false", "off": map.pairs[place].value = .bool(false)
            default: break
            }
        }
        return map
    }
}

extension Invocation {
    fileprivate func print(_ value: Value) throws {
        Terminal.write(try JSONText.encode(value, indent: arguments.jsonIndent()) + "\n")
    }
}
