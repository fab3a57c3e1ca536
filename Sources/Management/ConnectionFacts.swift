package import AMQP
internal import Schema

/// A connection, as management shows it (MG-162 to MG-170).
package struct ConnectionFacts: Sendable {
    package struct Encryption: Sendable {
        /// `TLSv1.3`.
        package var version: String?
        package var cipher: String?
        /// Bits.
        package var strength: Int

        package init(version: String?, cipher: String?, strength: Int) {
            self.version = version
            self.cipher = cipher
            self.strength = strength
        }
    }

    package var number: UInt64
    /// Address and port of the peer, or those configured for a connector.
    package var host: String
    /// The listener's or connector's: `normal`.
    package var role: String
    package var isOutgoing: Bool
    package var container: String?
    package var mechanism: String?
    package var isAuthenticated = false
    package var user: String?
    package var encryption: Encryption?
    /// The properties of the peer's open.
    package var properties: ValueMap = [:]
    /// With its slash at the end.
    package var tenant: String?
    /// False for an edge's uplinks that are not in use.
    package var isActive = true
    /// Management has asked for its end.
    package var isClosing = false
    package var uptimeSeconds: UInt64 = 0
    /// Since a delivery last moved; nil before the first.
    package var lastDeliverySeconds: UInt64?
    package var tracesFrames = false

    package init(number: UInt64, host: String, role: String, isOutgoing: Bool) {
        self.number = number
        self.host = host
        self.role = role
        self.isOutgoing = isOutgoing
    }

    /// Every simple value; keys become strings (MG-164).
    fileprivate var shownProperties: Value {
        var shown: ValueMap = [:]
        for pair in properties {
            guard let key = pair.key.text else { continue }
            switch pair.value {
            case .list, .map, .array, .described, .null: continue
            case .symbol(let text): shown.append(.string(key), .string(text))
            default: shown.append(.string(key), pair.value)
            }
        }
        return .map(shown)
    }
}

extension ConnectionFacts: Reported {
    package static let type = "connection"
    package var name: String? { "connection/\(host)" }
    package var identity: String { String(number) }

    package static let columns: Columns<ConnectionFacts> = [
        Column("name") { .text($0.name) },
        Column("identity") { .string($0.identity) },
        Column("host") { .string($0.host) },
        Column("role") { .string($0.role) },
        Column("protocol") { _ in "amqp" },
        Column("dir") { .string($0.isOutgoing ? "out" : "in") },
        Column("container") { .text($0.container) },
        Column("sasl") { .text($0.mechanism) },
        Column("isAuthenticated") { .bool($0.isAuthenticated) },
        Column("user") { .text($0.user) },
        Column("isEncrypted") { .bool($0.encryption != nil) },
        Column("sslProto") { .text($0.encryption?.version) },
        Column("sslCipher") { .text($0.encryption?.cipher) },
        Column("properties") { $0.shownProperties },
        Column("sslSsf") { .long(Int64($0.encryption?.strength ?? 0)) },
        Column("tenant") { .text($0.tenant) },
        Column("type") { _ in .string(EntityType.longName(type)) },
        Column("ssl") { .bool($0.encryption != nil) },
        Column("opened") { _ in true },
        Column("active") { .bool($0.isActive) },
        Column("adminStatus") { .string($0.isClosing ? "deleted" : "enabled") },
        Column("operStatus") { .string($0.isClosing ? "closing" : "up") },
        Column("uptimeSeconds") { .size($0.uptimeSeconds) },
        Column("lastDlvSeconds") { $0.lastDeliverySeconds.map(Value.size) ?? .null },
        Column("enableProtocolTrace") { .bool($0.tracesFrames) },
    ]
}
