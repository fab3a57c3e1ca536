internal import Basis
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Routing

/// Looks at all links once a second, and every half minute for what is stuck (MG-143 to MG-145).
extension Control {
    /// How often and how strictly control looks for what is stuck.
    struct SweepTiming {
        let seconds: Int
        let age: Milliseconds

        static let usual = SweepTiming(seconds: 30, age: .seconds(10))
        /// With `--test-hooks`.
        static let quick = SweepTiming(seconds: 5, age: .seconds(3))
    }

    func watch(_ link: LinkEntry) {
        let watch = LinkWatch(link, at: now)
        if let earlier = watches.updateValue(watch, forKey: link.id) { linkTotals.left(earlier) }
        linkTotals.came(watch)
        guard !isSweeping else { return }
        isSweeping = true
        timers.add(Self.sweepToken, due: now + .seconds(1))
    }

    /// Nothing is looked at while there is no link.
    func sweepTimerFired() {
        let isMemoryOut = giveMemoryBack()
        isSweeping = !watches.isEmpty || isMemoryOut
        guard isSweeping else { return }
        timers.add(Self.sweepToken, due: now + .seconds(1))
        sweepSeconds += 1
        let isSearch = sweepSeconds % sweepTiming.seconds == 0
        linkTotals.clear()
        var index = watches.values.startIndex
        while index != watches.values.endIndex {
            let sample = watches.values[index].sample
            watches.values[index].history.take(sample, at: now)
            if isSearch { search(index, sample) }
            linkTotals.add(watches.values[index], hasCredit: sample.credit > 0)
            watches.values.formIndex(after: &index)
        }
    }

    private func search(
        _ index: Dictionary<LinkID, LinkWatch>.Index, _ sample: LinkHistory.Sample
    ) {
        let found = watches.values[index].history.sweep(sample, age: sweepTiming.age, at: now)
        guard !found.isEmpty else { return }
        let (id, watch) = watches[index]
        let name = "[C\(watch.connection.number)][L\(id.number)]"
        if found.contains(.stuck) {
            log.write(
                .routerCore, .info,
                "\(name) Stuck delivery: At least one delivery on this link has been "
                    + "undelivered/unsettled for more than \(sweepTiming.age.count / 1_000) seconds"
            )
        }
        if found.contains(.blocked) {
            log.write(
                .routerCore, .info,
                "\(name) Link blocked with zero credit for "
                    + "\(watch.history.zeroCreditSeconds(at: now)) seconds")
        }
    }
}
