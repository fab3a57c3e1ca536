internal import Configuration
internal import Logging
internal import Management
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
        apply(changes, new)
        let old = configuration
        configuration = new
        configuration.keepRouter(of: old)
        let counts =
            "\(changes.created.count) created, \(changes.updated.count) updated, "
            + "\(changes.deleted.count) deleted"
        log.write(.agent, .notice, "The configuration file has been read again: \(counts)")
        for text in changes.left { log.write(.agent, .warning, text) }
    }

    /// What is deleted goes first: it may stand in the way of what is new.
    private func apply(_ changes: ConfigurationChanges, _ new: RouterConfiguration) {
        for declared in changes.deleted { attempt("delete", declared, delete) }
        for update in changes.updated {
            attempt("update", update.new) { (_) throws(ManagementError) in
                try self.update(update, new)
            }
        }
        for declared in changes.created {
            attempt("create", declared) { (declared) throws(ManagementError) in
                try self.create(declared, new)
            }
        }
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

    private func create(
        _ declared: EntityDeclaration, _ new: RouterConfiguration
    ) throws(ManagementError) {
        try check(declared)
        switch declared.type.name {
        case Schema.listener.name:
            let (_, failure) = addListener(ListenerSettings(declared), ConfiguredEntity(declared))
            // It stays, as at the start: the port may become free.
            if let failure { throw ManagementError(.badRequest, failure) }
        case Schema.connector.name: _ = createConnector(declared)
        case Schema.address.name:
            guard let address = new.address(named: declared.fullName) else { return }
            var new = AddressConfiguration(number: 0, address)
            if declared.name == nil { new.name = freeName(address.name) }
            try addAddress(new)
        case Schema.log.name: try setLog(ConfiguredEntity(declared))
        case Schema.policy.name: policy = ConfiguredEntity(declared)
        case let type where Self.passiveTypes.contains(type): keep(declared)
        default: break  // the others are refused, or have no effect
        }
    }

    private func delete(_ declared: EntityDeclaration) throws(ManagementError) {
        let identity = declared.standardName
        switch declared.type.name {
        case Schema.listener.name: deleteListener(identity)
        case Schema.connector.name: deleteConnector(identity)
        case Schema.address.name:
            guard let settings = configuration.address(named: declared.fullName),
                let existing = addresses[pattern: settings.place.pattern]
            else { return }
            deleteAddress(number: existing.number)
        case Schema.log.name:
            guard let standard = Self.standardLogSettings.first(where: { $0.identity == identity })
            else { return }
            try setLog(standard)
        case Schema.policy.name: policy = Self.standardPolicy
        case let type where Self.passiveTypes.contains(type): deletePassive(identity)
        default: break
        }
    }

    /// The name for an address without one. One that stayed may be called by the number already.
    private func freeName(_ wanted: String) -> String {
        guard addresses.contains(name: wanted) else { return wanted }
        // Among one more than there are one is free, and the first nearly always.
        let count = addresses.count
        let free = (count...count * 2).lazy.map { "address/\($0)" }
            .first { !self.addresses.contains(name: $0) }
        return free ?? wanted
    }

    /// Listeners and connectors are what they were made as: new ones take their places.
    private func update(
        _ update: ConfigurationChanges.Update, _ new: RouterConfiguration
    ) throws(ManagementError) {
        guard update.new.type.name == Schema.router.name else {
            if update.new.type.name != Schema.log.name { try delete(update.old) }
            return try create(update.new, new)
        }
        log.configureTimestamps(
            isUTC: new.router.timestampsInUTC, format: new.router.timestampFormat)
    }
}
