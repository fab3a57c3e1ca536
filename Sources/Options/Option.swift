/// One option of a command: drives parsing, help, completion and manual page alike.
package struct Option: Sendable {
    /// One letter for `-x`, if it has one.
    package let letter: Character?
    /// For `--name`.
    package let name: String
    /// What its argument is called in help; nil for an option without argument.
    package let argument: String?
    /// The argument may be left out; if given, then in the same word: `--watch=5`.
    package let isArgumentOptional: Bool
    package let help: String

    package init(
        _ letter: Character?, _ name: String, argument: String? = nil,
        isArgumentOptional: Bool = false, help: String
    ) {
        self.letter = letter
        self.name = name
        self.argument = argument
        self.isArgumentOptional = isArgumentOptional
        self.help = help
    }
}
