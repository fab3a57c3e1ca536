internal import Basis
internal import Client
internal import EventLoop
internal import Options

extension Option {
    static let count = Option("n", "count", argument: "COUNT", help: "Stop after so many messages")
    static let duration = Option(
        nil, "duration", argument: "SECONDS", help: "Stop after so many seconds")
    static let quiet = Option("q", "quiet", help: "Show no progress and no summary")
}

/// What the commands that send and receive have in common: with whom, how much, for how long.
struct Traffic {
    let arguments: Arguments
    let loop: ClientLoop
    let options: ClientOptions
    private(set) var start = Clock.now
    /// Stop after so many messages; nil for no limit.
    let count: Int?
    /// How long it goes on; nil for no limit.
    private let span: Milliseconds?

    /// `span` is how long it goes on if neither a count nor a duration is given.
    init(_ arguments: Arguments, _ loop: ClientLoop, span: Milliseconds? = nil) throws {
        self.arguments = arguments
        self.loop = loop
        options = try arguments.clientOptions()
        count = try arguments.count(.count)
        self.span = try arguments.seconds(.duration) ?? (count == nil ? span : nil)
    }

    /// The time runs from now on.
    mutating func restart() { start = Clock.now }

    /// Stop then; nil for never.
    var end: Instant? { span.map { start + $0 } }

    /// Runs the body with a loop that signals end, as the command on `address`, the first operand.
    static func run(
        _ invocation: Invocation, asking question: String,
        _ body: (String, Arguments, ClientLoop) throws -> ExitCode
    ) throws -> ExitCode {
        guard let address = invocation.operands.first, !address.isEmpty else {
            throw UsageError("\(question) Give an address")
        }
        return try Interruption.guarding { loop in try body(address, invocation.arguments, loop) }
    }

    func connect() throws(Failure) -> Client {
        try telling { () throws(ClientError) in try Client(options, loop: loop) }
    }

    /// Says what went wrong as a command does.
    func telling<Result>(
        _ body: () throws(ClientError) -> Result
    ) throws(Failure) -> Result {
        do throws(ClientError) {
            return try body()
        } catch {
            throw Failure(messaging: error, at: options.peer)
        }
    }

    /// The time is over.
    var isOver: Bool { end.map { $0 <= Clock.now } ?? false }

    func hasEnough(_ done: Int) -> Bool { count.map { done >= $0 } ?? false }

    /// Says how much was done, if a person sees it or it was asked for.
    func summarise(_ verb: String, _ done: Int) {
        guard !arguments.has(.quiet), arguments.has(.verbose) || Terminal.isError else { return }
        Terminal.say("\(verb) " + Rate.text(done, in: Clock.now.since(start)))
    }

    /// Fails if less was done than was asked for.
    func check(_ verb: String, _ done: Int, _ what: String = "messages") throws(Failure) {
        guard let count, done < count else { return }
        throw Failure(
            "Timeout", "\(verb) \(done) of \(count) \(what) in the time given",
            exitCode: .timedOut)
    }
}
