internal import Basis

/// What happens by the clock (IR 3.5).
extension Mesh {
    mutating func start(at now: Instant) {
        nextTick = now + timing.helloInterval
        lastAnnouncement = now
        lastTopologyChange = now
    }

    mutating func timerFired(at now: Instant, _ effects: inout [Effect]) {
        defer { announceAddresses(at: now, &effects) }
        guard nextTick <= now else {
            if let nextAsk, nextAsk <= now { askAll(at: now, &effects) }
            return
        }
        // A tick that comes late says that this router stood still, not that others were silent.
        let isLate = nextTick + timing.helloInterval < now
        nextTick = isLate ? now + timing.helloInterval : nextTick + timing.helloInterval
        if !isLate, !isBehind {
            expireNeighbours(at: now, &effects)
            cutSilentTrunks(at: now, &effects)
        }
        isBehind = false
        sendHellos(at: now, &effects)
        expireNodes(at: now, &effects)
        doubtAddresses(at: now)
        pending.isUrgent = true
        settle(at: now, &effects)
        askAll(at: now, &effects)
        announceIfDue(at: now, &effects)
    }

    /// Often in flux, and when the first qdrouterd is heard of.
    private mutating func announceIfDue(at now: Instant, _ effects: inout [Effect]) {
        let isAmongMartlets = isAmongMartlets
        let isFirst = wasAmongMartlets && !isAmongMartlets
        wasAmongMartlets = isAmongMartlets
        let isInFlux = now <= lastTopologyChange + timing.raIntervalFlux + timing.raIntervalFlux
        let isFrequent = isInFlux && !isAmongMartlets
        let interval = isFrequent ? timing.raIntervalFlux : timing.raInterval
        if isFirst || lastAnnouncement + interval <= now { announce(at: now, &effects) }
    }
}
