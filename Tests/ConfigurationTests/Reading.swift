import Configuration
import Schema

/// Reads texts as the router does, for tests.
enum Reading {
    /// The configuration that a text makes, or nil if it has errors.
    static func configuration(
        _ text: String, path: String = "r.conf", _ surroundings: Surroundings = Surroundings()
    ) -> RouterConfiguration? {
        try? RouterConfiguration(text: text, path: path, surroundings: surroundings)
    }

    /// Everything that is wrong with a text, warnings included, as it is printed.
    static func problems(
        _ text: String, path: String = "r.conf", _ surroundings: Surroundings = Surroundings()
    ) -> [String] {
        do throws(BadConfiguration) {
            let configuration = try RouterConfiguration(
                text: text, path: path, surroundings: surroundings)
            return configuration.warnings.map { $0.text(path: path) }
        } catch {
            return error.problems.map { $0.text(path: path) }
        }
    }

    /// The first listener of a text.
    static func listener(_ text: String, path: String = "r.conf") -> EntityDeclaration? {
        configuration(text, path: path)?.declarations(of: Schema.listener).first
    }

    /// One attribute of a listener with these lines.
    static func listenerAttribute(_ name: String, _ lines: String) -> SchemaValue? {
        listener("listener {\n\(lines)\n}")?.given[name]
    }
}
