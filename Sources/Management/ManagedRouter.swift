package import AMQP
package import Schema

/// What the management agent can read of a router: the router itself, or a picture of it that
/// another thread looks at.
package protocol ReportedRouter {
    var id: String { get }
    /// Ids of the mesh's other routers; nil where there can be none (MG-123).
    var otherRouters: [String]? { get }

    /// The entities of exactly this type, in order of creation; empty for types without any.
    func entities(of type: String) -> AnyRandomAccessCollection<Entity>

    /// How the router is; nil where the request was not known to ask for it.
    var health: RouterHealth? { get }

    /// The newest log entries, oldest first; all that are held if `limit` is not positive.
    func logEntries(limit: Int) -> [LoggedLine]

    /// An operation has failed (MG-88).
    func failed(_ operation: String, _ description: String)
}

/// What the management agent is an agent of.
package protocol ManagedRouter: ReportedRouter {
    /// Says what stands against making an entity of a type that the core does not keep. `attributes`
    /// are those that are valid by the schema.
    func judge(_ type: EntityType, name: String?, attributes: ValueMap, _ faults: inout Faults)

    /// Makes an entity. `attributes` are valid by the schema, defaults not filled in, and nothing
    /// stands against them.
    func create(
        _ type: EntityType, name: String?, attributes: ValueMap, requester: Requester
    ) throws(ManagementError) -> Entity

    /// Changes attributes of an entity that is there; returns it as it is then.
    func update(
        _ entity: Entity, attributes: ValueMap, requester: Requester
    ) throws(ManagementError) -> Entity

    /// Takes away an entity that is there.
    func delete(_ entity: Entity, requester: Requester) throws(ManagementError)

    /// Takes leave of its clients, or says how far that is. One that `ends` does so within so many
    /// seconds, or the time that it is configured to take.
    func takeLeave(
        within seconds: Int?, ends: Bool, requester: Requester
    ) throws(ManagementError) -> LeaveFacts
}

/// Who asks: the number of the connection that a request came over; nil for another router's.
package struct Requester: Hashable, Sendable {
    package let connection: UInt64?
    package init(connection: UInt64?) { self.connection = connection }
}

/// A line of the log (MG-126).
package struct LoggedLine: Hashable, Sendable {
    package let module: String
    package let level: String
    package let text: String
    package let file: String?
    package let line: Int?
    /// Since 1970.
    package let seconds: Int

    package init(
        module: String, level: String, text: String, file: String?, line: Int?, seconds: Int
    ) {
        self.module = module
        self.level = level
        self.text = text
        self.file = file
        self.line = line
        self.seconds = seconds
    }
}
