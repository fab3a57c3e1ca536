internal import Schema

/// A section of a file before the schema is asked what it means.
struct Section: Hashable {
    struct Attribute: Hashable {
        /// As it is written.
        let key: String
        let line: Int
        let value: SchemaValue
        /// Where members of the value stand, by the keys that lead to them.
        var innerLines: [[String]: Int] = [:]
    }

    /// As it is written.
    let name: String
    let line: Int
    var attributes: [Attribute] = []
}

/// What a text says, and what in it could not be read.
struct ReadSections {
    var sections: [Section] = []
    var problems: [Problem] = []
}
