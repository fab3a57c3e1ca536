internal import AMQP
internal import Addressing
internal import Basis
package import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Schema
internal import Topology

/// The configuration asks for what cannot be had.
package struct CannotStart: Error, CustomStringConvertible {
    package let description: String
}

extension Control {
    /// Starts what the configuration asks for. The ready line comes last (MG-211).
    ///
    /// With test hooks, what is stuck is found sooner (MG-238).
    package func start(
        _ configuration: RouterConfiguration, hasTestHooks: Bool = false
    ) throws(CannotStart) {
        if hasTestHooks { sweepTiming = .quick }
        try loadLogs(configuration)
        startAudit()
        log.write(.server, .info, "Container Name: \(identity.id)")
        log.write(.router, .info, "Router started in \(startedMode(configuration.router.mode))")
        log.write(.router, .info, "Version: \(RouterVersion.text)")
        log.write(.routerCore, .info, "Router Core thread running. 0/\(identity.id)")
        load(configuration, Schema.address, Schema.policy)
        load(configuration, Schema.autoLink)
        logPolicy()
        load(configuration, Schema.sslProfile, Schema.authServicePlugin, Schema.vhost)
        load(configuration, Schema.linkRoute)
        try startListeners(configuration)
        watchEnds()
        startWorkers()
        agentThread.start()
        log.write(.agent, .info, "Activating management agent on $_management_internal")
        subscribe()
        switch configuration.router.mode {
        case .standalone: break
        case .interior: startMesh(Timing(configuration.router))
        case .edge: startEdge()
        }
        // Other routers are to know of them.
        load(configuration, Schema.exchange)
        load(configuration, Schema.binding)
        load(configuration, Schema.connector)
        log.write(
            .server, .notice,
            "Operational, \(workers.count) Threads Running (process ID \(Processors.processID))")
        ProcessMemory.letCodeGo()
        memoryAtStart = memoryNow
        memoryAtRest = memoryAtStart
        logMemory()
        tellReady()
        watchdogTimerFired()
    }

    /// Makes what the file has of these types, in its order.
    private func load(_ configuration: RouterConfiguration, _ types: EntityType...) {
        let names = Set(types.map(\.name))
        for declared in configuration.effective where names.contains(declared.type.name) {
            do throws(ManagementError) {
                try EntityKind.named(declared.type.name)?.load?(self)(declared)
            } catch {
                log.write(
                    .agent, .warning, "Ignoring \(declared.standardName): \(error.description)")
            }
        }
    }

    /// The old router runs on without a listener if it has a connector or another listener (MG-59).
    private func startListeners(_ configuration: RouterConfiguration) throws(CannotStart) {
        var isRequired = configuration.declarations(of: Schema.connector).isEmpty
        for declared in configuration.declarations(of: Schema.listener) {
            let settings = ListenerSettings(declared)
            let (_, failure) = addListener(settings, ConfiguredEntity(declared))
            if failure != nil, isRequired {
                let place = "\(settings.host):\(settings.port)"
                log.write(.server, .critical, "Shutting down, required listener failed \(place)")
                throw CannotStart(description: "Required listener failed \(place)")
            }
            isRequired = false
        }
    }

    private func startedMode(_ mode: RouterMode) -> String {
        switch mode {
        case .standalone: "Standalone mode"
        case .interior: "Interior mode, area=\(identity.area) id=\(identity.id)"
        case .edge: "Edge mode"
        }
    }

    /// Starts the workers.
    func startWorkers() {
        let settings = WorkerSettings(
            router: identity, presettledHold: .seconds(UInt64(self.settings.presettledHoldSeconds)),
            budget: budget, maxLinks: self.settings.maxLinksPerConnection,
            attachesPerSecond: self.settings.maxAttachesPerSecond, chance: platform.chance)
        if platform.isTurnedByCaller {
            turnedWorkers = workers.map {
                Worker(handle: $0, peers: workers, control: mailbox, settings: settings, log: log)
            }
            return
        }
        for handle in workers {
            let (peers, control, log) = (workers, mailbox, log)
            WorkerThread(name: "martlet-\(handle.number)") {
                Worker(
                    handle: handle, peers: peers, control: control, settings: settings, log: log
                ).run()
            }.detach()
        }
    }

    private func logPolicy() {
        let given = policy.attributes
        let isEnabled = given["enableVhostPolicy"]?.boolean ?? false
        let hasPatterns = given["enableVhostNamePatterns"]?.boolean ?? false
        log.write(
            .policy, .info,
            "Policy configured maxConnections: \(given.number("maxConnections") ?? 65_535), "
                + "policyDir: '\(given["policyDir"]?.text ?? "")',"
                + "access rules enabled: '\(isEnabled)', use hostname patterns: '\(hasPatterns)'")
        if let host = given["defaultVhost"]?.text, !host.isEmpty {
            log.write(.policy, .info, "Policy fallback defaultVhost is defined: '\(host)'")
        }
    }

    private func logMemory() {
        let mebibyte = 1_048_576.0
        let resident = Double(ProcessMemory.resident ?? 0) / mebibyte
        let addressSpace = Double(ProcessMemory.addressSpace ?? 0) / mebibyte
        let available = Double(ProcessMemory.available ?? 0) / mebibyte / 1_024
        log.write(
            .server, .notice,
            "Process memory \(Self.twoDecimals(resident)) MiB, "
                + "VmSize \(Self.twoDecimals(addressSpace)) MiB "
                + "(\(Self.twoDecimals(available)) GiB available memory)")
    }

    private static func twoDecimals(_ number: Double) -> String {
        let hundredths = Int(number * 100)
        let fraction = String(hundredths % 100)
        return "\(hundredths / 100)." + (fraction.count < 2 ? "0" : "") + fraction
    }
}
