internal import AMQP
internal import Addressing
internal import EventLoop
internal import Sessions

/// What no consumer of an address takes goes to those of its fallback (RS-216 to RS-221, RS-440).
extension Worker {
    /// Sends a message on to the fallback of its address; false if it has none, or nobody there
    /// can be reached but by the way that the message came.
    func redirect(_ message: borrowing ArrivingMessage, over route: Route) -> Bool {
        guard let fallback = route.fallback, fallback.hasConsumers, !message.link.isFallback else {
            return false
        }
        var head = message.head
        head.phase = Int(Phase.fallback.number)
        let isMulticast = fallback.distribution == .multicast
        if isMulticast, message.link.kind != .trunk {
            head.stamp = fallback.remotes.isEmpty ? 0 : stamp()
        }
        let redirected = ArrivingMessage(
            bytes: message.bytes, head: head, isWhole: message.isWhole, link: message.link,
            arrival: message.arrival)
        form = .none
        redirection = Redirection(
            to: Array(fallback.key.dropFirst(2)), phase: head.phase, startsAnew: false)
        defer {
            form = .none
            redirection = nil
        }
        if isMulticast {
            guard !fallback.outlets.isEmpty || !trunks(for: redirected, fallback).isEmpty else {
                return false
            }
            multicast(redirected, over: fallback)
        } else {
            let choice = chooseFallback(from: fallback, for: redirected)
            if case .none = choice { return false }
            give(redirected, to: choice, over: fallback)
        }
        route.counters.redirectedToFallback.raise()
        handle.counters.redirectedToFallback.raise()
        return true
    }

    /// A trunk's message was on its way to a consumer that has gone: it does not turn back (IR-98).
    private func chooseFallback(
        from route: Route, for message: borrowing ArrivingMessage
    ) -> Choice {
        message.link.kind == .trunk && route.outlets.isEmpty
            ? chooseDetour(from: route, for: message) : choose(from: route, for: message)
    }
}

extension Terminus {
    /// For a fallback's consumers, or for what they give back (RS-215, RS-220).
    var isFallback: Bool { soleCapability == TerminusReport.fallbackCapability }
}
