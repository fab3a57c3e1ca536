internal import EventLoop
internal import TLS

/// The profiles in use, each in its newest generation. A profile is what its settings say, and what
/// their files held when they were last all right.
struct TLSProfiles {
    private struct Current {
        var profile: TLSProfile?
        var fault: TLSFault?
        var generation = 0
        /// What the files held, to tell whether they have changed.
        var contents: [[UInt8]?] = []
    }

    /// What came of looking at files again.
    enum News {
        case renewed(TLSProfile)
        /// What was there before stays in use, if there was anything.
        case spoilt(name: String, TLSFault)
    }

    private var current: [TLSSettings: Current] = [:]
    /// The operator's number for the certificates of a profile, by its name.
    private(set) var ordinals: [String: Int] = [:]

    /// Reads the files when it is first asked.
    mutating func profile(_ settings: TLSSettings) throws(TLSFault) -> TLSProfile {
        if current[settings] == nil { _ = read(settings) }
        guard let profile = current[settings]?.profile else {
            throw current[settings]?.fault ?? TLSFault.unknown(settings.name)
        }
        return profile
    }

    /// The directories that files of profiles are in.
    var directories: Set<String> {
        Set(current.keys.flatMap(\.files).map(DirectoryWatch.directory(of:)))
    }

    /// Looks again at the files in these directories.
    mutating func reread(_ directories: Set<String>) -> [News] {
        current.keys.filter { settings in
            settings.files.contains { directories.contains(DirectoryWatch.directory(of: $0)) }
        }.compactMap { read($0) }
    }

    /// The certificates of a profile have another number: they are read again, changed or not.
    mutating func number(_ name: String, _ ordinal: Int) -> [News] {
        guard ordinals[name] != ordinal else { return [] }
        ordinals[name] = ordinal
        return current.keys.filter { $0.name == name }.compactMap { read($0, isForced: true) }
    }

    private mutating func read(_ settings: TLSSettings, isForced: Bool = false) -> News? {
        var next = current[settings] ?? Current()
        let contents = settings.files.map { path -> [UInt8]? in
            guard let file = try? Descriptor.open(path, for: .reading) else { return nil }
            defer { file.close() }
            return try? file.readAll()
        }
        guard isForced || current[settings] == nil || contents != next.contents else {
            return nil
        }
        next.contents = contents
        defer { current[settings] = next }
        do throws(TLSFault) {
            let profile = try TLSProfile(
                settings, generation: next.generation + 1, ordinal: ordinals[settings.name] ?? 0)
            next.profile = profile
            next.fault = nil
            next.generation += 1
            return .renewed(profile)
        } catch {
            next.fault = error
            return .spoilt(name: settings.name, error)
        }
    }

    /// Those whose certificate ends before an instant, each once.
    func ending(before seconds: Int) -> [TLSProfile] {
        current.values.compactMap(\.profile).filter { profile in
            profile.certificate.map { $0.ends < seconds } ?? false
        }
    }

    /// The newest generation of the profile of that name.
    func newest(named name: String) -> TLSProfile? {
        current.values.compactMap(\.profile).filter { $0.settings.name == name }
            .max { $0.generation < $1.generation }
    }

    func fault(of name: String) -> TLSFault? {
        current.first { $0.key.name == name && $0.value.fault != nil }?.value.fault
    }
}

/// The profiles that a listener or a connector was made with (MG-183).
struct ProfileChoice: Sendable {
    let settings: [TLSSettings]
    /// A name that no profile has.
    let missing: String?
}
