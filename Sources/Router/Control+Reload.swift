internal import Configuration
internal import Logging
internal import Management
internal import Policy
internal import Routing
internal import Schema

/// The configuration file read again (SIGHUP), and log files opened anew: what has changed in it is
/// created, updated and deleted as management would. A file with errors changes nothing.
extension Control {
    func reload() {
        log.reopen()
        guard let reread else {
            log.write(.agent, .notice, "There is no configuration file to read again")
            return
        }
        let new: RouterConfiguration
        do throws(BadConfiguration) {
            new = try reread()
        } catch {
            for problem in error.problems where problem.severity == .error {
                log.write(.agent, .error, problem.explanation)
            }
            log.write(
                .agent, .error, "The configuration file has errors: nothing has been changed")
            return
        }
        logWarnings(of: new)
        let changes = ConfigurationChanges(from: configuration, to: new)
        apply(changes)
        let old = configuration
        configuration = new
        configuration.keepRouter(of: old)
        let counts =
            "\(changes.created.count) created, \(changes.updated.count) updated, "
            + "\(changes.deleted.count) deleted"
        log.write(.agent, .notice, "The configuration file has been read again: \(counts)")
        for text in changes.left { log.write(.agent, .warning, text) }
    }

    /// What is deleted goes first: it may stand in the way of what is new. Bindings come last: their
    /// exchanges must be there.
    private func apply(_ changes: ConfigurationChanges) {
        for declared in changes.deleted {
            attempt("delete", declared, unload)
            auditChange("deleted", before: declared, after: nil)
        }
        for isLast in [false, true] {
            make(changes) { ($0.type.name == Schema.binding.name) == isLast }
        }
    }

    private func make(
        _ changes: ConfigurationChanges, where isWanted: (EntityDeclaration) -> Bool
    ) {
        for update in changes.updated where isWanted(update.new) {
            attempt("update", update.new) { (new) throws(ManagementError) in
                guard let replace = EntityKind.named(new.type.name)?.replace else {
                    try self.unload(update.old)
                    return try self.load(new)
                }
                try replace(self)(new)
            }
            auditChange("updated", before: update.old, after: update.new)
        }
        for declared in changes.created where isWanted(declared) {
            attempt("create", declared, load)
            auditChange("created", before: nil, after: declared)
        }
    }

    private func load(_ declared: EntityDeclaration) throws(ManagementError) {
        try check(declared)
        try EntityKind.named(declared.type.name)?.load?(self)(declared)
    }

    private func unload(_ declared: EntityDeclaration) throws(ManagementError) {
        try EntityKind.named(declared.type.name)?.unload?(self)(declared)
    }

    private func attempt(
        _ verb: String, _ declared: EntityDeclaration,
        _ change: (EntityDeclaration) throws(ManagementError) -> Void
    ) {
        do throws(ManagementError) {
            try change(declared)
            log.write(.agent, .info, "Configuration: \(verb) \(declared.standardName)")
        } catch {
            log.write(
                .agent, .error,
                "Configuration: cannot \(verb) \(declared.standardName): \(error.description)")
        }
    }

    /// What may change of the router while it runs, and has to be told to others.
    func replaceRouter(_ declared: EntityDeclaration) {
        let settings = RouterSettings(declared)
        log.configureTimestamps(isUTC: settings.timestampsInUTC, format: settings.timestampFormat)
    }

    func setPolicy(_ declared: EntityDeclaration) {
        policy = ConfiguredEntity(declared)
        vhostPolicy.set(PolicySettings(declared))
    }

    func resetPolicy(_: EntityDeclaration) {
        policy = Self.standardPolicy
        vhostPolicy.set(PolicySettings())
    }
}
