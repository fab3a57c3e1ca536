internal import Schema

/// Vhosts that stand in files of their own: those ending in `.json` in `policyDir` (MG-56).
enum PolicyDirectory {
    /// The `vhost` sections of all the files; other sections there mean nothing.
    static func vhosts(
        of declarations: [EntityDeclaration], _ surroundings: Surroundings,
        _ problems: inout [Problem]
    ) -> [EntityDeclaration] {
        guard let policy = declarations.first(where: { $0.type.name == Schema.policy.name }),
            let directory = policy.text("policyDir")
        else { return [] }
        switch surroundings.directory(directory) {
        case .failure(let error):
            problems.append(
                Problem(
                    from: .directory, line: policy.line(of: "policyDir"),
                    "\(error.reason): '\(directory)'",
                    remedy: "'policyDir' takes the path of a directory of *.json files"))
            return []
        case .success(let names):
            return names.filter { $0.hasSuffix(".json") }.flatMap { name in
                vhosts(inFile: "\(directory)/\(name)", surroundings, &problems)
            }
        }
    }

    private static func vhosts(
        inFile path: String, _ surroundings: Surroundings, _ problems: inout [Problem]
    ) -> [EntityDeclaration] {
        switch surroundings.file(path) {
        case .failure(let error):
            problems.append(
                Problem(from: .directory, line: nil, error.reason).found(in: path))
            return []
        case .success(let text):
            let read = JSONSections.read(text)
            var reader = EntityReader(schema: .all)
            let vhosts = read.sections.compactMap { section -> EntityDeclaration? in
                guard CamelCase.name(section.name) == Schema.vhost.name else { return nil }
                var vhost = reader.entity(section)
                vhost?.file = path
                return vhost
            }
            problems += (read.problems + reader.problems).map { $0.found(in: path) }
            return vhosts
        }
    }
}
