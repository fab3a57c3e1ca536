internal import AMQP
internal import Basis
internal import Configuration
internal import EventLoop
internal import Logging
internal import Management
internal import Policy
internal import Schema

/// Vhosts that come, change and go. Connections that are open keep what they were given (RS-320).
extension Control {
    func createVhost(_ wanted: WantedEntity) throws(ManagementError) -> Entity {
        try checkNames(wanted.declared)
        loadVhost(wanted.declared)
        return ConfiguredEntity(wanted.declared).entity()
    }

    /// Attributes that are not given stay, and so does the name (RS-511).
    func updateVhost(
        _ entity: Entity, _ attributes: ValueMap, _: Requester
    ) throws(ManagementError) -> Entity {
        guard let place = kept.firstIndex(where: { $0.identity == entity.identity }) else {
            return entity
        }
        var changed = kept[place]
        changed.change(attributes)
        let declared = EntityDeclaration(Schema.vhost, name: changed.name, changed.attributes)
        var faults = Faults()
        for problem in declared.faults(in: settings.mode) { faults.add(error(problem, declared)) }
        try faults.check()
        try checkNames(declared)
        kept[place] = changed
        set(declared, "Updated")
        return changed.entity()
    }

    func deleteVhost(_ entity: Entity) { drop(vhost: entity.identity) }

    func loadVhost(_ declared: EntityDeclaration) {
        kept.append(ConfiguredEntity(declared))
        set(declared, "Created")
    }

    func unloadVhost(_ declared: EntityDeclaration) { drop(vhost: declared.standardName) }

    private func set(_ declared: EntityDeclaration, _ verb: String) {
        let vhost = VhostReader.vhost(declared)
        vhostPolicy.set(vhost)
        admissions.know(vhost: vhost.hostname)
        lookUp(vhost.namedHosts)
        log.write(.policy, .info, "\(verb) policy rules for vhost \(vhost.hostname)")
    }

    private func drop(vhost identity: String) {
        for gone in kept where gone.identity == identity {
            let host = gone.attributes["hostname"]?.text ?? ""
            vhostPolicy.remove(vhost: host)
            log.write(.policy, .info, "Deleted policy rules for vhost \(host)")
        }
        kept.removeAll { $0.identity == identity }
    }

    /// A name leads to one vhost (RS-509, RS-510).
    private func checkNames(_ declared: EntityDeclaration) throws(ManagementError) {
        let others = kept.filter {
            $0.type == Schema.vhost.name && $0.identity != declared.standardName
        }.map { vhost in
            let names = ["hostname", "aliases"].compactMap { name in
                vhost.attributes[name].map { (Value.string(name), $0) }
            }
            return EntityDeclaration(Schema.vhost, name: nil, ValueMap(names))
        }
        let host = declared.text("hostname") ?? ""
        if let owner = others.first(where: { VhostReader.aliases(of: $0).contains(host) }) {
            throw ManagementError(
                .internalError,
                "PolicyError: Policy is creating vhost '\(host)' but that name is already an alias "
                    + "for vhost '\(owner.text("hostname") ?? "")'")
        }
        let problems = VhostReader.problems(
            ofNames: others + [declared], arePatterns: vhostPolicy.settings.hasNamePatterns)
        if let problem = problems.first { throw error(problem, declared) }
    }

    // MARK: Hosts by name

    /// Asks for the addresses of hosts that groups name, and in a while for those of all again.
    private func lookUp(_ names: Set<String>) {
        guard !names.isEmpty else { return }
        hostNames.lookUp(names)
        guard !hostNames.isTimed else { return }
        hostNames.isTimed = true
        timers.add(Self.hostNameToken, due: now + HostNames.interval)
    }

    func hostNameTimerFired() {
        hostNames.isTimed = false
        let names = vhostPolicy.namedHosts
        vhostPolicy.hostAddresses = vhostPolicy.hostAddresses.filter { names.contains($0.key) }
        lookUp(names)
    }

    func takeHostAddresses() {
        for answer in hostNames.take() {
            guard let texts = answer.addresses else {
                log.write(
                    .policy, .warning,
                    "The addresses of host '\(answer.name)' are not known: \(answer.reason)")
                continue
            }
            vhostPolicy.hostAddresses[answer.name] = texts.compactMap { HostAddress($0) }
        }
    }
}
