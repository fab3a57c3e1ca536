internal import CLinux
internal import Glibc

/// Leaves the terminal behind (MG-236).
public enum Daemon {
    /// The way to tell the process that was started from the terminal how it went.
    public struct Launch: Sendable {
        private let pipe: Int32

        init(pipe: Int32) { self.pipe = pipe }

        /// Lets the first process end with 0.
        public func succeed() { end("ok") }

        /// Lets the first process print `text` and end with 1.
        public func fail(_ text: String) { end(text + "\n") }

        private func end(_ text: String) {
            _ = text.withCString { write(pipe, $0, strlen($0)) }
            close(pipe)
        }
    }

    /// Forks twice, and comes back in the grandchild: a session of its own, no terminal, in `/`.
    /// The first process waits for the launch to succeed or fail, and ends.
    public static func enter(pidFile: String?, user: String?) throws(SystemError) -> Launch {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemError(.fork) }
        let child = fork()
        guard child >= 0 else { throw SystemError(.fork) }
        if child > 0 { waitForLaunch(ends) }
        close(ends[0])
        setsid()
        let grandchild = fork()
        if grandchild != 0 { _exit(grandchild > 0 ? 0 : 1) }
        let launch = Launch(pipe: ends[1])
        do throws(SystemError) {
            try leaveTerminal()
            if let pidFile { try writeProcessID(to: pidFile) }
            if let user { try become(user) }
        } catch {
            launch.fail("Cannot run in the background: \(error)")
            _exit(1)
        }
        return launch
    }

    /// The first process: ends as the launch did.
    private static func waitForLaunch(_ ends: [Int32]) -> Never {
        close(ends[1])
        var text: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(ends[0], &room, room.count)
            guard count > 0 else { break }
            text.append(contentsOf: room[..<count])
        }
        if text == Array("ok".utf8) { _exit(0) }
        _ = write(2, text, text.count)
        _exit(1)
    }

    private static func leaveTerminal() throws(SystemError) {
        umask(0)
        guard chdir("/") == 0 else { throw SystemError(.chdir) }
        let null = open("/dev/null", O_RDWR)
        guard null >= 0 else { throw SystemError(.open) }
        for descriptor: Int32 in 0...2 { dup2(null, descriptor) }
        if null > 2 { close(null) }
    }

    private static func writeProcessID(to path: String) throws(SystemError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw SystemError(.open).naming(path) }
        defer { close(file) }
        let text = "\(getpid())\n"
        guard text.withCString({ write(file, $0, strlen($0)) }) > 0 else {
            throw SystemError(.write).naming(path)
        }
    }

    private static func become(_ user: String) throws(SystemError) {
        guard let entry = getpwnam(user) else {
            throw SystemError(.setUser, code: ENOENT, text: "there is no user '\(user)'")
        }
        guard setuid(entry.pointee.pw_uid) == 0 else { throw SystemError(.setUser) }
    }
}
