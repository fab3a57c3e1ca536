/// What was given on a command line, sorted into options and operands by a command's table.
///
/// Options and operands may be mixed; `--` ends the options. A long option may be shortened as far
/// as it stays the only one, take its argument after `=` or as the next word, and letters without
/// arguments may share a dash.
package struct Arguments: Sendable {
    package internal(set) var operands: [String] = []
    private var given: [String: [String]] = [:]

    init(_ words: some Sequence<String>, of command: Command) throws(UsageError) {
        var words = ArraySlice(Array(words))
        while let word = words.popFirst() {
            if word == "--" {
                operands += words
                break
            } else if word.hasPrefix("--") {
                try takeLong(word, &words, command)
            } else if word.hasPrefix("-"), word != "-" {
                try takeLetters(word, &words, command)
            } else {
                operands.append(word)
            }
        }
        if !has(.help), !has(.version) { try checkExclusion(command) }
    }

    func has(_ option: Option) -> Bool { given[option.name] != nil }

    /// The last argument given.
    subscript(_ option: Option) -> String? { given[option.name]?.last }

    /// Every argument given, in order.
    func all(_ option: Option) -> [String] { given[option.name] ?? [] }

    func integer(_ option: Option) throws(UsageError) -> Int? {
        guard let text = self[option] else { return nil }
        guard let number = Int(text) else {
            throw UsageError("argument \(option.title): invalid int value: '\(text)'")
        }
        return number
    }

    /// A number that is not negative.
    func count(_ option: Option) throws(UsageError) -> Int? {
        guard let number = try integer(option) else { return nil }
        guard number >= 0 else {
            throw UsageError("argument \(option.title): must not be negative: '\(number)'")
        }
        return number
    }

    func number(_ option: Option) throws(UsageError) -> Double? {
        guard let text = self[option] else { return nil }
        guard let number = Double(text), number.isFinite, number >= 0 else {
            throw UsageError("argument \(option.title): invalid float value: '\(text)'")
        }
        return number
    }

    // MARK: Parsing

    private mutating func takeLong(
        _ word: String, _ words: inout ArraySlice<String>, _ command: Command
    ) throws(UsageError) {
        let parts = word.dropFirst(2).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = try command.option(named: name) else {
            return try takeUnknown(word, command, suggesting: command.nearest(to: name))
        }
        if option.argument == nil {
            guard parts.count == 1 else {
                throw UsageError("argument \(option.title): ignored explicit argument '\(parts[1])'")
            }
            take(option, "")
        } else if parts.count == 2 {
            take(option, String(parts[1]))
        } else {
            take(option, try Self.next(&words, for: option))
        }
    }

    private mutating func takeLetters(
        _ word: String, _ words: inout ArraySlice<String>, _ command: Command
    ) throws(UsageError) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = command.options.first(where: { $0.letter == letter }) else {
                return try takeUnknown(word, command, suggesting: nil)
            }
            if option.argument == nil {
                take(option, "")
                continue
            }
            if letters.first == "=" { letters.removeFirst() }
            take(option, letters.isEmpty ? try Self.next(&words, for: option) : String(letters))
            return
        }
    }

    private mutating func takeUnknown(
        _ word: String, _ command: Command, suggesting suggestion: String?
    ) throws(UsageError) {
        if command.passesUnknownOptions {
            operands.append(word)
        } else {
            throw UsageError(
                "unrecognized arguments: \(word)"
                    + (suggestion.map { " (did you mean --\($0)?)" } ?? ""))
        }
    }

    private mutating func take(_ option: Option, _ argument: String) {
        given[option.name, default: []].append(argument)
    }

    private static func next(
        _ words: inout ArraySlice<String>, for option: Option
    ) throws(UsageError) -> String {
        guard let word = words.first, !looksLikeOption(word) else {
            throw UsageError("argument \(option.title): expected one argument")
        }
        return words.removeFirst()
    }

    /// A negative number is an argument, as is a lone dash.
    private static func looksLikeOption(_ word: String) -> Bool {
        word.hasPrefix("-") && word != "-" && Double(word) == nil
    }

    private func checkExclusion(_ command: Command) throws(UsageError) {
        for group in command.groups where group.isExclusive {
            let chosen = group.options.filter(has)
            if chosen.count > 1 {
                throw UsageError(
                    "argument \(chosen[1].title): not allowed with argument \(chosen[0].title)")
            }
        }
    }
}

extension Command {
    /// The option with this name, or the only one whose name starts so.
    fileprivate func option(named name: String) throws(UsageError) -> Option? {
        let candidates = options.filter { $0.name.hasPrefix(name) }
        if let exact = candidates.first(where: { $0.name == name }) { return exact }
        if candidates.count > 1 {
            let names = candidates.map { "--\($0.name)" }.joined(separator: ", ")
            throw UsageError("ambiguous option: --\(name) could match \(names)")
        }
        return candidates.first
    }

    fileprivate func nearest(to name: String) -> String? {
        Misspelling.nearest(to: name, among: options.map(\.name))
    }
}
