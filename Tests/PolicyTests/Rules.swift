import Configuration
import Policy
import Testing

/// Policies as a file gives them, for tests.
enum Rules {
    static func policy(_ vhosts: String, _ options: String = "") throws -> Policy {
        var settings = PolicySettings()
        settings.isEnforced = true
        settings.hasNamePatterns = options.contains("patterns")
        if options.contains("no default") { settings.defaultVhost = nil }
        return Policy(settings, vhosts: try configuration(vhosts).vhosts)
    }

    static func configuration(_ text: String) throws -> RouterConfiguration {
        try RouterConfiguration(text: text, path: "r.conf")
    }

    /// A vhost with one group that is everyone's.
    static func open(_ host: String, _ lines: String = "", group: String = "") -> String {
        """
        vhost {
            hostname: \(host)
            \(lines)
            allowUnknownUser: yes
            groups: {
                $default: {
                    remoteHosts: *
                    \(group)
                }
            }
        }

        """
    }

    static func visitor(
        _ vhost: String? = "V", user: String? = "bob", host: String = "10.0.0.1"
    ) -> Visitor {
        Visitor(user: user, host: host, vhost: vhost)
    }
}

extension Result where Success == Rights, Failure == Denial {
    var rights: Rights? { try? get() }

    var denial: Denial? {
        guard case .failure(let denial) = self else { return nil }
        return denial
    }
}
