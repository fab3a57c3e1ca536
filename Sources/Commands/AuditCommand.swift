internal import Audit
internal import Basis
internal import EventLoop
internal import Options
internal import TLS

/// Checks audit trails.
enum AuditCommand {
    static let verify = Command(
        "audit-verify", operands: "FILE...",
        summary: "Check that nobody has changed an audit trail",
        details: [
            "Give the files of one trail in the order in which they were written: those that were "
                + "put aside, by their numbers, and the newest last. Prints the number of the last "
                + "record, which tells whether any were taken off the end."
        ],
        groups: []
    ) { invocation in
        guard !invocation.operands.isEmpty else { throw UsageError("No file specified") }
        var chain = AuditChain(digest: Digest.sha256)
        for path in invocation.operands {
            let text: String
            do throws(SystemError) {
                text = try FileText.read(path)
            } catch {
                throw Failure("FileNotFoundError", "\(path): \(error.reason)")
            }
            do throws(AuditChain.Fault) {
                try chain.check(text.split(separator: "\n"))
            } catch {
                throw Failure("ValueError", "\(path):\(error.line): \(error.reason)")
            }
        }
        Terminal.write("good: the last record is number \(chain.number), \(chain.hash)\n")
        return .done
    }
}
