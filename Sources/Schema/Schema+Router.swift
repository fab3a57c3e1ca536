/// The router itself.
extension Schema {
    package static let router = EntityType(
        "router", extends: configurationEntity, isSingleton: true,
        summary: """
            Identity, mode, protocol timers and totals of this router. One section of \
            this type per configuration.
            """,
        attributes: [
            .init(
                "id", .create,
                """
                Name of the router in the network; at most 127 characters, no whitespace or \
                control characters. Generated when absent.
                """),
            .init(
                "mode", kind: .enumeration, tags: ["standalone", "interior", "edge"],
                standard: "standalone", .create,
                """
                standalone: alone; interior: takes part in the routing protocol; edge: \
                attaches to an interior router only.
                """),
            .init("area", standard: "0", [], "Not used."),
            .init("version", [], "Version string of the software."),
            .init(
                "hostName", [],
                "Name of the machine as found by a reverse look-up at start, or empty."),
            .init(
                "helloIntervalSeconds", kind: .integer, standard: "1", alias: "helloInterval",
                .create,
                "How often, in seconds, neighbours are greeted."),
            .init(
                "helloMaxAgeSeconds", kind: .integer, standard: "3", alias: "helloMaxAge", .create,
                "Silence, in seconds, after which a neighbour counts as lost."),
            .init(
                "raIntervalSeconds", kind: .integer, standard: "30", alias: "raInterval", .create,
                "Seconds between router advertisements while the topology is quiet."),
            .init(
                "raIntervalFluxSeconds", kind: .integer, standard: "4", alias: "raIntervalFlux",
                .create,
                "Seconds between router advertisements while the topology is changing."),
            .init(
                "remoteLsMaxAgeSeconds", kind: .integer, standard: "60", alias: "remoteLsMaxAge",
                .create,
                "Age, in seconds, at which another router's link state is dropped."),
            .init(
                "workerThreads", kind: .integer, .create,
                "How many worker threads to run; one per core unless set."),
            .init(
                "debugDumpFile", kind: .path, alias: "debugDump", .create,
                "File that receives debugging output which cannot go through the log."),
            .init(
                "saslConfigDir", kind: .path, alias: "saslConfigPath", .create,
                "Directory in which the SASL library looks for its configuration."),
            .init(
                "saslConfigName", standard: "qdrouterd", .create,
                "Base name, without .conf, of the SASL configuration file."),
            .init(
                "allowResumableLinkRoute", kind: .boolean, standard: "true", .create,
                """
                When false, link-routed attaches that ask for resumability (timeout or a \
                long-lived expiry policy) are refused.
                """),
            .init(
                "timestampsInUTC", kind: .boolean, .create,
                "Write log timestamps in UTC instead of local time."),
            .init("timestampFormat", .create, "strftime format of log timestamps."),
            .init(
                "allowUnsettledMulticast", kind: .boolean, standard: "false", .create,
                "Obsolete switch for unsettled deliveries to multicast addresses."),
            .init(
                "defaultDistribution", kind: .enumeration,
                tags: ["multicast", "closest", "balanced", "unavailable"], standard: "balanced",
                .create,
                "Treatment of an address that no address entity covers."),
            .init("metadata", .create, "Free text shown by tools; no effect."),
            .init(
                "auditFile", kind: .path, .create,
                """
                Martlet's own: file of the audit trail: who came and went, what was refused, what was \
                changed by whom. `martlet audit verify` checks it. Without it there is none. `syslog` \
                is the system's log, `syslog:PATH` one with another socket.
                """),
            .init(
                "auditFileSize", kind: .integer, standard: "16777216", .create,
                """
                Martlet's own: bytes after which the file of the audit trail is put aside, under the \
                number of its last record.
                """),
            .init(
                "auditRequired", kind: .boolean, standard: "false", .create,
                "Martlet's own: the router ends when the audit trail cannot be written."),
            .init(
                "maxUnauthenticatedConnections", kind: .integer, standard: "8192", .create,
                """
                Martlet's own: how many connections may be there that have not opened yet; one more is \
                closed at once. 0 for no limit.
                """),
            .init(
                "maxUnauthenticatedConnectionsPerHost", kind: .integer, standard: "1024", .create,
                "Martlet's own: the same of one host, or one IPv6 network of 64 bits."),
            .init(
                "maxLinksPerConnection", kind: .integer, standard: "131072", .create,
                "Martlet's own: how many links a connection may have; no more than the default."),
            .init(
                "maxAttachesPerSecond", kind: .integer, standard: "10000", .create,
                """
                Martlet's own: how often a second a client may attach and detach; one that does it \
                more often is heard later. 0 for no limit.
                """),
            .init(
                "maxEdges", kind: .integer, standard: "10000", .create,
                """
                Martlet's own: how many edge routers an interior router takes; one more is told so and \
                closed. 0 for no limit.
                """),
            .init(
                "maxAddressesPerEdge", kind: .integer, standard: "10000", .create,
                """
                Martlet's own: of how many addresses an edge may have links at its interior router. 0 \
                for no limit.
                """),
            .init(
                "maxLinksPerEdge", kind: .integer, standard: "32768", .create,
                """
                Martlet's own: how many links an edge may have at its interior router: two for an \
                address with producers and consumers. 0 for no limit.
                """),
            .init(
                "memoryBudget", kind: .integer, .create,
                """
                Martlet's own: the bytes of messages that may wait in the router, all senders \
                together. Beyond, senders are paused, those with the most first. Without it a quarter \
                of the machine's memory, or of the control group's limit.
                """),
            .init(
                "presettledHoldSeconds", kind: .integer, standard: "5", .create,
                """
                Martlet's own: how long a presettled delivery waits, in seconds, for a \
                receiver that gives no credit.
                """),
            .init(
                "shutdownDrainSeconds", kind: .integer, standard: "0", .create,
                """
                Martlet's own: how long the router takes leave of its clients, in seconds, when a \
                signal or `martlet shutdown` ends it: no link attaches any more, senders give their \
                credit back, and what is under way is settled. It ends as soon as that is done; 0 to \
                end at once, 86400 at the most.
                """),
            .init(
                "remoteShutdown", kind: .boolean, standard: "false", .create,
                """
                Martlet's own: requests that come through other routers may drain and end this one. \
                Whether their senders may was judged there.
                """),
            .init(
                "stateFile", kind: .path, .create,
                """
                Martlet's own: file in which an interior router keeps the number of its life, \
                for machines whose clock can be set back between two starts.
                """),
            .count("addrCount", "Entries in the address table."),
            .count("linkCount", "Links currently attached."),
            .count("blockedLinkCount", "Links that have had no credit for more than ten seconds."),
            .count("nodeCount", "Router nodes known; zero unless interior."),
            .count("linkRouteCount", "Link routes configured."),
            .count("autoLinkCount", "Auto links configured."),
            .count("connectionCount", "Connections currently open."),
            .count("presettledDeliveries", "How many deliveries arrived already settled."),
            .count(
                "droppedPresettledDeliveries",
                "Pre-settled deliveries thrown away for want of capacity."),
            .count("acceptedDeliveries", "Deliveries finished with outcome accepted."),
            .count("rejectedDeliveries", "Deliveries finished with outcome rejected."),
            .count("releasedDeliveries", "Deliveries finished with outcome released."),
            .count("modifiedDeliveries", "Deliveries finished with outcome modified."),
            .count(
                "deliveriesDelayed1Sec",
                "Deliveries whose settlement came one to ten seconds after arrival."),
            .count(
                "deliveriesDelayed10Sec",
                "Deliveries whose settlement came later than ten seconds after arrival."),
            .count("deliveriesStuck", "Deliveries unsettled for over ten seconds at this moment."),
            .count("deliveriesIngress", "Deliveries received from endpoints attached here."),
            .count("deliveriesEgress", "Deliveries sent to endpoints attached here."),
            .count("deliveriesTransit", "Deliveries passed on to another router."),
            .count(
                "deliveriesIngressRouteContainer",
                "Traffic in from connections of role route-container."),
            .count(
                "deliveriesEgressRouteContainer",
                "Traffic out to connections of role route-container."),
            .count(
                "deliveriesRedirectedToFallback",
                """
                Deliveries given to a fallback destination because the main one could not be \
                reached.
                """),
            .count("uptimeSeconds", "Age of this router process in seconds."),
            .count(
                "memoryUsage",
                "Virtual size of the process in bytes; null where the platform cannot tell."),
            .count(
                "residentMemoryUsage",
                """
                Martlet's own: bytes of the process in real memory; null where the platform \
                cannot tell.
                """),
            .count(
                "silentConnections",
                """
                Martlet's own: connections that ended without having sent a byte, such as a port \
                probe's.
                """),
            .count("tlsHandshakesFailed", "Martlet's own: TLS handshakes that came to nothing."),
            .count(
                "tlsHandshakesDeferred",
                "Martlet's own: steps of TLS handshakes that gave way to messages for a turn."),
            .count("loginsDenied", "Martlet's own: logins with a wrong password or user."),
            .count(
                "loginsTurnedAway",
                "Martlet's own: logins that could not wait, because too many did already."),
            .count(
                "unauthenticatedDenied",
                """
                Martlet's own: connections that were closed at once, because too many had not \
                opened yet.
                """),
            .count(
                "handshakesTimedOut",
                "Martlet's own: connections that had not opened in time, TLS and login included."),
            .count(
                "linksOverLimit",
                "Martlet's own: links refused to connections that had all that they may have."),
            .count("edgeCount", "Martlet's own: edge routers that are connected."),
            .count("edgesDenied", "Martlet's own: edge routers refused for being too many."),
            .count(
                "edgeLinksDenied",
                "Martlet's own: links refused to edge routers that had all that they may have."),
            .count(
                "attachesDelayed",
                "Martlet's own: how often a client was heard later for attaching too often."),
        ])
}
