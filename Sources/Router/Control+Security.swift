internal import AMQP
internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import SASL
internal import TLS

/// What secures connections: profiles and their files, and who hears logins.
extension Control {
    // MARK: Profiles

    /// A profile that listeners and connectors made from now on may name.
    func define(_ declared: EntityDeclaration) {
        do throws(Problem) {
            let revealed = declared.secrets.isEmpty ? try declared.revealed(.system) : declared
            profileSettings[declared.fullName] = try ProfileSettings(revealed, .system)
            number(
                declared.fullName, declared.number("ordinal") ?? 0,
                oldestValid: declared.number("oldestValidOrdinal") ?? 0)
        } catch {
            log.write(.connectionManager, .error, error.explanation)
        }
    }

    func profiles(of settings: ListenerSettings) -> ProfileChoice? {
        choose(settings.sslProfile, clientTrustFile: settings.trustedCertsFile)
    }

    func profiles(of settings: ConnectorSettings) -> ProfileChoice? { choose(settings.sslProfile) }

    /// Listeners and connectors take up what their profiles say now.
    func chooseProfilesAnew() {
        for (token, listener) in listeners {
            listeners[token]?.tls = profiles(of: listener.settings)
        }
        for (token, connector) in connectors {
            connectors[token]?.tls = profiles(of: connector.settings)
        }
    }

    private func choose(_ text: String?, clientTrustFile: String? = nil) -> ProfileChoice? {
        guard let text else { return nil }
        let names = ProfileSettings.named(text) { profileSettings[$0] != nil }
        let settings = names.compactMap { profileSettings[$0] }.map {
            TLSSettings($0, clientTrustFile: clientTrustFile)
        }
        for settings in settings { _ = try? profiles.profile(settings) }
        for directory in profiles.directories { profileWatch.watch(directory) }
        return ProfileChoice(
            settings: settings, missing: names.first { profileSettings[$0] == nil })
    }

    // MARK: Connections

    func security(of listener: Listener) -> ConnectionSecurity {
        let settings = listener.settings
        let demandsCertificate = demandsCertificate(listener)
        let authenticator = authenticator(forListener: settings)
        guard let tls = listener.tls else {
            guard settings.requiresTLS else {
                return ConnectionSecurity(.clear, authenticator: authenticator)
            }
            // There is no TLS to require (MG-51).
            let nothing = TLSService(
                profiles: [], demandsCertificate: false, requiresTLS: true)
            return ConnectionSecurity(.serving(nothing))
        }
        do throws(TLSFault) {
            let usable = try usable(tls) {
                $0.faultOfListener(demandsCertificate: demandsCertificate)
            }
            let service = TLSService(
                profiles: usable, demandsCertificate: demandsCertificate,
                requiresTLS: settings.requiresTLS)
            return ConnectionSecurity(.serving(service), authenticator: authenticator)
        } catch {
            return ConnectionSecurity(.unusable(error.description))
        }
    }

    /// Whoever speaks HTTP has no other way to say who it is (RS-376).
    private func demandsCertificate(_ listener: Listener) -> Bool {
        let settings = listener.settings
        guard !settings.namesExternal else { return true }
        guard settings.web != nil, settings.authenticatePeer, let tls = listener.tls else {
            return false
        }
        return tls.settings.contains { $0.trustFile != nil }
    }

    func security(of connector: Connector) -> ConnectionSecurity {
        let settings = connector.settings
        let authenticator = settings.saslUsername == nil ? nil : theAuthenticator
        guard let tls = connector.tls else {
            return ConnectionSecurity(.clear, authenticator: authenticator)
        }
        do throws(TLSFault) {
            let usable = try usable(tls) { $0.faultOfConnector }
            guard let profile = usable.first else { throw TLSFault.unknown("") }
            let dialling = TLSDialling(
                profile: profile, host: connector.place.hostname ?? connector.place.host,
                ignoresName: !settings.verifiesHostname, tickets: connector.tickets)
            return ConnectionSecurity(.dialling(dialling), authenticator: authenticator)
        } catch {
            return ConnectionSecurity(.unusable(error.description))
        }
    }

    /// To a service that the router dials for itself.
    func dialling(_ profile: String, host: String) throws(TLSFault) -> TLSDialling {
        guard let choice = choose(profile) else { throw TLSFault.unknown(profile) }
        let usable = try usable(choice) { $0.faultOfConnector }
        guard let profile = usable.first else { throw TLSFault.unknown(profile) }
        return TLSDialling(profile: profile, host: host)
    }

    private func usable(
        _ choice: ProfileChoice, _ fault: (TLSSettings) -> TLSFault?
    ) throws(TLSFault) -> [TLSProfile] {
        if let missing = choice.missing { throw TLSFault.unknown(missing) }
        var usable: [TLSProfile] = []
        for settings in choice.settings {
            if let fault = fault(settings) { throw fault }
            usable.append(try profiles.profile(settings))
        }
        return usable
    }

    // MARK: Logins

    /// Nil where no mechanism needs one.
    private func authenticator(forListener settings: ListenerSettings) -> Authenticator? {
        guard settings.saslPlugin == nil else { return nil }
        let names = SASLMechanisms.words(settings.saslMechanisms ?? "")
        let needsNone =
            !names.isEmpty && names.allSatisfy { $0 == "ANONYMOUS" || $0 == "EXTERNAL" }
        return needsNone || !isLibrarySetUp ? nil : theAuthenticator
    }

    private var isLibrarySetUp: Bool {
        if let isSASLSetUp { return isSASLSetUp }
        let file = SASLLibrary.configuration(
            name: settings.saslConfigName, directory: settings.saslConfigDir)
        isSASLSetUp = file != nil
        return file != nil
    }

    private var theAuthenticator: Authenticator {
        if let startedAuthenticator { return startedAuthenticator }
        let new = Authenticator(name: settings.saslConfigName, directory: settings.saslConfigDir)
        if let fault = new.fault {
            log.write(.server, .error, "The SASL library cannot be used: \(fault)")
        }
        startedAuthenticator = new
        return new
    }

    // MARK: Files that change

    /// After a change several files may still be written: they are read when it is quiet.
    private static let quiet = Milliseconds(200)

    func profileFilesChanged() {
        changedDirectories.formUnion(profileWatch.changed())
        guard !changedDirectories.isEmpty else { return }
        timers.add(Self.profileToken, due: now + Self.quiet)
    }

    func rereadProfiles() {
        let directories = changedDirectories
        changedDirectories = []
        tell(profiles.reread(directories))
        for directory in profiles.directories { profileWatch.watch(directory) }
        warnOfEnds()
    }

    func tell(_ news: [TLSProfiles.News]) {
        for news in news {
            switch news {
            case .renewed(let profile):
                var text = "sslProfile '\(profile.settings.name)' has been read again"
                if let certificate = profile.certificate {
                    text += ": certificate \(certificate.label) until \(certificate.endText)"
                }
                log.write(.connectionManager, .notice, text)
                renewTrunks(profile)
                for finding in profile.findings(at: Clock.unixSeconds) {
                    log.write(
                        .connectionManager, .warning,
                        "sslProfile '\(profile.settings.name)': \(finding)")
                }
            case .spoilt(let name, let fault):
                log.write(
                    .connectionManager, .error,
                    "sslProfile '\(name)' stays as it was: \(fault)")
            }
        }
    }

    // MARK: Certificates that end

    private static let warnings = [1, 7, 30]

    /// Warns of our certificates 30, 7 and 1 days before their end, once each.
    private func warnOfEnds() {
        let seconds = Clock.unixSeconds
        for profile in profiles.ending(before: seconds + 30 * 86_400) {
            guard let certificate = profile.certificate else { continue }
            let days = (certificate.ends - seconds) / 86_400
            let level = Self.warnings.first { days < $0 } ?? 0
            let key = "\(profile.settings.name) \(certificate.serial) \(level)"
            guard certificate.ends > seconds, warnedEnds.insert(key).inserted else { continue }
            log.write(
                .connectionManager, .warning,
                "sslProfile '\(profile.settings.name)': the certificate \(certificate.label) ends in "
                    + "\(days) days, on \(certificate.endText)")
        }
    }

    /// Once an hour; and files are read whose directories could not be watched, or were replaced.
    func watchEnds() {
        tell(profiles.reread(profiles.directories))
        warnOfEnds()
        expelEnded()
        timers.add(Self.expiryToken, due: now + .seconds(3_600))
    }
}
