internal import Addressing
package import Schema

/// What a configuration file asks for, checked as a whole.
package struct RouterConfiguration: Sendable {
    package var router = RouterSettings()
    package var logs: [LogSettings] = []
    package private(set) var addresses: [AddressSettings] = []
    package var linkRoutes: [LinkRouteSettings] = []
    package var autoLinks: [AutoLinkSettings] = []
    package var exchanges: [ExchangeSettings] = []
    package var bindings: [BindingSettings] = []
    package var policy = PolicySettings()
    package var vhosts: [VhostSettings] = []
    package var authServices: [AuthServiceSettings] = []
    /// Their names.
    private var effectiveAddresses: Set<String> = []
    /// Everything that the file configures, in its order; always a `router` among them.
    package private(set) var declarations: [EntityDeclaration] = []
    /// What its author should know.
    package var warnings: [Problem] = []

    private init() {}

    /// Without a file: standalone, for clients on this machine.
    package static var standard: RouterConfiguration {
        var configuration = RouterConfiguration()
        configuration.declarations = [
            EntityDeclaration(type: Schema.router, line: 1),
            EntityDeclaration(
                type: Schema.listener, line: 1, given: ["host": .string("127.0.0.1")]),
        ]
        Names.assign(&configuration.declarations)
        return configuration
    }

    /// What the file configures, without addresses that are passed over (MG-44, MG-46).
    package var effective: [EntityDeclaration] {
        declarations.filter {
            $0.type.name != Schema.address.name || effectiveAddresses.contains($0.fullName)
        }
    }

    /// What the file says of one type.
    package func declarations(of type: EntityType) -> [EntityDeclaration] {
        declarations.filter { $0.type.name == type.name }
    }
}

/// What is wrong with a configuration: one error at least, and the warnings.
package struct BadConfiguration: Error {
    package let problems: [Problem]

    package init(problems: [Problem]) { self.problems = problems }
}

extension RouterConfiguration {
    /// Reads the text of a file; all that is wrong with it comes at once.
    ///
    /// A path that ends in `.json` is that of a file in JSON (MG-4).
    package init(
        text: String, path: String, surroundings: Surroundings = Surroundings()
    ) throws(BadConfiguration) {
        guard !text.isEmpty else {
            throw BadConfiguration(
                problems: [Problem(line: nil, "Configuration: Configuration file was empty")])
        }
        let read =
            path.hasSuffix(".json") ? JSONSections.read(text) : SectionReader.read(text)
        var problems = read.problems
        var former = FormerNames()
        let sections = former.modernized(read.sections)
        var reader = EntityReader(schema: .all)
        declarations = sections.compactMap { reader.entity($0) }
        problems += former.problems + reader.problems
        if !declarations.contains(where: { $0.type.name == "router" }) {
            declarations.append(EntityDeclaration(type: Schema.router, line: 1))
        }
        declarations += PolicyDirectory.vhosts(of: declarations, surroundings, &problems)
        Names.assign(&declarations)
        problems += Rules.problems(of: declarations)
        Passwords.resolve(&declarations, surroundings, &problems)
        problems += SecurityRules.problems(of: declarations, surroundings)
        settle(&problems)
        problems = problems.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        problems.sort { ($0.file ?? "", $0.line ?? 0) < ($1.file ?? "", $1.line ?? 0) }
        guard problems.allSatisfy({ $0.severity == .warning }) else {
            throw BadConfiguration(problems: problems)
        }
        warnings = problems
    }

    /// Makes settings of the declarations.
    private mutating func settle(_ problems: inout [Problem]) {
        var patterns = PatternTree<Bool>()
        for entity in declarations {
            switch entity.type.name {
            case "router": router = RouterSettings(entity)
            case "log":
                do throws(Problem) {
                    logs.append(try LogSettings(entity))
                } catch {
                    problems.append(error)
                }
            case "router.config.address":
                guard let address = AddressSettings(entity, &problems) else { continue }
                let pattern = address.match.pattern
                if patterns.insert(pattern, true) {
                    effectiveAddresses.insert(address.name)
                    addresses.append(address)
                } else {
                    problems.append(
                        Problem(
                            .warning, from: .router, line: entity.line,
                            "Already exists: Duplicate pattern '\(pattern)' not added to parse tree"
                        ))
                }
            case "router.config.linkRoute":
                if let route = LinkRouteSettings(entity, &problems) { linkRoutes.append(route) }
            case "router.config.autoLink":
                if let link = AutoLinkSettings(entity, &problems) { autoLinks.append(link) }
            case "authServicePlugin":
                if let service = AuthServiceSettings(entity, &problems) {
                    authServices.append(service)
                }
            case "policy": policy = PolicySettings(entity)
            default: break
            }
        }
        let made = Exchanges(declarations, &problems)
        (exchanges, bindings) = (made.exchanges, made.bindings)
        vhosts = VhostReader.vhosts(of: declarations, &problems)
    }
}
