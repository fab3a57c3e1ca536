package import Basis
package import Forwarding

/// The auto links and what has become of each on the connections that serve it (RS-235 to RS-238).
///
/// Pure: an event and the time in, effects out.
package struct AutoLinks: Sendable {
    /// What must be done.
    package enum Effect: Hashable, Sendable {
        case attach(AutoLink, on: ConnectionID)
        case detach(AutoLink, on: ConnectionID)
        case log(String)
        /// `tick` is due then.
        case wake(at: Instant)
    }

    /// How far an auto link has come on one connection.
    package enum Progress: Hashable, Sendable {
        /// Our attach is sent, and has no answer → active, waiting
        case attaching
        /// The container has answered → waiting
        case active(LinkID)
        /// The container has refused it, or let go of it → attaching
        case waiting(until: Instant)
    }

    private struct Attempt: Sendable {
        var progress = Progress.attaching
        /// Failures since it was last active.
        var failures = 0
    }

    /// By number.
    package private(set) var links: [UInt64: AutoLink] = [:]
    private var attempts: [UInt64: [ConnectionID: Attempt]] = [:]
    private var errors: [UInt64: String] = [:]
    private var containers: [ConnectionID: RouteContainer] = [:]
    /// When `tick` was last asked for.
    private var wake = Instant.never

    package init() {}

    /// How long the first failure is waited out, and each later one (RS-236).
    static let firstWait = Milliseconds.seconds(2)
    static let laterWait = Milliseconds.seconds(5)
    /// Those that are due within this are tried together.
    private static let together = Milliseconds(100)
    /// So much of what a container says of an error is kept.
    static let longestError = 1_000

    // MARK: What is shown

    package func link(named name: String) -> AutoLink? {
        links.values.first { $0.name == name }
    }

    /// How far it has come, on its connections in the order of their opening.
    package func progress(of number: UInt64) -> [Progress] {
        (attempts[number] ?? [:]).sorted { $0.key < $1.key }.map(\.value.progress)
    }

    /// What a container last said against it; nil once it is active again.
    package func lastError(of number: UInt64) -> String? { errors[number] }

    // MARK: Events

    package mutating func add(_ link: AutoLink, into effects: inout [Effect]) {
        links[link.number] = link
        for (connection, container) in containers.sorted(by: { $0.key < $1.key })
        where link.containers.fits(container) {
            attach(link, on: connection, into: &effects)
        }
    }

    /// Gives what was known of it.
    @discardableResult
    package mutating func remove(_ number: UInt64, into effects: inout [Effect]) -> AutoLink? {
        guard let link = links.removeValue(forKey: number) else { return nil }
        errors[number] = nil
        let attempts = attempts.removeValue(forKey: number) ?? [:]
        for (connection, attempt) in attempts.sorted(by: { $0.key < $1.key }) {
            if case .waiting = attempt.progress { continue }
            effects.append(.detach(link, on: connection))
            effects.append(.log("Auto Link Deactivated \(Self.place(of: link))"))
        }
        return link
    }

    /// Both sides have opened a connection of role `route-container`.
    package mutating func opened(
        _ connection: ConnectionID, to container: RouteContainer, into effects: inout [Effect]
    ) {
        containers[connection] = container
        for (_, link) in links.sorted(by: { $0.key < $1.key })
        where link.containers.fits(container) {
            attach(link, on: connection, into: &effects)
        }
    }

    package mutating func closed(_ connection: ConnectionID, into effects: inout [Effect]) {
        guard containers.removeValue(forKey: connection) != nil else { return }
        for number in attempts.keys.sorted() {
            guard let attempt = attempts[number]?.removeValue(forKey: connection),
                let link = links[number]
            else { continue }
            if case .waiting = attempt.progress { continue }
            effects.append(.log("Auto Link Deactivated \(Self.place(of: link))"))
        }
    }

    /// The container has answered, and the link has got a number.
    package mutating func attached(
        _ number: UInt64, on connection: ConnectionID, as id: LinkID, into effects: inout [Effect]
    ) {
        guard let link = links[number], attempts[number]?[connection] != nil else { return }
        attempts[number]?[connection] = Attempt(progress: .active(id))
        errors[number] = nil
        effects.append(.log("Auto Link Activated \(Self.place(of: link))"))
    }

    /// The container has refused the link, or has let go of it, or of its session, for this reason.
    package mutating func lost(
        _ number: UInt64, on connection: ConnectionID, error: String?, withSession: Bool = false,
        at now: Instant, into effects: inout [Effect]
    ) {
        if withSession { links[number]?.sharesSession = false }
        guard let link = links[number], var attempt = attempts[number]?[connection] else { return }
        let reason = error.map { String($0.prefix(Self.longestError)) }
        if let reason { errors[number] = reason }
        let due = now + (attempt.failures == 0 ? Self.firstWait : Self.laterWait)
        attempt.failures += 1
        attempt.progress = .waiting(until: due)
        attempts[number]?[connection] = attempt
        effects.append(
            .log("Auto Link Activation Failed. \(reason ?? "") \(Self.place(of: link))"))
        ask(for: due, into: &effects)
    }

    /// Tries those again whose time has come.
    package mutating func tick(at now: Instant, into effects: inout [Effect]) {
        guard wake <= now else { return }
        wake = .never
        var next = Instant.never
        for number in attempts.keys.sorted() {
            guard let link = links[number], let attempts = attempts[number] else { continue }
            for (connection, attempt) in attempts.sorted(by: { $0.key < $1.key }) {
                guard case .waiting(let due) = attempt.progress else { continue }
                if due <= now + Self.together {
                    self.attempts[number]?[connection]?.progress = .attaching
                    effects.append(.attach(link, on: connection))
                } else {
                    next = min(next, due)
                }
            }
        }
        if next < .never { ask(for: next, into: &effects) }
    }

    // MARK: Their parts

    private mutating func attach(
        _ link: AutoLink, on connection: ConnectionID, into effects: inout [Effect]
    ) {
        attempts[link.number, default: [:]][connection] = Attempt()
        effects.append(.attach(link, on: connection))
    }

    private mutating func ask(for due: Instant, into effects: inout [Effect]) {
        guard due < wake else { return }
        wake = due
        effects.append(.wake(at: due))
    }

    private static func place(of link: AutoLink) -> String {
        "'\(link.title)' on \(link.containers.words)"
    }
}
