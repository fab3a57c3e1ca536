internal import AMQP
internal import Configuration
internal import Logging
internal import Management
internal import Schema

/// Entities that are kept and shown and that nothing makes use of: TLS profiles and authentication
/// services, because a listener that names one is refused, and vhosts, because policies that would
/// be enforced are.
extension Control {
    /// Short names of their types.
    static let passiveTypes: Set = [
        Schema.sslProfile.name, Schema.authServicePlugin.name, Schema.vhost.name,
    ]

    func loadPassive(_ configuration: RouterConfiguration) {
        for declared in configuration.declarations
        where Self.passiveTypes.contains(declared.type.name) { keep(declared) }
    }

    @discardableResult
    func keep(_ declared: EntityDeclaration) -> ConfiguredEntity {
        let new = ConfiguredEntity(declared)
        passive.append(new)
        switch declared.type.name {
        case Schema.sslProfile.name:
            log.write(.connectionManager, .info, "Created SSL Profile with name \(new.name) ")
        case Schema.authServicePlugin.name:
            log.write(
                .connectionManager, .info, "Created SASL plugin config with name \(new.name)")
        default:
            log.write(.policy, .info, "Created policy rules for vhost \(new.host)")
        }
        return new
    }

    func updatePassive(
        _ entity: Entity, _ attributes: ValueMap
    ) throws(ManagementError) -> Entity {
        guard let place = passive.firstIndex(where: { $0.identity == entity.identity }),
            let type = Schema.all.type(entity.type)
        else { return entity }
        var changed = passive[place]
        changed.change(attributes)
        let declared = EntityDeclaration(type, name: changed.name, changed.attributes)
        var faults = Faults()
        for problem in declared.faults(in: settings.mode) { faults.add(error(problem, declared)) }
        try faults.check()
        passive[place] = changed
        log.write(.policy, .info, "Updated policy rules for vhost \(changed.host)")
        return changed.entity()
    }

    func deletePassive(_ identity: String) {
        passive.removeAll { $0.identity == identity }
    }
}

extension ConfiguredEntity {
    fileprivate var host: String { attributes["hostname"]?.text ?? "" }

    /// The statistics of a vhost that judges nobody (MG-174).
    var vhostStatistics: Entity {
        let counts = [
            "connectionsApproved", "connectionsDenied", "connectionsCurrent", "sessionDenied",
            "senderDenied", "receiverDenied", "maxMessageSizeDenied",
        ]
        return Entity(
            type: Schema.vhostStats.name, name: "vhostStats/\(host)",
            identity: "vhostStats/\(host)",
            attributes: [
                ("id", .string(host)), ("hostname", .string(host)), ("perUserState", .map([:])),
                ("perHostState", .map([:])),
            ] + counts.map { ($0, .int(0)) })
    }
}
