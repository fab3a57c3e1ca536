internal import Basis
internal import Schema

extension Misfit {
    /// What to write instead.
    func remedy(for attribute: EntityType.Attribute) -> String? {
        let name = attribute.name
        switch self {
        case .noInteger: return "'\(name)' takes a whole number"
        case .noBoolean: return "'\(name)' takes yes or no"
        case .noTag(let text, let tags):
            let near =
                tags.first { $0.lowercased() == text.lowercased() }
                ?? Misspelling.nearest(to: text, among: tags)
            return near.map { "did you mean \($0) for '\(name)'?" }
                ?? "'\(name)' takes one of these"
        case .noText: return "write \(name): VALUE"
        case .noMap, .noProperties: return "write \(name): { \"KEY\": VALUE, … }"
        case .noList: return nil
        case .propertyKey(let key): return "rename '\(key)'"
        }
    }
}
