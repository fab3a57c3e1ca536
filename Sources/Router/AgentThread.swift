internal import AMQP
internal import Addressing
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Schema

/// A request, decoded and told to the log (MG-222).
struct AgentRequest {
    let message: Message

    /// Nil for what is no message; the worker that took it has rejected such already.
    init?(_ chunk: Chunk, _ log: Log) {
        do throws(Malformed) {
            message = try Message(decoding: chunk.bytes)
        } catch {
            log.write(.agent, .error, "A management request could not be decoded: \(error)")
            return nil
        }
        let message = message
        log.write(.agent, .debug, "Agent request \(MessageLine.text(of: message))")
    }
}

/// A response on its way from the agent's thread to control, which knows where it goes.
struct AgentResponse: Sendable {
    let address: String
    /// Encoded, with router annotations.
    let chunk: Chunk

    /// Nil if the request asked for none. Request and response are told to the log (MG-222).
    init?(_ response: Message?, to request: AgentRequest, at router: RouterIdentity, _ log: Log) {
        guard var response, let address = response.properties?.to else { return nil }
        log.write(
            .agent, .debug,
            "Agent response: \(MessageLine.text(of: response)) "
                + "Responding to: \(MessageLine.text(of: request.message))")
        RouterAnnotations.enter(&response, at: router, to: address)
        self.address = address
        chunk = Chunk(response.encoded())
    }
}

/// Answers requests that change nothing, one after another, from pictures of the router: neither
/// messages nor control wait while thousands of rows are rendered.
final class AgentThread: Sendable {
    private struct Task: Sendable {
        let request: Chunk
        let snapshot: RouterSnapshot
        let origin: WorkerTicket
    }

    /// What became of a request.
    struct Answer: Sendable {
        /// The request's delivery.
        let origin: WorkerTicket
        /// Nil if it asked for none.
        let response: AgentResponse?
    }

    /// Nil for one that has no thread and answers at once.
    private let tasks: Mailbox<Task>?
    /// As many as there were requests, in their order.
    let answers = Mailbox<Answer>()

    init(hasThread: Bool) { tasks = hasThread ? Mailbox() : nil }

    /// Starts the thread, if there is to be one; it lives as long as the process.
    func start() {
        guard let tasks else { return }
        let answers = answers
        WorkerThread(name: "martlet-agent") {
            WorkerThread.giveWay()
            let poller = Poller()
            poller.add(tasks.wakeUp, token: 0, for: .reading)
            let agent = Agent(schema: .all)
            while true {
                _ = poller.wait(milliseconds: -1)
                var batch: [Task] = []
                tasks.heard()
                tasks.take(into: &batch)
                for task in batch {
                    answers.post(
                        Answer(origin: task.origin, response: Self.response(to: task, by: agent)))
                }
            }
        }.detach()
    }

    private static func response(to task: Task, by agent: Agent) -> AgentResponse? {
        let snapshot = task.snapshot
        guard let request = AgentRequest(task.request, snapshot.log) else { return nil }
        return AgentResponse(
            agent.respond(toReading: request.message, from: snapshot), to: request,
            at: snapshot.identity, snapshot.log)
    }

    func answer(_ request: Chunk, from snapshot: RouterSnapshot, for origin: WorkerTicket) {
        let task = Task(request: request, snapshot: snapshot, origin: origin)
        if let tasks { return tasks.post(task) }
        let response = Self.response(to: task, by: Agent(schema: .all))
        answers.post(Answer(origin: origin, response: response))
    }

    /// The answers that were made since.
    func takeAnswers() -> [Answer] {
        var batch: [Answer] = []
        answers.heard()
        answers.take(into: &batch)
        return batch
    }
}
