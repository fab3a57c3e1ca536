internal import Basis
internal import Options

/// What was given on a command line, by a command's table.
package struct Arguments: Sendable {
    /// The words that are no options.
    var operands: [String]
    private var given: [String: [String]]

    /// `program` is the name that the C library puts before its complaints.
    init(_ words: [String], of command: Command, program: String) throws(UsageError) {
        do throws(ParsedOptions.Misuse) {
            let parsed = try ParsedOptions([program] + words, command.options)
            operands = parsed.words
            given = Dictionary(grouping: parsed.given, by: \.name).mapValues { $0.map(\.argument) }
        } catch {
            throw UsageError(nil)
        }
        if !has(.showHelp), !has(.showVersion) { try checkExclusion(command) }
    }

    func has(_ option: Option) -> Bool { given[option.name] != nil }

    /// The last argument given.
    subscript(_ option: Option) -> String? { given[option.name]?.last }

    /// Every argument given, in order.
    func all(_ option: Option) -> [String] { given[option.name] ?? [] }

    /// As if it had been given so.
    mutating func set(_ option: Option, _ argument: String) { given[option.name] = [argument] }

    func integer(_ option: Option) throws(UsageError) -> Int? {
        guard let text = self[option] else { return nil }
        guard let number = Int(text) else {
            throw UsageError("argument \(option.title): invalid int value: '\(text)'")
        }
        return number
    }

    /// An integer that is not negative.
    func count(_ option: Option, atMost limit: Int = .max) throws(UsageError) -> Int? {
        guard let number = try integer(option) else { return nil }
        guard number >= 0 else {
            throw UsageError("argument \(option.title): must not be negative: '\(number)'")
        }
        guard number <= limit else {
            throw UsageError("argument \(option.title): must not be above \(limit): '\(number)'")
        }
        return number
    }

    /// So many messages a receiver may have credit for.
    func credit(ifNone usual: Int) throws(UsageError) -> Int {
        max(1, try count(.credit, atMost: 1_000_000) ?? usual)
    }

    /// A span of seconds, at most some thirty years.
    func seconds(_ option: Option) throws(UsageError) -> Milliseconds? {
        try number(option).map { Milliseconds(UInt64(min($0, 1e9) * 1_000)) }
    }

    /// A number that is not negative.
    func number(_ option: Option) throws(UsageError) -> Double? {
        guard let text = self[option] else { return nil }
        guard let number = Double(text), number.isFinite, number >= 0 else {
            throw UsageError("argument \(option.title): invalid float value: '\(text)'")
        }
        return number
    }

    /// At most `count` operands; `names` says what they are.
    func check(operands count: Int) throws(UsageError) {
        guard operands.count <= count else {
            let surplus = operands[count...].joined(separator: " ")
            throw UsageError("Unexpected arguments: \(surplus)")
        }
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

extension Option {
    /// As an error names it: `-r/--router`.
    var title: String { (letter.map { "-\($0)/" } ?? "") + "--\(name)" }
}
