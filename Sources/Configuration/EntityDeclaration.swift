package import Schema

/// An entity that a file, or a client, asks for: its attributes under their names of today, in the
/// schema's types.
package struct EntityDeclaration: Sendable {
    package let type: EntityType
    /// Where its section begins; 0 if it comes from no file.
    package let line: Int
    /// The file that it is in, if not in the configuration file itself.
    package internal(set) var file: String?
    /// What is given, without defaults.
    package var given: [String: SchemaValue]
    /// Where each is given.
    package var lines: [String: Int] = [:]
    /// Where members of attributes are given, by the attribute and the keys that lead there.
    var innerLines: [[String]: Int] = [:]
    /// Passwords in clear, by attribute; `given` has what the file says (MG-92).
    package var secrets: [String: String] = [:]
    /// The identity that it gets (MG-60), and the name if the file gives none (MG-63).
    package internal(set) var standardName = ""

    package init(type: EntityType, line: Int, given: [String: SchemaValue] = [:]) {
        self.type = type
        self.line = line
        self.given = given
        standardName = Names.standard(self, 0)
    }

    /// The given value, or the default.
    package subscript(attribute: String) -> SchemaValue? {
        given[attribute] ?? type.attribute(attribute)?.standardValue
    }

    /// A text that is not empty.
    package func text(_ attribute: String) -> String? {
        guard case .string(let text) = self[attribute], !text.isEmpty else { return nil }
        return text
    }

    package func number(_ attribute: String) -> Int? {
        guard case .integer(let number) = self[attribute] else { return nil }
        return number
    }

    package func flag(_ attribute: String) -> Bool { self[attribute] == .boolean(true) }

    /// What an enum is set to.
    func choice<Choice: RawRepresentable<String>>(_ attribute: String) -> Choice? {
        text(attribute).flatMap(Choice.init(rawValue:))
    }

    package var name: String? { text("name") }

    /// Its standard name is a number among those of its type.
    package var isCounted: Bool { Names.ownIdentifier(self) == nil }

    /// The given name, or the standard one.
    package var fullName: String { name ?? standardName }

    /// Where an attribute is given, or the section begins.
    package func line(of attribute: String) -> Int { lines[attribute] ?? line }

    /// Where a member of an attribute is given, or what is around it.
    func place(of attribute: String, _ path: String...) -> Place {
        var path = [attribute] + path
        while path.count > 1 {
            if let line = innerLines[path] { return Place(file: file, line: line) }
            path.removeLast()
        }
        return Place(file: file, line: line(of: attribute))
    }

    /// Where its section begins.
    var place: Place { Place(file: file, line: line) }
}

/// A line of a file. Entities that come from no file stand at line 0.
package struct Place: Hashable, Sendable {
    /// Nil for the configuration file itself.
    package let file: String?
    package let line: Int

    package init(file: String?, line: Int) {
        self.file = file
        self.line = line
    }

    /// As compilers write it: `PATH:LINE`. `main` is the path of the configuration file.
    package func text(main: String) -> String {
        line == 0 ? "made by management" : "\(file ?? main):\(line)"
    }
}
