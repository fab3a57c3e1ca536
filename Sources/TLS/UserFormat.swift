/// How a peer's certificate becomes a user name (RS-336).
public struct UserFormat: Hashable, Sendable {
    /// A field of the subject, or a fingerprint, by its letter.
    enum Field: Character, CaseIterable, Sendable {
        case country = "c"
        case state = "s"
        case locality = "l"
        case organization = "o"
        case unit = "u"
        case commonName = "n"
        case sha1 = "1"
        case sha256 = "2"
        case sha512 = "5"
    }

    /// In the order in which they are joined; empty for the whole subject.
    let fields: [Field]
    /// The first letter that stands for nothing: with one, the whole subject is the name (RS-531).
    public let unknown: Character?

    /// The whole subject in the form of RFC 2253.
    public static let subject = UserFormat("")

    public init(_ letters: String) {
        let known = letters.map(Field.init(rawValue:))
        unknown = zip(letters, known).first { $0.1 == nil }?.0
        fields = unknown == nil ? known.compactMap { $0 } : []
    }

    /// The name that fields give: those that are there, joined by `;`. A value with a control
    /// character counts as absent: nobody's name has one.
    func name(subject: String, value: (Field) -> String?) -> String? {
        guard !fields.isEmpty else { return subject.isEmpty ? nil : subject }
        let values = fields.compactMap(value).filter { value in
            !value.isEmpty && !value.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
        }
        return values.isEmpty ? nil : values.joined(separator: ";")
    }
}
