package import Basis

/// An edge router's part in the network: which of its connections to interior routers is its uplink,
/// which links that has, and which addresses have consumers beyond (IR 8).
///
/// Pure: an event and the time in, effects out. Without an uplink nothing is beyond, and the router
/// serves its clients among each other.
package struct EdgeRouter: Sendable {
    package enum Event: Sendable {
        /// A connection of role `edge` is open on both sides; its connector's cost.
        case opened(UplinkID, cost: Int)
        case closed(UplinkID)
        /// The address has its first consumer here, or lost its last one; by its key.
        case consumersCame(String)
        case consumersWent(String)
        /// The router goes down soon: what the interior has is for others.
        case leaving
        /// The address has its first producer here, or lost its last one.
        case producersCame(String)
        case producersWent(String)
        /// The interior has answered our attach, for a dynamic node with its address.
        case attached(EdgeLinkID, address: String? = nil)
        /// The interior has refused or detached the link.
        case detached(EdgeLinkID)
        /// The interior says whether an address has consumers other than ours (IR 8.4).
        case tracked(String, isReachable: Bool, from: UplinkID)
        /// No message has passed over the connection since it was last looked at, and none is
        /// under way.
        case quiet(UplinkID)
        case timerFired
    }

    package enum Effect: Hashable, Sendable {
        case attach(EdgeLinkID, EdgeLink, on: UplinkID)
        case detach(EdgeLinkID, on: UplinkID)
        /// Whatever is not known here goes up by this connection; nil for nowhere.
        case defaultRoute(UplinkID?)
        /// The address has consumers beyond, or no longer.
        case reachable(String, Bool)
        /// The interior can be asked that, and answers at this address; nil for neither.
        case canAsk(EdgeInquiry, answersAt: String?)
        /// A sign of life is due.
        case beat(Int32, on: UplinkID)
        /// Say whether the connection is quiet.
        case look(at: UplinkID)
        /// It is left for another one, and can be closed.
        case leave(UplinkID)
        case wake(Instant)
        case log(Fact)
    }

    package enum Fact: Hashable, Sendable {
        case established(UplinkID)
        case lost(UplinkID, alternative: UplinkID?)
        case left(UplinkID, preferred: UplinkID)
        /// The interior does not want the link.
        case refused(EdgeLink, UplinkID)
    }

    /// Between signs of life (IR-94).
    package static let beatInterval = Milliseconds.seconds(2)
    /// Between looks whether an uplink that is to be left is quiet.
    package static let lookInterval = Milliseconds.seconds(1)

    private var choice = UplinkChoice()
    /// The connection in use.
    package var active: UplinkID? { choice.active }
    /// Those of the uplink.
    private var links: [EdgeLinkID: EdgeLink] = [:]
    private var lastLink: UInt64 = 0
    /// Links by what they are for; nil where the interior has refused it.
    private var consumers: [String: EdgeLinkID?] = [:]
    /// What the interior has is no longer asked for.
    private var isLeaving = false
    private var producers: [String: EdgeLinkID?] = [:]
    private var reachable: Set<String> = []
    private var inquiries: [EdgeInquiry: InquiryLinks] = [:]
    private var beats: Int32 = 0
    /// When the next sign of life is due; nil before its link is attached.
    private var nextBeat: Instant?
    /// When to look next whether the uplink can be left; nil before the preferred one is steady.
    private var nextLook: Instant?

    package init() {}

    package mutating func handle(_ event: Event, at now: Instant, into effects: inout [Effect]) {
        switch event {
        case .opened(let uplink, let cost):
            choice.opened(uplink, cost: cost, at: now)
            if active == nil, let next = choice.takeNext() { activate(next, &effects) }
            if choice.takesOverAt != nil { wake(&effects) }
        case .closed(let uplink): close(uplink, at: now, &effects)
        case .consumersCame(let key):
            guard !isLeaving else { break }
            consumers[key] = .some(active.map { attach(.consumer(key), on: $0, &effects) })
        case .consumersWent(let key): detach(consumers.removeValue(forKey: key) ?? nil, &effects)
        case .leaving:
            isLeaving = true
            for link in consumers.values { detach(link, &effects) }
            consumers = [:]
        case .producersCame(let key):
            producers[key] = .some(active.map { attach(.producer(key), on: $0, &effects) })
        case .producersWent(let key):
            detach(producers.removeValue(forKey: key) ?? nil, &effects)
            setReachable(key, false, &effects)
        case .attached(let link, let address): attached(link, address, at: now, &effects)
        case .detached(let link): detached(link, &effects)
        case .tracked(let key, let isReachable, let uplink):
            guard uplink == active, producers[key] != nil else { return }
            setReachable(key, isReachable, &effects)
        case .quiet(let uplink): leave(uplink, at: now, &effects)
        case .timerFired:
            beatIfDue(at: now, &effects)
            lookIfDue(at: now, &effects)
            wake(&effects)
        }
    }

    // MARK: Uplinks

    private mutating func activate(_ uplink: UplinkID, _ effects: inout [Effect]) {
        effects.append(.log(.established(uplink)))
        _ = attach(.anonymous, on: uplink, &effects)
        _ = attach(.downlink, on: uplink, &effects)
        for key in consumers.keys.sorted() {
            consumers[key] = .some(attach(.consumer(key), on: uplink, &effects))
        }
        for key in producers.keys.sorted() {
            producers[key] = .some(attach(.producer(key), on: uplink, &effects))
        }
        _ = attach(.tracking, on: uplink, &effects)
        for inquiry in EdgeInquiry.allCases {
            _ = attach(.questions(inquiry), on: uplink, &effects)
            _ = attach(.answers(inquiry), on: uplink, &effects)
        }
        _ = attach(.heartbeat, on: uplink, &effects)
    }

    private mutating func close(
        _ uplink: UplinkID, at now: Instant, _ effects: inout [Effect]
    ) {
        guard choice.closed(uplink, at: now) else { return }
        forgetUplink(&effects)
        let next = choice.takeNext()
        effects.append(.log(.lost(uplink, alternative: next)))
        if let next { activate(next, &effects) }
        wake(&effects)
    }

    /// The other one is steady, and nothing is under way over this one.
    private mutating func leave(
        _ uplink: UplinkID, at now: Instant, _ effects: inout [Effect]
    ) {
        guard uplink == active, let due = choice.takesOverAt, due <= now,
            let preferred = choice.takeOver(at: now)
        else { return }
        forgetUplink(&effects)
        effects.append(.log(.left(uplink, preferred: preferred)))
        effects.append(.leave(uplink))
        activate(preferred, &effects)
        wake(&effects)
    }

    private mutating func forgetUplink(_ effects: inout [Effect]) {
        links = [:]
        nextBeat = nil
        nextLook = nil
        beats = 0
        for key in consumers.keys { consumers[key] = .some(nil) }
        for key in producers.keys { producers[key] = .some(nil) }
        effects.append(.defaultRoute(nil))
        for key in reachable.sorted() { setReachable(key, false, &effects) }
        inquiries = [:]
        for inquiry in EdgeInquiry.allCases {
            effects.append(.canAsk(inquiry, answersAt: nil))
        }
    }

    // MARK: Links

    private mutating func attach(
        _ link: EdgeLink, on uplink: UplinkID, _ effects: inout [Effect]
    ) -> EdgeLinkID {
        lastLink += 1
        let id = EdgeLinkID(lastLink)
        links[id] = link
        effects.append(.attach(id, link, on: uplink))
        return id
    }

    private mutating func detach(_ id: EdgeLinkID?, _ effects: inout [Effect]) {
        guard let id, let active, links.removeValue(forKey: id) != nil else { return }
        effects.append(.detach(id, on: active))
    }

    private mutating func attached(
        _ id: EdgeLinkID, _ address: String?, at now: Instant, _ effects: inout [Effect]
    ) {
        guard let active else { return }
        switch links[id] {
        case .anonymous: effects.append(.defaultRoute(active))
        case .heartbeat:
            nextBeat = now
            beatIfDue(at: now, &effects)
            wake(&effects)
        case .questions(let inquiry):
            inquiries[inquiry, default: InquiryLinks()].isAttached = true
            tellIfAttached(inquiry, &effects)
        case .answers(let inquiry):
            inquiries[inquiry, default: InquiryLinks()].answersAddress = address
            tellIfAttached(inquiry, &effects)
        case .downlink, .tracking, .consumer, .producer, nil: break
        }
    }

    private func tellIfAttached(_ inquiry: EdgeInquiry, _ effects: inout [Effect]) {
        guard let links = inquiries[inquiry], links.isAttached, let address = links.answersAddress
        else { return }
        effects.append(.canAsk(inquiry, answersAt: address))
    }

    /// A link that the interior does not want is not offered again over this uplink, unless its need
    /// goes and comes.
    private mutating func detached(_ id: EdgeLinkID, _ effects: inout [Effect]) {
        guard let link = links.removeValue(forKey: id), let active else { return }
        effects.append(.log(.refused(link, active)))
        switch link {
        case .anonymous: effects.append(.defaultRoute(nil))
        case .tracking:
            for key in reachable.sorted() { setReachable(key, false, &effects) }
        case .heartbeat: nextBeat = nil
        case .questions(let inquiry), .answers(let inquiry):
            inquiries[inquiry] = nil
            effects.append(.canAsk(inquiry, answersAt: nil))
        case .downlink: break
        case .consumer(let key): consumers[key] = .some(nil)
        case .producer(let key):
            producers[key] = .some(nil)
            setReachable(key, false, &effects)
        }
    }

    private mutating func setReachable(
        _ key: String, _ isReachable: Bool, _ effects: inout [Effect]
    ) {
        let isChange =
            isReachable ? reachable.insert(key).inserted : reachable.remove(key) != nil
        if isChange { effects.append(.reachable(key, isReachable)) }
    }

    // MARK: Signs of life, and looks

    private mutating func beatIfDue(at now: Instant, _ effects: inout [Effect]) {
        guard let due = nextBeat, let active else { return }
        if due <= now {
            effects.append(.beat(beats, on: active))
            beats &+= 1
            nextBeat = now + Self.beatInterval
        }
    }

    private mutating func lookIfDue(at now: Instant, _ effects: inout [Effect]) {
        guard let active, let due = nextLook ?? choice.takesOverAt, due <= now else { return }
        nextLook = choice.takesOverAt == nil ? nil : now + Self.lookInterval
        if nextLook != nil { effects.append(.look(at: active)) }
    }

    private func wake(_ effects: inout [Effect]) {
        let dues = [nextBeat, nextLook ?? choice.takesOverAt].compactMap { $0 }
        if let due = dues.min() { effects.append(.wake(due)) }
    }
}

/// The two links of an inquiry, as far as they are attached.
private struct InquiryLinks: Sendable {
    var isAttached = false
    var answersAddress: String?
}
