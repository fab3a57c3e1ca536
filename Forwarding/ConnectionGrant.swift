package import Addressing
internal import AMQP
internal import Basis
internal import EventLoop

/// What a policy lets a peer do on its connection, as far as its worker has to see to it.
package struct ConnectionGrant: Sendable {
    /// The vhost's name, which goes before the addresses of a multi-tenant connection; empty for none.
    package var tenant = ""
    /// In place of the listener's; nil leaves that (RS-307, RS-308). The window is in octets.
    package var maxFrameSize: Int?
    package var maxSessions: Int?
    package var sessionWindow: Int?
    package var messages: MessageGrant?

    package init() {}
}

/// What holds for each message that a peer sends (RS-315 to RS-317).
package struct MessageGrant: Sendable {
    /// In octets; 0 for no limit.
    package let maxSize: Int
    package let user: String
    /// Its `user-id` may be another's.
    package let mayNameOthers: Bool
    /// Where messages may go that name their address themselves.
    package let targets: AddressFilter

    package init(maxSize: Int, user: String, mayNameOthers: Bool, targets: AddressFilter) {
        self.maxSize = maxSize
        self.user = user
        self.mayNameOthers = mayNameOthers
        self.targets = targets
    }
}

/// A `MessageGrant` as the worker of the connection keeps it: with what has been looked up.
final class MessageRules {
    let maxSize: UInt64
    let mayNameOthers: Bool
    private let user: [UInt8]
    private let grant: MessageGrant
    /// Targets that were looked up, by their bytes. Names are a stranger's to choose: there is a bound.
    private var verdicts = KeyTable<Verdict>()
    private static let mostVerdicts = 1_024

    private final class Verdict {
        let isAllowed: Bool
        init(isAllowed: Bool) { self.isAllowed = isAllowed }
    }

    init(_ grant: MessageGrant) {
        self.grant = grant
        maxSize = UInt64(max(0, grant.maxSize))
        mayNameOthers = grant.mayNameOthers
        user = Array(grant.user.utf8)
    }

    /// The message names no other user than the connection's.
    func allows(_ head: MessageHead, of bytes: UnsafeRawBufferPointer) -> Bool {
        guard !mayNameOthers, let name = head.userID, !name.isEmpty else { return true }
        return user.withUnsafeBytes { $0.equals(bytes.part(name)) }
    }

    func allows(target: UnsafeRawBufferPointer) -> Bool {
        if let verdict = verdicts.find(target) { return verdict.isAllowed }
        let text = String(validating: target, as: UTF8.self)
        let isAllowed = text.flatMap { grant.targets.item(for: $0, user: grant.user) } != nil
        if verdicts.count >= Self.mostVerdicts { verdicts = KeyTable() }
        verdicts.set(Array(target), to: Verdict(isAllowed: isAllowed))
        return isAllowed
    }
}
