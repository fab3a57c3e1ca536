import Basis
import Edge
import Seeded
import Testing

/// Offers, and the interior router that they are made to.
private struct Subject {
    var offers = RouteOffers()
    var now = Instant(milliseconds: 1_000)
    private(set) var effects: [RouteOffers.Effect] = []
    /// Questions that the interior has not answered yet.
    private(set) var asked: [RouteOffers.Effect] = []
    /// What it has made, by identity.
    private(set) var made: [String: String] = [:]
    private var lastIdentity = 0

    mutating func handle(_ event: RouteOffers.Event) {
        effects = []
        offers.handle(event, at: now, into: &effects)
        if case .ended = event { (asked, made) = ([], [:]) }
        asked += effects.filter {
            switch $0 {
            case .create, .delete: true
            case .refused, .wake: false
            }
        }
    }

    mutating func answer(_ question: RouteOffers.Effect, status: Int64? = nil) {
        asked.removeAll { $0 == question }
        switch question {
        case .create(let number, let key):
            guard status == nil else { return tell(number, status) }
            lastIdentity += 1
            made["\(lastIdentity)"] = key
            tell(number, 201, "\(lastIdentity)")
        case .delete(let number, _, let identity):
            tell(number, status ?? (made.removeValue(forKey: identity) == nil ? 404 : 204))
        case .refused, .wake: break
        }
    }

    private mutating func tell(_ number: Int64, _ status: Int64?, _ identity: String? = nil) {
        handle(.answered(number, status: status ?? 0, identity: identity, text: "text"))
    }

    mutating func answerAll() {
        while let first = asked.first { answer(first) }
    }
}

@Suite("Offers of link routes") struct RouteOffersTests {
    @Test func `are made over each uplink, and withdrawn when the last container goes (IR-102)`() {
        var subject = Subject()
        subject.handle(.came("Ca"))
        #expect(subject.asked == [])
        subject.handle(.began)
        #expect(subject.asked == [.create(1, key: "Ca")])
        subject.answerAll()
        subject.handle(.ended)
        subject.handle(.began)
        subject.answerAll()
        #expect(subject.made.values.sorted() == ["Ca"])
        subject.handle(.went("Ca"))
        subject.answerAll()
        #expect(subject.made == [:])
    }

    @Test func `are withdrawn after the answer when the route goes before it (RS-492)`() {
        var subject = Subject()
        subject.handle(.began)
        subject.handle(.came("Ca"))
        subject.handle(.went("Ca"))
        #expect(subject.asked == [.create(1, key: "Ca")])
        subject.answer(.create(1, key: "Ca"))
        #expect(subject.asked == [.delete(2, key: "Ca", identity: "1")])
        subject.handle(.came("Ca"))
        subject.answerAll()
        #expect(subject.made.values.sorted() == ["Ca"])
    }

    @Test func `that are refused are told, and not made again before the route comes again`() {
        var subject = Subject()
        subject.handle(.began)
        subject.handle(.came("Ca"))
        subject.answer(.create(1, key: "Ca"), status: 403)
        #expect(subject.effects == [.refused(key: "Ca", status: 403, "text")])
        subject.handle(.came("Ca"))
        #expect(subject.effects == [])
        subject.handle(.went("Ca"))
        subject.handle(.came("Ca"))
        #expect(subject.asked == [.create(2, key: "Ca")])
    }

    @Test func `are repeated when nobody answers, and a late answer leaves none twice`() {
        var subject = Subject()
        subject.handle(.began)
        subject.handle(.came("Ca"))
        #expect(subject.effects.last == .wake(subject.now + RouteOffers.patience))
        subject.now = subject.now + RouteOffers.patience
        subject.handle(.timerFired)
        #expect(subject.asked == [.create(1, key: "Ca"), .create(2, key: "Ca")])
        subject.answerAll()
        #expect(subject.made.values.sorted() == ["Ca"])
    }

    @Test func `go a few at a time, whatever their number`() {
        var subject = Subject()
        for number in 0..<1_000 { subject.handle(.came("C\(number)")) }
        subject.handle(.began)
        #expect(subject.asked.count == RouteOffers.most)
        subject.answerAll()
        #expect(subject.made.count == 1_000)
    }

    @Test func `answers that nobody has asked for change nothing`() {
        var subject = Subject()
        subject.handle(.answered(.max, status: 201, identity: "9", text: ""))
        #expect(subject.effects == [])
        subject.handle(.began)
        subject.handle(.answered(.max, status: 201, identity: "9", text: ""))
        subject.handle(.answered(.min, status: .min, identity: nil, text: ""))
        #expect(subject.effects == [])
    }

    @Test(arguments: 1...20)
    func `come to what is here, whatever happens`(number: Int) {
        var seed = Seed(number: UInt64(number))
        var subject = Subject()
        var here: Set<String> = []
        var isOpen = false
        for _ in 0..<500 {
            let key = "C\(seed.below(5))"
            switch seed.below(6) {
            case 0 where here.insert(key).inserted: subject.handle(.came(key))
            case 1 where here.remove(key) != nil: subject.handle(.went(key))
            case 2 where seed.once(in: 5):
                isOpen.toggle()
                subject.handle(isOpen ? .began : .ended)
            case 3:
                subject.now = subject.now + .seconds(UInt64(seed.below(12)))
                subject.handle(.timerFired)
            default:
                guard !subject.asked.isEmpty else { continue }
                subject.answer(subject.asked[seed.below(subject.asked.count)])
            }
        }
        if !isOpen { subject.handle(.began) }
        subject.answerAll()
        #expect(subject.made.values.sorted() == here.sorted())
    }
}
