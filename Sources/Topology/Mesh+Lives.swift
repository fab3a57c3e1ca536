internal import Basis

/// The lives of this router: whatever it says now must be newer to everyone than what it said before
/// it was started.
///
/// An instance is the time of a start, so that the greater one is the later. Where the clock was set
/// back in between it is not: then others hold this router in a life that is above its present one,
/// and Martlets among its neighbours tell it so when they first hear it.
extension Mesh {
    /// As often may a life be outbid. Former ones are few; another router of this name is there as
    /// often as it is looked for.
    private static let mostOutbids = 4

    /// Somebody holds higher numbers under this router's present instance: it was restarted faster
    /// than its instance tells. Numbers beyond those are news to everyone.
    mutating func outbid(
        linkStateSequence: SequenceNumber, mobileSequence: SequenceNumber
    ) {
        let me = NodeTable.myself
        let isNews =
            linkStateSequence > nodes[me].linkStateSequence || mobileSequence > announced.sequence
        guard isNews, linkStateSequence.hasRoom, mobileSequence.hasRoom else { return }
        nodes[me].linkStateSequence = max(linkStateSequence, nodes[me].linkStateSequence)
        announced.outbid(mobileSequence)
        pending.ownLinkState = true
        pending.isOutbid = true
    }

    /// A neighbour holds this router in a later life than its present one.
    mutating func outbid(_ instance: Instance, at now: Instant, _ effects: inout [Effect]) {
        guard instance > self.instance, instance.hasRoom else { return }
        guard outbids < Mesh.mostOutbids else {
            if suspicions.isFirstDuplicate(instance) {
                effects.append(.log(.duplicateRouterID(myself)))
            }
            return
        }
        outbids += 1
        effects.append(.log(.lifeOutbid(instance)))
        beginLife(instance.following(salt: salt), at: now, &effects)
    }

    /// Goes on as if it were started anew: everyone forgets what it has said so far. Its numbers go
    /// on, but for those of a Martlet none is below its instance.
    private mutating func beginLife(
        _ instance: Instance, at now: Instant, _ effects: inout [Effect]
    ) {
        self.instance = instance
        effects.append(.lifeBegan(instance))
        formerSequence = max(formerSequence, instance.firstSequence)
        nodes[NodeTable.myself].instance = instance
        announced.outbid(formerSequence)
        pending.ownLinkState = true
        pending.isOutbid = true
        sendHellos(at: now, &effects)
    }
}
