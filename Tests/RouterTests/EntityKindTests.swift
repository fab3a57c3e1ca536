import Configuration
import Schema
import Testing

@testable import Router

@Suite struct `The table of entities` {
    /// Sections that a file may have without any effect.
    private static let idle = [Schema.console.name]

    @Test(arguments: ConfigurableTypes.all.map(\.name))
    func `loads every section of a file`(name: String) throws {
        guard !Self.idle.contains(name) else {
            return #expect(EntityKind.named(name)?.load == nil)
        }
        let kind = try #require(EntityKind.named(name))
        #expect(kind.load != nil || kind.replace != nil)
        #expect((kind.load == nil) == (kind.unload == nil))
    }

    @Test(arguments: Schema.all.types.map(\.name))
    func `can do what its type says`(name: String) throws {
        let type = try #require(Schema.all.type(name))
        let kind = EntityKind.named(name)
        var operations = type.operations
        // Not published, and done all the same (MG-194).
        if name == Schema.connection.name { operations.append("UPDATE") }
        for (operation, isDone) in [
            ("CREATE", kind?.create != nil), ("UPDATE", kind?.update != nil),
            ("DELETE", kind?.delete != nil),
        ] {
            #expect(operations.contains(operation) == isDone, "\(operation)")
        }
    }

    @Test func `has one row for each type`() {
        let names = EntityKind.all.map(\.type.name)
        #expect(Set(names).count == names.count)
    }
}
