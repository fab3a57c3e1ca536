internal import CLinux
internal import Glibc

/// The process as a whole.
public enum Program {
    /// The command line that the process was started with; the program's name comes first.
    public static var arguments: [String] {
        let (count, texts) = (given_argument_count(), given_arguments())
        return (0..<Int(count)).compactMap { index in
            texts?[index].map { String(cString: $0) }
        }
    }

    /// Ends it with an exit code. Wraps `exit`.
    public static func end(_ code: Int32) -> Never { exit(code) }
}
