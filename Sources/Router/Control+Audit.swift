internal import AMQP
internal import Addressing
internal import Audit
internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Policy
internal import Schema
internal import TLS

/// What goes into the audit trail, if there is one: who came and went, what was refused and by which rule,
/// what was changed by whom.
extension Control {
    func startAudit() {
        guard let settings = settings.audit else { return }
        let new = AuditTrail(settings)
        poller.add(new.failures.wakeUp, token: Self.auditToken, for: .reading)
        trail = new
        audit(
            AuditRecord("router started").with("router", identity.id)
                .with("version", RouterVersion.martlet).with(
                    "process", UInt64(Processors.processID)))
    }

    func endAudit() {
        trail?.end(AuditRecord("router ended").with("router", identity.id))
    }

    func audit(_ record: AuditRecord) { trail?.add(record) }

    func auditFailed() {
        var failures: [String] = []
        trail?.failures.heard()
        trail?.failures.take(into: &failures)
        for failure in failures {
            log.write(.server, .critical, "The audit trail cannot be written: \(failure)")
        }
        guard !failures.isEmpty, settings.audit?.isRequired == true, phase == .running else {
            return
        }
        log.write(.server, .critical, "Ending, for 'auditRequired: yes' is set")
        shutDown()
    }

    // MARK: Connections

    func auditOpened(_ entry: ConnectionEntry, _ report: ConnectionReport) {
        guard trail != nil else { return }
        audit(
            who(entry, AuditRecord("connection opened")).with("container", report.container)
                .with("mechanism", report.mechanism).with("tls", report.tls?.version)
                .with("certificate", report.tls?.peer?.subject)
                .with("vhost", entry.rights?.vhost).with("group", entry.rights?.group))
    }

    func auditClosed(_ entry: ConnectionEntry, _ error: AMQPError?) {
        guard trail != nil else { return }
        let reason = error.map { "\($0.name) \($0.text ?? "")" }
        if entry.report != nil {
            audit(who(entry, AuditRecord("connection closed")).with("error", reason))
        } else if let reason, !entry.plan.isOutgoing {
            trail?.add(denial: who(entry, AuditRecord("connection failed")).with("error", reason))
        }
    }

    func auditDenied(_ event: String, from host: String, _ reason: String) {
        trail?.add(denial: AuditRecord(event).with("host", host).with("reason", reason))
    }

    func auditDenied(_ entry: ConnectionEntry, _ visitor: Visitor, _ denial: Denial) {
        guard trail != nil else { return }
        trail?.add(
            denial: who(entry, AuditRecord("open denied")).with("user", visitor.user)
                .with("vhost", visitor.vhost)
                .with("reason", denial.reasons.map(\.words).joined(separator: "; "))
                .with("rule", denial.place.map(ruleText)))
    }

    func auditDenied(_ entry: ConnectionEntry, _ wish: LinkWish, _ ruling: LinkRuling) {
        guard trail != nil else { return }
        trail?.add(
            denial: who(entry, AuditRecord("link denied")).with("role", wish.role.rawValue)
                .with("address", wish.address).with("reason", "\(ruling.reason)")
                .with("rule", ruleText(ruling.place)))
    }

    private func ruleText(_ place: Place) -> String { place.text(main: "the configuration file") }

    private func who(_ entry: ConnectionEntry, _ record: AuditRecord) -> AuditRecord {
        record.with("connection", entry.id.number)
            .with("direction", entry.plan.isOutgoing ? "out" : "in")
            .with("host", entry.plan.host)
            .with("at", entry.plan.listener ?? entry.plan.name).with("user", entry.report?.user)
    }

    // MARK: Changes

    /// By a client's request.
    func auditChange(
        _ verb: String, _ requester: Requester, before: Entity?, after: Entity?
    ) {
        guard trail != nil, let entity = after ?? before else { return }
        let entry = requester.connection.flatMap { connections[ConnectionID(number: $0)] }
        var record = AuditRecord("entity \(verb)")
        record = entry.map { who($0, record) } ?? record.with("by", "another router")
        audit(
            record.with("type", entity.type).with("identity", entity.identity)
                .with("before", before.map { .init($0) }).with("after", after.map { .init($0) }))
    }

    /// By the configuration file, read again.
    func auditChange(_ verb: String, before: EntityDeclaration?, after: EntityDeclaration?) {
        guard trail != nil, let declared = after ?? before else { return }
        audit(
            AuditRecord("entity \(verb)").with("by", "the configuration file")
                .with("type", declared.type.name).with("identity", declared.standardName)
                .with("before", before.map { .init($0) }).with("after", after.map { .init($0) }))
    }

    func auditRefused(_ verb: String, _ connection: ConnectionID, _ reason: String) {
        guard trail != nil, let entry = connections[connection] else { return }
        trail?.add(
            denial: who(entry, AuditRecord("management denied")).with("operation", verb)
                .with("reason", reason))
    }
}

extension AuditRecord.Value {
    /// Secrets are stars.
    fileprivate init(_ entity: Entity) {
        let attributes = Schema.all.type(entity.type)?.attributes ?? []
        self = .map(
            attributes.compactMap { attribute in
                guard let value = entity.value(of: attribute.name), !value.isNull else {
                    return nil
                }
                let isSecret = attribute.traits.contains(.hidden)
                return .init(attribute.name, isSecret ? .text("*") : Self(value))
            })
    }

    fileprivate init(_ declared: EntityDeclaration) {
        self = .map(
            declared.given.sorted { $0.key < $1.key }.map { name, value in
                let isSecret = declared.type.attribute(name)?.traits.contains(.hidden) == true
                return .init(name, .text(isSecret ? "*" : value.text))
            })
    }

    private init(_ value: Value) {
        switch value {
        case .list(let values): self = .list(values.map { Self($0) })
        case .map(let map):
            self = .map(map.map { .init($0.key.text ?? $0.key.inspected, Self($0.value)) })
        default: self = .text(value.text ?? value.inspected)
        }
    }
}
