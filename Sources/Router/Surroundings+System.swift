package import Configuration
internal import EventLoop
internal import TLS

extension Surroundings {
    /// The process's environment, and the machine's files.
    package static let system = Surroundings(
        variable: Environment.variable,
        file: { path in
            do throws(SystemError) {
                return .success(try FileText.read(path))
            } catch {
                return .failure(Unreadable(reason: error.reason))
            }
        },
        directory: { path in
            do throws(SystemError) {
                return .success(try FileText.names(in: path))
            } catch {
                return .failure(Unreadable(reason: error.reason))
            }
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
