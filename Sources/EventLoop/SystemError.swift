internal import CLinux
internal import Glibc

/// A system call that failed.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried.
    public enum Call: String, Sendable {
        case accept, bind, connect, listen, open, read, resolve, socket, wait, write, fork, chdir,
            setUser
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

    /// The system's words, such as `Connection refused`.
    public var reason: String { text ?? String(cString: strerror(code)) }

    public var description: String { "\(call.rawValue): \(reason)" }

    /// The peer, or the network, ended it; not a fault of this machine.
    public var isAddressInUse: Bool { code == EADDRINUSE }
}
