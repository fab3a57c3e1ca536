internal import Glibc

/// The process as a whole.
public enum Program {
    /// Ends it with an exit code. Wraps `exit`.
    public static func end(_ code: Int32) -> Never { exit(code) }
}
