package import Schema

/// What the file may ask for but this router does not do yet.
///
/// An error if leaving it out would open what should be closed, or carry messages otherwise than
/// the file says; a warning if only something to look at is missing. What has no effect in
/// qdrouterd either, or none without something that is refused here, is taken in silence.
package enum Unsupported {
    /// A value that is refused.
    package struct Refusal: Sendable {
        package enum Value: Sendable {
            /// A text, whatever it says.
            case any
            case tag(String)
        }

        /// The short name of the type.
        let type: String
        let attribute: String
        package let value: Value
        let feature: String
        /// What to do until then. Never what leaves the router open to more than the file says.
        let remedy: String
    }

    private static let values: [Refusal] = [
        Refusal(
            type: "listener", attribute: "saslPlugin", value: .any,
            feature: "authentication services", remedy: withoutSection)
    ]

    private static let withoutSection = "take the whole section out"

    /// What values of an attribute would be refused; nil if none.
    package static func refusal(
        of attribute: EntityType.Attribute, in type: EntityType
    ) -> Refusal.Value? {
        values.first { $0.type == type.name && $0.attribute == attribute.name }?.value
    }

    static func problems(of entities: [EntityDeclaration]) -> [Problem] {
        entities.flatMap { entity -> [Problem] in
            let refused = values.filter { $0.type == entity.type.name && $0.value.is(entity, $0) }
            return refused.map { refusal in
                let text = entity[refusal.attribute]?.text ?? ""
                return problem(
                    "\(refusal.attribute): \(text)", entity.line(of: refusal.attribute),
                    refusal.feature, remedy: refusal.remedy)
            }
        }
    }

    private static func problem(
        _ what: String, _ line: Int, _ feature: String, remedy: String
    ) -> Problem {
        Problem(
            line: line, "'\(what)' is not supported: this version of Martlet has no \(feature)",
            remedy: remedy)
    }
}

extension Unsupported.Refusal.Value {
    fileprivate func `is`(_ entity: EntityDeclaration, _ refusal: Unsupported.Refusal) -> Bool {
        switch self {
        case .any: entity.text(refusal.attribute) != nil
        case .tag(let tag): entity.text(refusal.attribute) == tag
        }
    }
}
