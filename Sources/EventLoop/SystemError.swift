internal import CLinux
internal import Glibc

/// A system call that failed.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried.
    public enum Call: String, Sendable {
        case accept, bind, connect, listen, open, read, resolve, socket, wait, write, fork, chdir,
            setUser, secure
    }

    public let call: Call
    public let code: Int32
    /// The system's own words for it, when `code` is no errno.
    private let text: String?

    package init(_ call: Call, code: Int32, text: String? = nil) {
        self.call = call
        self.code = code
        self.text = text
    }

    /// The failure that errno tells of. To be made before anything else can run.
    init(_ call: Call) { self.init(call, code: errno) }

    /// The failure that errno tells of, for another room's calls into the system.
    package static func last(_ call: Call) -> SystemError { SystemError(call) }

    /// The same, with the file that it is about in its words.
    func naming(_ path: String) -> SystemError {
        SystemError(call, code: code, text: "\(path): \(reason)")
    }

    /// The system's words, such as `Connection refused`.
    public var reason: String { text ?? String(cString: strerror(code)) }

    public var description: String { "\(call.rawValue): \(reason)" }

    /// Somebody listens at the address already.
    public var isAddressInUse: Bool { code == EADDRINUSE }

    /// Nobody reads what was to be written.
    public var isPipeClosed: Bool { code == EPIPE }

    /// What is wrong with a file.
    public enum FileFault: Sendable { case missing, forbidden, directory }

    /// The file's fault, if it is one of the common ones.
    public var fileFault: FileFault? {
        switch code {
        case ENOENT: .missing
        case EACCES, EPERM: .forbidden
        case EISDIR: .directory
        default: nil
        }
    }
}
