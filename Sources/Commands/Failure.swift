internal import AMQP
internal import Basis
internal import Client

/// What a command says to the shell about how it went.
package enum ExitCode: Int32, Sendable {
    /// All that was asked for was done.
    case done = 0
    /// It failed: no connection, a refusal, a file that cannot be read.
    case failed = 1
    /// The command line was wrong.
    case usage = 2
    /// Messages were sent, but the peer did not accept every one.
    case notAccepted = 3
    /// The time was over before all that was asked for was done.
    case timedOut = 4
    /// A router was asked how it is, and is not well.
    case unwell = 5
    /// A signal ended it.
    case interrupted = 130
    /// Nobody reads the output any more: what a shell shows for a program that died of `SIGPIPE`.
    case pipeClosed = 141
}

/// A command line that makes no sense.
package struct UsageError: Error, Hashable {
    /// What is wrong; nil if that has been said already.
    let text: String?

    init(_ text: String?) { self.text = text }
}

/// Why a command could not do what it was asked to.
package struct Failure: Error, Hashable, CustomStringConvertible {
    /// The word that scripts know the error by (MG-245).
    let kind: String
    let text: String
    /// What may help; the old names of the program do not say it.
    let remedy: String?
    let exitCode: ExitCode
    /// Another router than the one connected to did not answer: there may be others that do.
    let isOfDistantRouter: Bool

    init(
        _ kind: String, _ text: String, remedy: String? = nil, exitCode: ExitCode = .failed,
        isOfDistantRouter: Bool = false
    ) {
        self.kind = kind
        self.text = text
        self.remedy = remedy
        self.exitCode = exitCode
        self.isOfDistantRouter = isOfDistantRouter
    }

    package var description: String { "\(kind): \(text)" }

    /// The words of another language's errors, which mean something to scripts alone.
    private static let foreign: Set = [
        "Error", "FileNotFoundError", "IndexError", "IsADirectoryError", "KeyboardInterrupt",
        "OSError", "PermissionError", "TypeError", "UnicodeDecodeError", "ValueError",
    ]

    /// For people, on one line: what went wrong and, if it is known, what helps.
    var advice: String {
        let reason = Self.foreign.contains(kind) ? text : description
        return (reason + (remedy.map { ": \($0)" } ?? "")).harmless
    }
}

extension Failure {
    /// What Proton says of a connection that ended without a word.
    private static let aborted = "connection aborted"

    /// Of a router that others tell of.
    static func lost(_ router: String) -> String {
        "router '\(router)' is known, but nothing leads there now: does it hang, or has it lost its "
            + "connections?"
    }

    private static func tlsAdvice(_ text: String) -> String {
        if text.contains("verify failed") {
            return "Its certificate was not made by an authority in --ssl-trustfile, or not for "
                + "the host named in -b (--ssl-disable-peer-name-verify takes it nevertheless)"
        }
        return "Has it a listener with TLS there? Does it ask for a certificate of ours "
            + "(--ssl-certificate, --ssl-key)?"
    }

    /// What went wrong, and what to do about it. `router` is the one meant, if not the one at
    /// `place`.
    init(_ error: ClientError, at place: String, router: String? = nil) {
        let advice: String? =
            switch error {
            case .timedOut where router != nil:
                "router '\(router ?? "")' did not answer through \(place) in time: is it in the "
                    + "network? martlet nodes -b \(place) lists the routers known there"
            case .notAccepted where router != nil: Self.lost(router ?? "")
            case .unreachable(_, let reason) where reason.contains("refused"):
                "nothing listens on \(place): is martletd running, with a listener there? "
                    + "Name another place with -b HOST:PORT"
            case .unreachable(_, let reason):
                "cannot reach \(place): \(reason). Name another place with -b HOST:PORT"
            case .timedOut(_, let step):
                "\(place) did not answer in time (\(step)). "
                    + "Is it an AMQP router? Allow it more time with -t SECONDS"
            case .disconnected(_, let cause?) where cause.text?.contains("SSL Failure") == true:
                "TLS with \(place) failed: \(cause.text ?? ""). "
                    + Self.tlsAdvice(cause.text ?? "")
            case .disconnected(_, let cause?) where cause.name == "amqp:unauthorized-access":
                "\(place) does not let us in: \(cause.text ?? ""). "
                    + (cause.text?.contains("mech=none") == true
                        ? "It offers no mechanism that --sasl-mechanisms, the user and the "
                            + "password given allow"
                        : "Check --sasl-username and the password")
            case .disconnected(_, let cause?)
            where cause.text?.contains("protocol header") == true:
                "\(place) does not answer as an AMQP peer without security does "
                    + "(\((cause.text ?? "").prefix(60))): it may want TLS (-b amqps://\(place)), a SASL layer "
                    + "(--sasl-mechanisms ANONYMOUS) or a user (--sasl-username); its log says why"
            case .disconnected(_, let cause) where cause?.text ?? Self.aborted == Self.aborted:
                "\(place) ended the connection: its log says why"
            case .disconnected, .connectionClosed, .linkClosed, .protocolViolation, .security,
                .notAccepted, .interrupted:
                nil
            }
        let exitCode: ExitCode =
            switch error {
            case .interrupted: .interrupted
            case .timedOut, .unreachable, .disconnected, .connectionClosed, .linkClosed,
                .protocolViolation, .security, .notAccepted:
                .failed
            }
        let isOfDistantRouter: Bool =
            switch error {
            case .timedOut, .linkClosed, .notAccepted: router != nil
            case .unreachable, .disconnected, .connectionClosed, .protocolViolation, .security,
                .interrupted:
                false
            }
        self.init(
            error.kind, advice ?? error.description, exitCode: exitCode,
            isOfDistantRouter: isOfDistantRouter)
    }
}
