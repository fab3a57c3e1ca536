internal import AMQP
internal import Configuration
internal import Logging
internal import Management
internal import Schema

/// UPDATE of a log module's settings, effective at once (MG-197, MG-198).
extension Control {
    func updateLog(
        _ entity: Entity, _ attributes: ValueMap, _: Requester
    ) throws(ManagementError) -> Entity {
        guard let place = logSettings.firstIndex(where: { $0.identity == entity.identity })
        else { throw ManagementError(.notFound) }
        // Kept even if they cannot be applied (MG-120).
        logSettings[place].change(attributes)
        try applyLog(logSettings[place])
        return logSettings[place].entity()
    }

    /// The `log` sections of the configuration file, and what `router` says of timestamps.
    func loadLogs(_ configuration: RouterConfiguration) throws(CannotStart) {
        log.configureTimestamps(
            isUTC: configuration.router.timestampsInUTC,
            format: configuration.router.timestampFormat)
        for declared in configuration.declarations(of: Schema.log) {
            do throws(ManagementError) {
                try setLog(declared)
            } catch {
                throw CannotStart(description: error.description)
            }
        }
        logWarnings(of: configuration)
    }

    func logWarnings(of configuration: RouterConfiguration) {
        for warning in configuration.warnings {
            log.write(
                LogModule(name: warning.origin.module) ?? .agent, .warning, warning.explanation)
        }
    }

    /// Gives a module settings in the place of all that it had.
    func setLog(_ declared: EntityDeclaration) throws(ManagementError) {
        try setLog(ConfiguredEntity(declared))
    }

    /// Gives a module back the settings that it has without a section of the file.
    func resetLog(_ declared: EntityDeclaration) throws(ManagementError) {
        let standard = Self.standardLogSettings.first { $0.identity == declared.standardName }
        if let standard { try setLog(standard) }
    }

    private func setLog(_ new: ConfiguredEntity) throws(ManagementError) {
        guard let place = logSettings.firstIndex(where: { $0.identity == new.identity })
        else { throw ManagementError(.notFound) }
        logSettings[place] = new
        try applyLog(new)
    }

    func applyLog(_ settings: ConfiguredEntity) throws(ManagementError) {
        let given = settings.attributes
        let name = given["module"]?.text ?? ""
        let module = LogModule(name: name)
        guard module != nil || name == "DEFAULT" else { throw ManagementError(.notFound) }
        var levels: UInt8?
        if let text = given["enable"]?.text {
            do throws(LogLevels.Unknown) {
                levels = try LogLevels(text).mask
            } catch {
                throw ManagementError(
                    .internalError, "CError: Configuration: \(error.description)")
            }
        }
        do throws(Log.CannotOpen) {
            try log.configure(
                module,
                Log.Settings(
                    levels: levels, includesTimestamp: given["includeTimestamp"]?.boolean,
                    includesSource: given["includeSource"]?.boolean,
                    output: given["outputFile"]?.text))
        } catch {
            throw ManagementError(
                .internalError,
                "CError: Configuration: Failed to open log file '\(error.output)'")
        }
        followTraceLevel()
    }

    /// One entity for each module that can be set, and `DEFAULT`.
    static var standardLogSettings: [ConfiguredEntity] {
        (Schema.log.attribute("module")?.tags ?? []).map { module in
            ConfiguredEntity(
                type: Schema.log, name: "log/\(module)", id: module,
                attributes: module == "DEFAULT"
                    ? [
                        "module": .string(module), "enable": "info+", "includeTimestamp": true,
                        "includeSource": false, "outputFile": "stderr",
                    ] : ["module": .string(module)])
        }
    }
}
