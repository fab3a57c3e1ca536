internal import AMQP

/// How far a router is that takes leave of its clients.
package struct LeaveFacts: Hashable, Sendable {
    /// Links with deliveries that are not settled, or credit that is not given back.
    package let linksUnderWay: Int
    /// Until the router ends whatever is under way then; nil for one that stays.
    package let secondsLeft: Int?

    package init(linksUnderWay: Int, secondsLeft: Int?) {
        self.linksUnderWay = linksUnderWay
        self.secondsLeft = secondsLeft
    }

    var value: Value {
        var map: ValueMap = [
            "drained": .bool(linksUnderWay == 0), "linksUnderWay": .long(Int64(linksUnderWay)),
        ]
        if let secondsLeft { map["secondsLeft"] = .long(Int64(secondsLeft)) }
        return .map(map)
    }
}

/// `DRAIN` and `SHUTDOWN` of the management node, operations of Martlet's own.
extension Agent {
    /// A day, in seconds.
    private static let longestLeave = 86_400

    /// The property `deadlineSeconds` bounds the time. The body of the answer has `drained`,
    /// `linksUnderWay` and, of a router that ends, `secondsLeft`. Asked again, it says how far it is.
    func takeLeave(
        _ request: Request, ends: Bool, _ router: some ManagedRouter, _ requester: Requester
    ) throws(ManagementError) -> Answer {
        let seconds = try request.number("deadlineSeconds", in: 0...Self.longestLeave)
        let facts = try router.takeLeave(within: seconds, ends: ends, requester: requester)
        return Answer(facts.value)
    }
}
