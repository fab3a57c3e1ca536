internal import Schema

/// An `sslProfile` section.
package struct ProfileSettings: Hashable, Sendable {
    package var name: String
    package var certFile: String?
    package var privateKeyFile: String?
    /// In clear: prefixes have been resolved (MG-42).
    package var password: String?
    package var caCertFile: String?
    package var crlFile: String?
    package var ciphers: String?
    package var protocols: String?
    package var uidFormat: String?
    /// What `uidNameMappingFile` says: names in place of those of certificates (RS-336).
    package var uidNames: [String: String] = [:]

    /// Reads the file of names, too.
    package init(
        _ entity: EntityDeclaration, _ surroundings: Surroundings
    ) throws(Problem) {
        name = entity.fullName
        certFile = entity.text("certFile")
        privateKeyFile = entity.text("privateKeyFile")
        password = entity.secrets["password"]
        caCertFile = entity.text("caCertFile")
        crlFile = entity.text("crlFile")
        ciphers = entity.text("ciphers")
        protocols = entity.text("protocols")
        uidFormat = entity.text("uidFormat")
        if let path = entity.text("uidNameMappingFile") {
            uidNames = try Self.names(path, entity.line(of: "uidNameMappingFile"), surroundings)
        }
    }

    /// A map of texts in JSON (RS-531).
    private static func names(
        _ path: String, _ line: Int, _ surroundings: Surroundings
    ) throws(Problem) -> [String: String] {
        let text: String
        switch surroundings.file(path) {
        case .success(let content): text = content
        case .failure(let error):
            throw Problem(from: .directory, line: line, "\(error.reason): '\(path)'")
        }
        var reader = ValueReader(cursor: Cursor(text), isStrict: true)
        let value: SchemaValue
        do throws(Problem) { value = try reader.value() } catch { throw error.found(in: path) }
        let fault = Problem(
            from: .setUp, line: line, "uidNameMappingFile '\(path)' is no map of names",
            remedy: "write a JSON object: {\"NAME IN CERTIFICATE\": \"NAME\"}")
        guard case .map(let members) = value else { throw fault }
        var names: [String: String] = [:]
        for member in members {
            guard case .string(let name) = member.value else { throw fault }
            names[member.key] = name
        }
        return names
    }

    /// The profiles that a listener or a connector names: one, or several parted by commas, of which
    /// a client gets the one whose certificate is for the host that it asks for. `known` are all
    /// names; one that is not known stays.
    package static func named(_ text: String, among known: (String) -> Bool) -> [String] {
        guard !known(text) else { return [text] }
        return text.split { " ,".contains($0) }.map(String.init)
    }
}

/// What is wrong with a profile whose files were looked at, or what its author should know.
package struct ProfileFinding: Error, Hashable, Sendable {
    /// The attribute that has it.
    package let attribute: String
    package let reason: String
    package let remedy: String?
    /// Nobody can connect with the profile.
    package let isFatal: Bool

    package init(attribute: String, reason: String, remedy: String?, isFatal: Bool) {
        self.attribute = attribute
        self.reason = reason
        self.remedy = remedy
        self.isFatal = isFatal
    }
}
