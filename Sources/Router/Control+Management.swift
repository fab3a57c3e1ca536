internal import AMQP
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management

/// Requests to the management node: changes are made here, at once; everything else is answered
/// by the agent's thread, from a picture of the router as it is now.
extension Control {
    func takeRequest(_ message: Message, from connection: ConnectionID?) {
        log.write(.agent, .debug, "Agent request \(message)")
        let snapshot = RouterSnapshot(self)
        guard Agent.isChange(message) else {
            return agentThread.answer(message, from: snapshot)
        }
        let response = agent.respond(
            to: message, from: LiveRouter(control: self, snapshot: snapshot),
            requester: Requester(connection: connection?.number))
        if let response = AgentResponse(response, at: identity) { send(response) }
    }

    func takeResponses() {
        var responses: [AgentResponse] = []
        agentThread.responses.heard()
        agentThread.responses.take(into: &responses)
        for response in responses { send(response) }
    }
}
