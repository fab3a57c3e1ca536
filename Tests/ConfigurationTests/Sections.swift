import Addressing
import Schema

@testable import Configuration

/// Sections that make settings, whether or not the router serves them.
enum Sections {
    /// The entities of a text.
    static func entities(_ text: String) -> [EntityDeclaration] {
        var reader = EntityReader(schema: .all)
        var former = FormerNames()
        var entities = former.modernized(SectionReader.read(text).sections)
            .compactMap { reader.entity($0) }
        Names.assign(&entities)
        return entities
    }

    /// The settings of a text's one section, and what is said of it.
    static func settings<Settings>(
        _ text: String, _ make: (EntityDeclaration, inout [Problem]) -> Settings?
    ) -> (settings: Settings?, problems: [String]) {
        var problems: [Problem] = []
        let settings = entities(text).first.flatMap { make($0, &problems) }
        return (settings, problems.map { $0.text(path: "r.conf") })
    }
}
