/// The fields of a head, in their order.
public struct HeadFields: Hashable, Sendable {
    public struct Field: Hashable, Sendable {
        /// In small letters.
        public let name: String
        public let value: String
    }

    private let fields: [Field]

    init(_ fields: [Field] = []) { self.fields = fields }

    /// The value of a field, of the first one if there are several.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    func count(of name: String) -> Int { fields.count { $0.name == name } }

    /// The words of a field that is a list, over all its lines, without blanks around them.
    func list(_ name: String) -> [Substring] {
        fields.filter { $0.name == name }.flatMap { field in
            field.value.split(separator: ",").map(Self.trimmed).filter { !$0.isEmpty }
        }
    }

    /// A list has the word, in small or large letters.
    func has(_ word: String, in name: String) -> Bool {
        list(name).contains { $0.lowercased() == word }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        let end = start.lastIndex { $0 != " " && $0 != "\t" }
        return end.map { start[...$0] } ?? ""
    }
}
