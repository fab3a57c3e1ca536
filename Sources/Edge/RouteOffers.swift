package import Basis

/// The link routes with a container at an edge, as they are offered to its interior router, which
/// then sends matching links down (RS-492, IR-102): by a CREATE each, and a DELETE when the last
/// container is gone.
///
/// Pure: an event and the time in, effects out. Routes go by their keys (RS-273).
package struct RouteOffers: Sendable {
    package enum Event: Sendable {
        /// The route has its first container here, or lost its last one.
        case came(String)
        case went(String)
        /// There is an uplink on which the interior can be asked, or no longer.
        case began
        case ended
        /// The answer to a question: its status, and the identity of what was made.
        case answered(Int64, status: Int64, identity: String?, text: String)
        case timerFired
    }

    package enum Effect: Hashable, Sendable {
        case create(Int64, key: String)
        case delete(Int64, key: String, identity: String)
        /// The interior does not take the route; its reason.
        case refused(key: String, status: Int64, String)
        case wake(Instant)
    }

    /// A question is answered by then, or asked again.
    package static let patience = Milliseconds.seconds(10)
    /// So many are asked before they are answered: the interior serves others, too.
    package static let most = 32

    private enum Phase: Hashable {
        case unknown
        case asked
        case offered(identity: String)
        case withdrawing(identity: String)
        /// It is not offered again over this uplink, unless it goes and comes.
        case refused
    }

    private struct Route {
        var isHere = true
        var phase = Phase.unknown
    }

    private var routes: [String: Route] = [:]
    private var isOpen = false
    /// By the number of the question, which grows.
    private var questions: [Int64: (key: String, due: Instant)] = [:]
    private var last: Int64 = 0
    /// Routes of which something may be to be said, the oldest first.
    private var pending: [String] = []

    package init() {}

    package mutating func handle(_ event: Event, at now: Instant, into effects: inout [Effect]) {
        switch event {
        case .came(let key):
            routes[key, default: Route()].isHere = true
            pending.append(key)
        case .went(let key):
            routes[key]?.isHere = false
            pending.append(key)
        case .began:
            isOpen = true
            pending = routes.keys.sorted()
        case .ended: end()
        case .answered(let number, let status, let identity, let text):
            answered(number, status, identity, text, &effects)
        case .timerFired: askAgain(at: now)
        }
        ask(at: now, &effects)
        if let due = questions.keys.min().flatMap({ questions[$0]?.due }) {
            effects.append(.wake(due))
        }
    }

    /// What the interior had been told it has forgotten with the uplink.
    private mutating func end() {
        isOpen = false
        questions = [:]
        pending = []
        routes = routes.filter { $0.value.isHere }
        for key in routes.keys { routes[key]?.phase = .unknown }
    }

    private mutating func answered(
        _ number: Int64, _ status: Int64, _ identity: String?, _ text: String,
        _ effects: inout [Effect]
    ) {
        guard let key = questions.removeValue(forKey: number)?.key else {
            // It was asked again, and so has been made twice.
            if isOpen, number <= last, status == 201, let identity {
                last += 1
                effects.append(.delete(last, key: "", identity: identity))
            }
            return
        }
        switch (routes[key]?.phase, identity) {
        case (.asked, let identity?) where status == 201:
            routes[key]?.phase = .offered(identity: identity)
        case (.asked, _):
            routes[key]?.phase = .refused
            effects.append(.refused(key: key, status: status, text))
        case (.withdrawing, _): routes[key]?.phase = .unknown
        case (.unknown, _), (.offered, _), (.refused, _), (nil, _): break
        }
        pending.append(key)
    }

    private mutating func askAgain(at now: Instant) {
        for number in questions.keys.sorted() {
            guard let question = questions[number], question.due <= now else { return }
            questions[number] = nil
            switch routes[question.key]?.phase {
            case .asked: routes[question.key]?.phase = .unknown
            case .withdrawing(let identity):
                routes[question.key]?.phase = .offered(identity: identity)
            case .unknown, .offered, .refused, nil: break
            }
            pending.append(question.key)
        }
    }

    private mutating func ask(at now: Instant, _ effects: inout [Effect]) {
        var done = 0
        while done < pending.count, !isOpen || questions.count < Self.most {
            let key = pending[done]
            done += 1
            guard let route = routes[key] else { continue }
            switch (route.phase, route.isHere) {
            case (.unknown, true) where isOpen:
                routes[key]?.phase = .asked
                effects.append(.create(question(about: key, at: now), key: key))
            case (.offered(let identity), false):
                routes[key]?.phase = .withdrawing(identity: identity)
                effects.append(
                    .delete(question(about: key, at: now), key: key, identity: identity))
            case (.unknown, false), (.refused, false): routes[key] = nil
            case (.unknown, true), (.offered, true), (.refused, true), (.asked, _),
                (.withdrawing, _):
                break
            }
        }
        pending.removeFirst(done)
    }

    private mutating func question(about key: String, at now: Instant) -> Int64 {
        last += 1
        questions[last] = (key, now + Self.patience)
        return last
    }
}
