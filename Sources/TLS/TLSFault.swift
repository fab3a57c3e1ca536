internal import EventLoop

/// What is wrong with a profile: which of its settings, and why it cannot be used.
public struct TLSFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The attribute of the profile that has it.
    public let attribute: String
    /// A sentence without a full stop.
    public let reason: String
    /// What to do.
    public let remedy: String?

    init(_ attribute: String, _ reason: String, remedy: String? = nil) {
        self.attribute = attribute
        self.reason = reason
        self.remedy = remedy
    }

    static func unreadable(_ attribute: String, _ path: String, _ error: SystemError) -> TLSFault {
        let remedy: String? =
            switch error.fileFault {
            case .missing: "write the path of a file that is there"
            case .forbidden: "let the router's user read it"
            case .directory: "write the path of a file"
            case nil: nil
            }
        return TLSFault(
            attribute, "\(attribute) '\(path)' cannot be read: \(error.reason)", remedy: remedy)
    }

    /// No profile has that name.
    public static func unknown(_ name: String) -> TLSFault {
        TLSFault(
            "sslProfile", "there is no sslProfile '\(name)'",
            remedy: "write an 'sslProfile' section")
    }

    public var description: String { reason + (remedy.map { ": " + $0 } ?? "") }
}
