/// The roots of the type tree, and the management node.
extension Schema {
    package static let entity = EntityType(
        "entity",
        summary: "Root of the type tree; supplies the three attributes every entity has.",
        attributes: [
            .init(
                "name", [.unique, .create],
                "Label chosen by the user; unique; equal to the identity when none is given."),
            .init(
                "identity", .unique,
                "Key made by the router; unique and fixed for the life of the entity."),
            .init("type", [.required, .create], "Fully-qualified entity type."),
        ])

    package static let managementNode = EntityType(
        "org.amqp.management", extends: operationalEntity,
        operations: [
            "QUERY", "GET-TYPES", "GET-ANNOTATIONS", "GET-OPERATIONS", "GET-ATTRIBUTES",
            "GET-MGMT-NODES",
        ],
        summary: "The management node itself, with the operations of the AMQP management draft.")

    package static let management = EntityType(
        "management", extends: managementNode, isSingleton: true,
        operations: [
            "GET-SCHEMA", "GET-JSON-SCHEMA", "GET-LOG", "GET-HEALTH", "DRAIN", "SHUTDOWN",
            "PROFILE",
        ],
        summary: """
            The router's own management node: the standard one plus schema, log, \
            health, ending and profiling operations. Its sole instance is named "self".
            """)

    package static let configurationEntity = EntityType(
        "configurationEntity", extends: entity, operations: ["READ"],
        summary: "Abstract base of every type that can come from a configuration file.")

    package static let operationalEntity = EntityType(
        "operationalEntity", extends: entity, operations: ["READ"],
        summary: "Abstract base of every type that only reports run-time state.")

    package static let dummy = EntityType(
        "dummy", extends: entity, operations: ["CREATE", "READ", "UPDATE", "DELETE", "CALLME"],
        summary: "Entity with no effect, kept for tests of the management protocol.",
        attributes: [
            .init("arg1", [.create, .update], "Test string."),
            .init("arg2", [.create, .update], "Test string."),
            .init("num1", kind: .integer, [.create, .update], "Test integer."),
            .init("num2", kind: .integer, [.create, .update], "Test integer."),
        ])
}
