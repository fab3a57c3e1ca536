internal import AMQP
internal import Basis
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Routing
internal import TLS
internal import Topology

/// Certificates that take the place of others: trunks are made anew beside those there are, and
/// connections whose certificates are no longer valid are closed.
extension Control {
    /// So long a trunk may take to hand over what is under way when its certificates are no longer
    /// valid.
    private static let timeToHandOver = Milliseconds(10_000)

    /// The certificates of a profile have a number, and connections that bear a lower one than is
    /// valid are closed.
    func number(_ name: String, _ ordinal: Int, oldestValid: Int) {
        tell(profiles.number(name, ordinal))
        for entry in connections.values {
            guard let tls = entry.report?.tls, tls.profile == name, tls.ordinal < oldestValid else {
                continue
            }
            expel(
                entry,
                "Certificates of sslProfile '\(name)' with ordinal \(tls.ordinal) are no longer "
                    + "valid")
        }
    }

    /// Closes a connection; a trunk only when another one has taken its place, if one is to.
    private func expel(_ entry: ConnectionEntry, _ reason: String) {
        guard !entry.isClosing else { return }
        let isReplaced =
            mesh?.trunksByConnection[entry.id].map { mesh?.machine.isInUse($0) == false } ?? false
        guard retiring[entry.id] != nil || isReplaced || renew(entry, because: reason) else {
            return close(entry, reason)
        }
        let end = now + Self.timeToHandOver
        retiring[entry.id] =
            retiring[entry.id]?.ending(at: end, reason: reason)
            ?? RetiringTrunk(reason: reason, end: end)
        timers.add(Self.rotationToken, due: now + RetiringTrunk.betweenLooks)
    }

    private func close(_ entry: ConnectionEntry, _ reason: String) {
        log.write(.server, .info, "[C\(entry.id.number)] Closing connection: \(reason)")
        hide(entry.id)
        workers[entry.worker].mailbox.post(
            .close(
                entry.id, AMQPError(name: "amqp:connection:forced", text: reason),
                awaitsAnswer: true))
    }

    // MARK: Trunks

    /// The certificates of a profile were read under a higher number than before.
    func renewTrunks(_ profile: TLSProfile) {
        for (token, connector) in connectors where connector.connection != nil {
            renewIfOld(token, profile)
        }
    }

    /// A connector's trunk has certificates of a lower number than there are now.
    func renewIfOld(_ token: UInt64, _ profile: TLSProfile? = nil) {
        guard let connector = connectors[token], connector.former == nil,
            let entry = connector.connection.flatMap({ connections[$0] }),
            let tls = entry.report?.tls,
            let newest = profile ?? profiles.newest(named: tls.profile),
            newest.settings.name == tls.profile, newest.ordinal > tls.ordinal
        else { return }
        _ = renew(
            entry,
            because:
                "Certificates of sslProfile '\(tls.profile)' have ordinal \(newest.ordinal) now"
        )
    }

    /// Dials beside a connector's trunk; false if it is none.
    private func renew(_ entry: ConnectionEntry, because reason: String) -> Bool {
        guard phase == .running, entry.plan.role == .interRouter, let token = entry.connector,
            connectors[token]?.connection == entry.id, connectors[token]?.former == nil
        else { return false }
        log.write(
            .server, .info,
            "[C\(entry.id.number)] \(reason): another trunk is made beside this one")
        connectors[token]?.keepFormer()
        retiring[entry.id] = RetiringTrunk(reason: reason)
        timers.add(Self.rotationToken, due: now + RetiringTrunk.betweenLooks)
        dial(token)
        return true
    }

    func rotationTimerFired() {
        guard phase == .running, !retiring.isEmpty else { return }
        for (id, var trunk) in retiring {
            guard let entry = connections[id], !entry.isClosing else {
                retiring[id] = nil
                continue
            }
            let isDone = trunk.isDone(look(at: entry), at: now)
            retiring[id] = isDone ? nil : trunk
            if isDone { close(entry, trunk.reason) }
        }
        if !retiring.isEmpty {
            timers.add(Self.rotationToken, due: now + RetiringTrunk.betweenLooks)
        }
    }

    private func look(at entry: ConnectionEntry) -> RetiringTrunk.Look {
        let isInUse =
            mesh?.trunksByConnection[entry.id].map { mesh?.machine.isInUse($0) == true } ?? false
        let isAwaited = entry.connector.map { connectors[$0]?.former == entry.id } ?? false
        var links = 0
        var deliveries: UInt64 = 0
        for link in table.links.values
        where link.request.connection == entry.id && link.kind != .control {
            let counters = link.request.counters
            deliveries &+= counters.deliveries.count
            let isUnderWay =
                link.kind == .endpoint || counters.undelivered.count > 0
                || counters.unsettled.count > 0 || counters.presettledInside.count > 0
            if isUnderWay { links += 1 }
        }
        return RetiringTrunk.Look(
            isReplaced: !isInUse && !isAwaited, linksUnderWay: links, deliveries: deliveries)
    }

    // MARK: Certificates of peers that end

    /// A peer's certificate ends some day.
    func noteEnd(of entry: ConnectionEntry) {
        guard let ends = entry.report?.tls?.peer?.ends else { return }
        let left = max(0, ends - Clock.unixSeconds + 1)
        // The others are looked for once an hour.
        guard left < 3_600 else { return }
        let due = now + .seconds(UInt64(left))
        guard peerEndDue.map({ due < $0 }) ?? true else { return }
        peerEndDue = due
        timers.add(Self.peerEndToken, due: due)
    }

    /// Closes the connections of peers whose certificate's date has passed.
    func expelEnded() {
        guard phase == .running else { return }
        if let due = peerEndDue, due <= now { peerEndDue = nil }
        let seconds = Clock.unixSeconds
        for entry in connections.values {
            guard let peer = entry.report?.tls?.peer else { continue }
            if peer.ends < seconds {
                expel(entry, "The peer's certificate \(peer.label) expired on \(peer.endText)")
            } else {
                noteEnd(of: entry)
            }
        }
    }
}
