internal import CSASL
internal import EventLoop

/// libsasl2, of which a process has one. Its configuration is read once: a change of it needs
/// another start of the program.
public enum SASLLibrary {
    /// Where the library looks for the configuration of a program that names no directory.
    private static let standardDirectories = ["/etc/sasl2", "/usr/lib/sasl2"]

    /// The file that sets the library up for an application; nil if there is none, and then no
    /// mechanism that needs passwords can work (RS-542).
    public static func configuration(name: String, directory: String?) -> String? {
        let directories =
            directory?.split(separator: ":").map(String.init) ?? standardDirectories
        return directories.lazy.map { "\($0)/\(name).conf" }.first {
            guard let file = try? Descriptor.open($0, for: .reading) else { return false }
            file.close()
            return true
        }
    }

    private struct State {
        var servesAs: String?
        var isClient = false
        var hasLocks = false
    }

    private static let state = Guarded(State())

    /// Makes the library ready to be a server's, once. Gives why it is not; nil if it is.
    static func startServer(name: String, directory: String?) -> String? {
        state.withLock { state in
            guard state.servesAs == nil else { return nil }
            prepare(&state)
            if let directory {
                // Not to be changed, whatever its type: the library copies it.
                var path = Array(directory.utf8CString)
                let code = sasl_set_path(SASL_PATH_TYPE_CONFIG, &path)
                guard code == SASL_OK else { return text(of: code) }
            }
            // The library keeps the pointer, and reads from it for each new conversation.
            let code = sasl_server_init(sasl_server_callbacks(), strdup(name))
            guard code == SASL_OK else { return text(of: code) }
            state.servesAs = name
            return nil
        }
    }

    /// Makes the library ready to be a client's, once. Gives why it is not; nil if it is.
    static func startClient() -> String? {
        state.withLock { state in
            guard !state.isClient else { return nil }
            prepare(&state)
            let code = sasl_client_init(sasl_client_callbacks())
            guard code == SASL_OK else { return text(of: code) }
            state.isClient = true
            return nil
        }
    }

    private static func prepare(_ state: inout State) {
        if !state.hasLocks { sasl_use_locks() }
        state.hasLocks = true
    }

    static func text(of code: Int32) -> String {
        String(cString: sasl_errstring(code, nil, nil))
    }

    /// The service that names in Kerberos are made of: `amqp/host@REALM`.
    static let service = "amqp"
}
