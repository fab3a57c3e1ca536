internal import Schema

/// What a configuration may look up outside of its file.
package struct Surroundings: Sendable {
    /// The value of an environment variable.
    package var variable: @Sendable (String) -> String?
    /// The text of a file, or why it cannot be read.
    package var file: @Sendable (String) -> Result<String, Unreadable>
    /// The names of what is in a directory, or why it cannot be listed.
    package var directory: @Sendable (String) -> Result<[String], Unreadable>
    /// What the files of a TLS profile hold that should not be.
    package var profile: @Sendable (ProfileSettings) -> [ProfileFinding]

    package struct Unreadable: Error {
        package let reason: String
        package init(reason: String) { self.reason = reason }
    }

    /// By default there is nothing outside.
    package init(
        variable: @escaping @Sendable (String) -> String? = { _ in nil },
        file: @escaping @Sendable (String) -> Result<String, Unreadable> = { _ in
            .failure(Unreadable(reason: "No such file or directory"))
        },
        directory: @escaping @Sendable (String) -> Result<[String], Unreadable> = { _ in
            .failure(Unreadable(reason: "No such file or directory"))
        },
        profile: @escaping @Sendable (ProfileSettings) -> [ProfileFinding] = { _ in [] }
    ) {
        self.profile = profile
        self.variable = variable
        self.file = file
        self.directory = directory
    }
}

/// Passwords that stand elsewhere (MG-42, MG-43).
enum Passwords {
    /// Finds each password that an entity says the place of.
    static func resolve(
        _ entities: inout [EntityDeclaration], _ surroundings: Surroundings,
        _ problems: inout [Problem]
    ) {
        for index in entities.indices {
            switch entities[index].type.name {
            case "connector":
                resolve("saslPassword", &entities[index], surroundings, &problems)
                resolve("httpProxyPassword", &entities[index], surroundings, &problems)
            case "sslProfile":
                if entities[index].text("password") == nil,
                    let path = entities[index].text("passwordFile")
                {
                    let line = entities[index].line(of: "passwordFile")
                    problems.append(
                        Problem(
                            .warning, from: .connections, line: line,
                            "Attribute passwordFile of entity sslProfile has been deprecated. "
                                + "Use password field with the file: prefix instead."))
                    entities[index].given["password"] = .string("file:" + path)
                    entities[index].lines["password"] = line
                }
                resolve("password", &entities[index], surroundings, &problems)
            default: break
            }
        }
    }

    private static func resolve(
        _ attribute: String, _ entity: inout EntityDeclaration, _ surroundings: Surroundings,
        _ problems: inout [Problem]
    ) {
        guard let text = entity.text(attribute) else { return }
        let line = entity.line(of: attribute)
        do throws(Problem) {
            let password = try password(
                text, line, surroundings, isProfile: entity.type.name == "sslProfile")
            entity.secrets[attribute] = password.text
            if password.isPlain {
                problems.append(
                    Problem(
                        .warning, from: .connections, line: line,
                        "It is unsafe to provide plain text passwords in the config file",
                        remedy: "use env:VARIABLE or file:PATH"))
            }
        } catch {
            problems.append(error)
        }
    }

    private static func password(
        _ text: String, _ line: Int, _ surroundings: Surroundings, isProfile: Bool
    ) throws(Problem) -> (text: String, isPlain: Bool) {
        if text.hasPrefix("env:") {
            let variable = Trimmed.blanks(String(text.dropFirst(4)))
            guard let value = surroundings.variable(variable) else {
                throw Problem(
                    from: .connections, line: line,
                    "Not found: Failed to find a password in the environment variable",
                    remedy: "set \(variable)")
            }
            return (value, false)
        }
        if text.hasPrefix("file:") {
            let path = Trimmed.blanks(String(text.dropFirst(5)))
            switch surroundings.file(path) {
            case .success(let content): return (firstLine(content), false)
            case .failure(let error):
                throw Problem(
                    .warning, from: .connections, line: line,
                    "Unable to open password file \(path), error: \(error.reason)")
            }
        }
        if text.hasPrefix("pass:") { return (String(text.dropFirst(5)), true) }
        if isProfile, text.hasPrefix("literal:") { return (String(text.dropFirst(8)), true) }
        return (text, true)
    }

    /// At most 199 bytes.
    private static func firstLine(_ text: String) -> String {
        let line = text.utf8.prefix { $0 != Byte.newline && $0 != UInt8(ascii: "\r") }
        return String(decoding: line.prefix(199), as: UTF8.self)
    }
}
