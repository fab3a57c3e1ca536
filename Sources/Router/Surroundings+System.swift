package import Configuration
internal import EventLoop
internal import TLS

extension Surroundings {
    /// The process's environment, and the machine's files.
    package static let system = Surroundings(
        variable: Environment.variable,
        file: { path in
            Result { () throws(SystemError) in try FileText.read(path) }
                .mapError { Unreadable(reason: $0.reason) }
        },
        directory: { path in
            Result { () throws(SystemError) in try FileText.names(in: path) }
                .mapError { Unreadable(reason: $0.reason) }
        },
        profile: { settings in
            do throws(TLSFault) {
                let profile = try TLSProfile(TLSSettings(settings))
                return profile.findings(at: Clock.unixSeconds).map { fault in
                    ProfileFinding(fault, isFatal: false)
                }
            } catch {
                return [ProfileFinding(error, isFatal: true)]
            }
        })
}
