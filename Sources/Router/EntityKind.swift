internal import AMQP
internal import Configuration
internal import Management
internal import Schema

/// What the router does about one type of entity. Management, the configuration file and a file that is
/// read again all go by it; what is nil cannot be done.
struct EntityKind: Sendable {
    typealias Rows = AnyRandomAccessCollection<Entity>

    let type: EntityType
    /// Its entities as management shows them, in the order of their making.
    let rows: any KeyPath<RouterSnapshot, Rows> & Sendable

    // Asked for by a client.

    /// Nothing that `Control.judge` looks at stands against what is wanted.
    typealias Create = @Sendable (Control) -> (WantedEntity) throws(ManagementError) -> Entity
    typealias Update =
        @Sendable (Control) -> (Entity, ValueMap, Requester) throws(ManagementError) -> Entity
    typealias Delete = @Sendable (Control) -> (Entity) throws(ManagementError) -> Void
    var create: Create?
    var update: Update?
    var delete: Delete?

    // Said by the configuration file.

    typealias Load = @Sendable (Control) -> (EntityDeclaration) throws(ManagementError) -> Void
    var load: Load?
    /// The file says it no longer.
    var unload: Load?
    /// The file says it otherwise; if nil, it is unloaded and loaded anew.
    var replace: Load?
}

/// What a client asks for.
struct WantedEntity {
    let name: String?
    let attributes: ValueMap
    /// As a file would have it, with its passwords in clear.
    let declared: EntityDeclaration
    let requester: Requester
}
