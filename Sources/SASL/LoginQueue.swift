package import Basis

/// Who is heard next. Sources take turns, so that one that asks much holds up itself alone, and one
/// whose logins fail is heard more and more seldom.
package struct LoginQueue<Job> {
    package init() {}

    /// How many jobs wait in all, and for one source.
    static var most: Int { 64 }
    static var mostOfSource: Int { 8 }
    /// Sources whose failures are remembered.
    static var mostSources: Int { 1_024 }
    /// Failures that cost nothing: fingers slip.
    static var freeFailures: Int { 3 }
    /// After this long without a failure all are forgotten.
    static var memory: Milliseconds { .seconds(60) }
    static var firstDelay: UInt64 { 250 }
    static var longestDelay: UInt64 { 8_000 }

    private struct Source {
        var jobs: [(id: UInt64, job: Job)] = []
        var failures = 0
        var lastFailure = Instant(nanoseconds: 0)
        var notBefore = Instant(nanoseconds: 0)
    }

    private var sources: [LoginSource: Source] = [:]
    /// Sources with jobs, the one to be heard first in front.
    private var turns: [LoginSource] = []
    private(set) var count = 0

    /// False if it cannot wait: there are too many.
    package mutating func add(_ job: Job, id: UInt64, from source: LoginSource, at now: Instant)
        -> Bool
    {
        let waiting = sources[source]?.jobs.count ?? 0
        guard count < Self.most, waiting < Self.mostOfSource else { return false }
        if waiting == 0 { turns.append(source) }
        sources[source, default: Source()].jobs.append((id, job))
        count += 1
        return true
    }

    /// Takes the next job whose source may be heard.
    package mutating func next(at now: Instant) -> (job: Job, source: LoginSource)? {
        guard
            let index = turns.firstIndex(where: { (sources[$0]?.notBefore ?? now) <= now }),
            var source = sources[turns[index]], !source.jobs.isEmpty
        else { return nil }
        let name = turns.remove(at: index)
        let job = source.jobs.removeFirst().job
        count -= 1
        if !source.jobs.isEmpty { turns.append(name) }
        sources[name] = source.jobs.isEmpty && source.failures == 0 ? nil : source
        return (job, name)
    }

    /// When the next job may be taken; nil if none waits.
    package var nextDue: Instant? {
        turns.map { sources[$0]?.notBefore ?? Instant(nanoseconds: 0) }.min()
    }

    /// The login's connection has gone.
    package mutating func drop(id: UInt64) {
        for index in turns.indices.reversed() {
            let name = turns[index]
            guard var source = sources[name],
                let place = source.jobs.firstIndex(where: { $0.id == id })
            else { continue }
            source.jobs.remove(at: place)
            count -= 1
            sources[name] = source
            if source.jobs.isEmpty { turns.remove(at: index) }
        }
    }

    /// A login of the source has failed: the next ones wait, twice as long each time.
    package mutating func failed(_ name: LoginSource, at now: Instant) {
        var source = sources[name] ?? Source()
        if source.lastFailure + Self.memory < now { source.failures = 0 }
        source.failures += 1
        source.lastFailure = now
        let doublings = source.failures - Self.freeFailures - 1
        if doublings >= 0 {
            let delay = Self.firstDelay << UInt64(min(doublings, 8))
            source.notBefore = now + Milliseconds(min(delay, Self.longestDelay))
        }
        sources[name] = source
        if sources.count > Self.mostSources { forgetOldest() }
    }

    /// A login of the source was right: half of what failed there is forgiven.
    package mutating func succeeded(_ name: LoginSource) {
        guard var source = sources[name] else { return }
        source.failures /= 2
        sources[name] = source.failures == 0 && source.jobs.isEmpty ? nil : source
    }

    private mutating func forgetOldest() {
        let idle = sources.filter { $0.value.jobs.isEmpty }
        guard let oldest = idle.min(by: { $0.value.lastFailure < $1.value.lastFailure }) else {
            return
        }
        sources[oldest.key] = nil
    }
}
