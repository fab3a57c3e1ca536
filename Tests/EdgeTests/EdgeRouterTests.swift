import Basis
import Edge
import Seeded
import Testing

/// An edge router with what its effects come to.
private struct Subject {
    var router = EdgeRouter()
    var now = Instant(milliseconds: 1_000)
    private(set) var effects: [EdgeRouter.Effect] = []
    /// Links as the interior sees them.
    private(set) var links: [EdgeLinkID: EdgeLink] = [:]
    private(set) var uplink: UplinkID?
    private(set) var reachable: Set<String> = []
    private(set) var attachedOn: Set<UplinkID> = []

    mutating func handle(_ event: EdgeRouter.Event) {
        effects = []
        router.handle(event, at: now, into: &effects)
        if case .closed(let id) = event, attachedOn.contains(id) {
            links = links.filter { _ in false }
            attachedOn.remove(id)
        }
        for effect in effects { follow(effect) }
    }

    private mutating func follow(_ effect: EdgeRouter.Effect) {
        switch effect {
        case .attach(let id, let link, on: let uplink):
            #expect(links.updateValue(link, forKey: id) == nil)
            attachedOn.insert(uplink)
        case .detach(let id, on: _): #expect(links.removeValue(forKey: id) != nil)
        case .defaultRoute(let id): uplink = id
        case .reachable(let key, let isReachable):
            #expect(reachable.contains(key) != isReachable)
            if isReachable { reachable.insert(key) } else { reachable.remove(key) }
        case .leave(let id):
            #expect(attachedOn.remove(id) != nil)
            links = [:]
        case .canAsk, .beat, .wake, .log, .look: break
        }
    }

    func link(_ link: EdgeLink) -> EdgeLinkID? { links.first { $0.value == link }?.key }

    mutating func answerAll() {
        for id in links.keys.sorted() { handle(.attached(id)) }
    }

    mutating func refuse(_ id: EdgeLinkID) {
        links[id] = nil
        handle(.detached(id))
    }
}

private let own: Set<EdgeLink> = [
    .anonymous, .downlink, .tracking, .questions(.lookup), .answers(.lookup),
    .questions(.management), .answers(.management), .heartbeat,
]
private let first = UplinkID(1)
private let second = UplinkID(2)

@Suite("An edge router") struct EdgeRouterTests {
    @Test func `attaches its own links to the first connection that opens`() {
        var subject = Subject()
        subject.handle(.opened(first, cost: 1))
        #expect(
            Set(subject.links.values) == own)
        #expect(subject.router.active == first)
        #expect(subject.uplink == nil)
        subject.answerAll()
        #expect(subject.uplink == first)
    }

    @Test func `leaves a second connection alone until the first is lost (IR-92)`() {
        var subject = Subject()
        subject.handle(.opened(first, cost: 1))
        subject.answerAll()
        subject.handle(.opened(second, cost: 1))
        #expect(subject.effects == [])
        subject.handle(.closed(first))
        #expect(subject.effects.contains(.log(.lost(first, alternative: second))))
        #expect(subject.attachedOn == [second])
        #expect(subject.links.count == own.count)
        subject.answerAll()
        #expect(subject.uplink == second)
    }

    private func preferring(_ subject: inout Subject) {
        subject.handle(.opened(first, cost: 2))
        subject.answerAll()
        subject.handle(.opened(second, cost: 1))
        #expect(subject.router.active == first)
    }

    @Test func `takes a cheaper connection into use when it is steady and the other quiet`() {
        var subject = Subject()
        subject.handle(.consumersCame("M0a"))
        preferring(&subject)
        subject.now = subject.now + UplinkChoice.leastPatience
        #expect(subject.effects.contains { if case .wake = $0 { true } else { false } })
        subject.handle(.timerFired)
        #expect(subject.effects.contains(.look(at: first)))
        #expect(subject.router.active == first)
        // It was not: looked at again a second later.
        subject.now = subject.now + EdgeRouter.lookInterval
        subject.handle(.timerFired)
        #expect(subject.effects.contains(.look(at: first)))
        subject.handle(.quiet(first))
        #expect(subject.effects.contains(.leave(first)))
        #expect(subject.effects.contains(.log(.left(first, preferred: second))))
        #expect(subject.router.active == second)
        #expect(Set(subject.links.values) == own.union([.consumer("M0a")]))
        subject.handle(.closed(first))
        #expect(subject.effects == [])
    }

    @Test func `leaves nothing for a connection that has not been open for long enough`() {
        var subject = Subject()
        preferring(&subject)
        subject.now = subject.now + (Milliseconds(UplinkChoice.leastPatience.count - 1))
        subject.handle(.timerFired)
        #expect(!subject.effects.contains(.look(at: first)))
        subject.handle(.quiet(first))
        #expect(subject.router.active == first)
    }

    @Test func `leaves nothing for a connection that is as dear, or was lost meanwhile`() {
        var subject = Subject()
        subject.handle(.opened(first, cost: 2))
        subject.handle(.opened(second, cost: 2))
        subject.now = subject.now + .seconds(3_600)
        subject.handle(.timerFired)
        subject.handle(.quiet(first))
        #expect(subject.router.active == first)
        let third = UplinkID(3)
        subject.handle(.opened(third, cost: 1))
        subject.now = subject.now + UplinkChoice.leastPatience
        subject.handle(.timerFired)
        #expect(subject.effects.contains(.look(at: first)))
        subject.handle(.closed(third))
        subject.handle(.quiet(first))
        #expect(subject.router.active == first)
    }

    @Test func `says that nothing is left when the last connection goes`() {
        var subject = Subject()
        subject.handle(.opened(first, cost: 1))
        subject.answerAll()
        subject.handle(.closed(first))
        #expect(
            subject.effects == [
                .defaultRoute(nil), .canAsk(.management, answersAt: nil),
                .canAsk(.lookup, answersAt: nil),
                .log(.lost(first, alternative: nil)),
            ])
        #expect(subject.router.active == nil)
    }

    @Test func `attaches a link for each address with consumers or producers`() {
        var subject = Subject()
        subject.handle(.consumersCame("M0a"))
        subject.handle(.opened(first, cost: 1))
        subject.handle(.producersCame("M0b"))
        #expect(subject.link(.consumer("M0a")) != nil)
        #expect(subject.link(.producer("M0b")) != nil)
        subject.handle(.consumersWent("M0a"))
        subject.handle(.producersWent("M0b"))
        #expect(subject.links.count == own.count)
    }

    @Test func `that leaves has nothing sent to its consumers any more`() {
        var subject = Subject()
        subject.handle(.opened(first, cost: 1))
        subject.handle(.consumersCame("M0a"))
        subject.handle(.producersCame("M0b"))
        subject.handle(.leaving)
        #expect(subject.link(.consumer("M0a")) == nil)
        #expect(subject.link(.producer("M0b")) != nil)
        subject.handle(.consumersCame("M0c"))
        subject.handle(.consumersWent("M0a"))
        #expect(subject.link(.consumer("M0c")) == nil)
    }

    @Test func `believes an address beyond only while it is told so (IR-93)`() {
        var subject = Subject()
        subject.handle(.opened(first, cost: 1))
        subject.handle(.producersCame("M0a"))
        subject.answerAll()
        #expect(subject.reachable == [])
        subject.handle(.tracked("M0a", isReachable: true, from: first))
        subject.handle(.tracked("M0stranger", isReachable: true, from: first))
        subject.handle(.tracked("M0a", isReachable: true, from: second))
        #expect(subject.reachable == ["M0a"])
        subject.handle(.tracked("M0a", isReachable: false, from: first))
        #expect(subject.reachable == [])
        subject.handle(.tracked("M0a", isReachable: true, from: first))
        subject.handle(.closed(first))
        #expect(subject.reachable == [])
    }

    @Test func `offers a refused link again only over another uplink`() throws {
        var subject = Subject()
        subject.handle(.opened(first, cost: 1))
        subject.handle(.consumersCame("M0a"))
        subject.refuse(try #require(subject.link(.consumer("M0a"))))
        #expect(subject.effects == [.log(.refused(.consumer("M0a"), first))])
        subject.handle(.consumersWent("M0a"))
        #expect(subject.effects == [])
        subject.handle(.consumersCame("M0a"))
        #expect(subject.link(.consumer("M0a")) != nil)
    }

    @Test func `gives a sign of life at once and then every two seconds (IR-94)`() throws {
        var subject = Subject()
        subject.handle(.opened(first, cost: 1))
        subject.handle(.timerFired)
        #expect(subject.effects == [])
        subject.handle(.attached(try #require(subject.link(.heartbeat))))
        #expect(subject.effects.contains(.beat(0, on: first)))
        subject.now = subject.now + 1_900
        subject.handle(.timerFired)
        #expect(!subject.effects.contains(.beat(1, on: first)))
        subject.now = subject.now + 100
        subject.handle(.timerFired)
        #expect(subject.effects.contains(.beat(1, on: first)))
    }

    @Test(arguments: EdgeInquiry.allCases)
    func `can ask once both links for that are attached (IR 8.5)`(inquiry: EdgeInquiry) throws {
        var subject = Subject()
        subject.handle(.opened(first, cost: 1))
        let answers = try #require(subject.link(.answers(inquiry)))
        subject.handle(.attached(answers, address: "here"))
        #expect(subject.effects == [])
        subject.handle(.attached(try #require(subject.link(.questions(inquiry)))))
        #expect(subject.effects == [.canAsk(inquiry, answersAt: "here")])
        subject.refuse(answers)
        #expect(subject.effects.contains(.canAsk(inquiry, answersAt: nil)))
    }

    @Test(arguments: 1...20)
    func `has the links that it needs whatever happens`(number: Int) {
        var seed = Seed(number: UInt64(number))
        var subject = Subject()
        var open: [UplinkID] = []
        var consumers: Set<String> = []
        var producers: Set<String> = []
        var refused: Set<EdgeLink> = []
        var lastConnection: UInt64 = 0
        for _ in 0..<500 {
            let key = "M0\(seed.below(5))"
            subject.now = subject.now + .seconds(UInt64(seed.below(20)))
            switch seed.below(10) {
            case 0:
                lastConnection += 1
                open.append(UplinkID(lastConnection))
                subject.handle(.opened(UplinkID(lastConnection), cost: 1 + seed.below(2)))
            case 1 where !open.isEmpty:
                let lost = open.remove(at: seed.below(open.count))
                if subject.router.active == lost { refused = [] }
                subject.handle(.closed(lost))
            case 2 where consumers.insert(key).inserted: subject.handle(.consumersCame(key))
            case 3 where consumers.remove(key) != nil:
                refused.remove(.consumer(key))
                subject.handle(.consumersWent(key))
            case 4 where producers.insert(key).inserted: subject.handle(.producersCame(key))
            case 5 where producers.remove(key) != nil:
                refused.remove(.producer(key))
                subject.handle(.producersWent(key))
            case 6:
                subject.handle(
                    .tracked(
                        key, isReachable: seed.once(in: 2),
                        from: UplinkID(UInt64(seed.below(Int(lastConnection) + 1)))))
            case 7: subject.answerAll()
            case 8:
                guard let active = subject.router.active else { continue }
                subject.handle(.quiet(active))
                guard subject.router.active != active else { continue }
                open.removeAll { $0 == active }
                refused = []
            default:
                guard let (id, link) = subject.links.min(by: { $0.key < $1.key }),
                    seed.once(in: 4)
                else { continue }
                refused.insert(link)
                subject.refuse(id)
            }
            #expect(subject.router.active.map { open.contains($0) } ?? open.isEmpty)
            #expect(subject.reachable.isSubset(of: producers))
            guard subject.router.active != nil else {
                #expect(subject.links.isEmpty && subject.reachable.isEmpty && subject.uplink == nil)
                continue
            }
            let needed = own.union(consumers.map { .consumer($0) }).union(
                producers.map { .producer($0) })
            #expect(Set(subject.links.values) == needed.subtracting(refused))
            #expect(subject.links.count == needed.subtracting(refused).count)
        }
    }
}
