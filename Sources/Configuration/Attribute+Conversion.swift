internal import Basis
internal import Schema

/// Values of a file, brought to the types of the schema (MG-27).
extension EntityType.Attribute {
    func converted(_ value: SchemaValue, line: Int) throws(Problem) -> SchemaValue {
        switch kind {
        case .integer: return .integer(try integer(value, line))
        case .boolean: return .boolean(try boolean(value, line))
        case .enumeration: return .string(try tag(value, line))
        case .string, .path, .entityId: return .string(try text(value, line))
        case .map:
            guard case .map = value else { throw wrong("'\(name)' must be a map", line, mapForm) }
            return value
        case .list:
            guard case .list = value else { throw wrong("'\(name)' must be a list", line) }
            return value
        case .properties: return try properties(value, line)
        }
    }

    private func integer(_ value: SchemaValue, _ line: Int) throws(Problem) -> Int {
        if case .integer(let number) = value { return number }
        if case .boolean(let flag) = value { return flag ? 1 : 0 }
        guard case .string(let text) = value, let number = Self.number(text) else {
            throw wrong(
                "invalid literal for int() with base 10: '\(value.text)'", line,
                "'\(name)' takes a whole number")
        }
        return number
    }

    /// Decimal digits with a sign; single `_` between digits mean nothing.
    private static func number(_ text: String) -> Int? {
        guard text.contains("_") else { return Int(text) }
        let groups = text.split(separator: "_", omittingEmptySubsequences: false)
        let isRight =
            groups.allSatisfy { $0.last?.isWholeNumber == true }
            && groups.dropFirst().allSatisfy { $0.allSatisfy(\.isWholeNumber) }
        return isRight ? Int(groups.joined()) : nil
    }

    private func boolean(_ value: SchemaValue, _ line: Int) throws(Problem) -> Bool {
        if case .boolean(let flag) = value { return flag }
        switch value.text.lowercased() {
        case "yes", "true", "on": return true
        case "no", "false", "off": return false
        case "1" where value == .integer(1): return true
        case "0" where value == .integer(0): return false
        default:
            throw wrong(
                "Invalid Boolean value ''\(value.text)''", line, "'\(name)' takes yes or no")
        }
    }

    private func tag(_ value: SchemaValue, _ line: Int) throws(Problem) -> String {
        let text = value.text
        if tags.contains(text) { return text }
        if let index = Int(text), tags.indices.contains(index) { return tags[index] }
        let list = tags.map { "'\($0)'" }.joined(separator: ", ")
        let near =
            tags.first { $0.lowercased() == text.lowercased() }
            ?? Misspelling.nearest(to: text, among: tags)
        throw wrong(
            "Invalid value for enum[\(list)]: '\(text)'", line,
            near.map { "did you mean \($0) for '\(name)'?" } ?? "'\(name)' takes one of these")
    }

    private func text(_ value: SchemaValue, _ line: Int) throws(Problem) -> String {
        switch value {
        case .string, .integer, .real, .boolean: return value.text
        case .null: return ""
        case .list, .map: throw wrong("'\(name)' must be a text", line, "write \(name): VALUE")
        }
    }

    private func properties(_ value: SchemaValue, _ line: Int) throws(Problem) -> SchemaValue {
        guard case .map(let members) = value else {
            throw wrong("Properties must be a map", line, mapForm)
        }
        for member in members where !member.key.allSatisfy(\.isASCII) {
            throw wrong("Property keys must be ASCII encoded", line, "rename '\(member.key)'")
        }
        return value
    }

    private var mapForm: String { "write \(name): { \"KEY\": VALUE, … }" }

    private func wrong(_ reason: String, _ line: Int, _ remedy: String? = nil) -> Problem {
        Problem(line: line, reason, remedy: remedy)
    }
}
