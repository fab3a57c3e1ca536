internal import AMQP
internal import Addressing
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Schema

/// A response on its way from the agent's thread to control, which knows where it goes.
struct AgentResponse: Sendable {
    let address: String
    /// Encoded, with router annotations.
    let chunk: Chunk

    /// Nil if the request asked for none. Request and response are told to the log (MG-222).
    init?(_ response: Message?, to request: Message, at router: RouterIdentity, _ log: Log) {
        guard var response, let address = response.properties?.to else { return nil }
        log.write(
            .agent, .debug,
            "Agent response: \(MessageLine.text(of: response)) "
                + "Responding to: \(MessageLine.text(of: request))")
        RouterAnnotations.enter(&response, at: router, to: address)
        self.address = address
        chunk = Chunk(response.encoded())
    }
}

/// Answers requests that change nothing, one after another, from pictures of the router: neither
/// messages nor control wait while thousands of rows are rendered.
final class AgentThread: Sendable {
    private struct Task: Sendable {
        let request: Message
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

    private let tasks = Mailbox<Task>()
    /// As many as there were requests, in their order.
    let answers = Mailbox<Answer>()

    /// Starts the thread, which lives as long as the process.
    func start() {
        let (tasks, answers) = (tasks, answers)
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
                    let response = agent.respond(toReading: task.request, from: task.snapshot)
                    answers.post(
                        Answer(
                            origin: task.origin,
                            response: AgentResponse(
                                response, to: task.request, at: task.snapshot.identity,
                                task.snapshot.log)))
                }
            }
        }.detach()
    }

    func answer(_ request: Message, from snapshot: RouterSnapshot, for origin: WorkerTicket) {
        tasks.post(Task(request: request, snapshot: snapshot, origin: origin))
    }

    /// The answers that were made since.
    func takeAnswers() -> [Answer] {
        var batch: [Answer] = []
        answers.heard()
        answers.take(into: &batch)
        return batch
    }
}
