/// What the router reports while it runs.
extension Schema {
    package static let routerLink = EntityType(
        "router.link", extends: operationalEntity, operations: ["UPDATE"],
        summary: "One link of an open connection, with its counters.",
        attributes: [
            .init(
                "adminStatus", kind: .enumeration, tags: ["enabled", "disabled"],
                standard: "enabled", .update,
                "Requested state of the link."),
            .init(
                "operStatus", kind: .enumeration, tags: ["up", "down", "quiescing", "idle"], [],
                "Actual state of the link."),
            .init("linkName", [], "Name from the attach."),
            .init(
                "linkType", kind: .enumeration,
                tags: ["endpoint", "router-control", "inter-router"], [],
                "endpoint, router-control, inter-router (or edge-downlink at run time)."),
            .init(
                "linkDir", kind: .enumeration, tags: ["in", "out"], [],
                "in: messages come into the router; out: they leave."),
            .init("owningAddr", [], "Address-table key of the link's terminus."),
            .init("capacity", kind: .integer, [], "Credit window in deliveries."),
            .init("peer", [], "The other half of a link route."),
            .count("undeliveredCount", "Deliveries queued and not yet sent."),
            .count("unsettledCount", "Deliveries sent or received and not yet settled."),
            .count("deliveryCount", "All deliveries so far."),
            .count("presettledCount", "Of these, how many were settled on arrival."),
            .count("droppedPresettledCount", "Of those, how many were thrown away."),
            .count("acceptedCount", "Deliveries accepted."),
            .count("rejectedCount", "Deliveries rejected."),
            .count("releasedCount", "Deliveries released."),
            .count("modifiedCount", "Deliveries modified."),
            .count("deliveriesDelayed1Sec", "Deliveries that took one to ten seconds to settle."),
            .count("deliveriesDelayed10Sec", "Deliveries that took over ten seconds to settle."),
            .count("deliveriesStuck", "Deliveries unsettled for over ten seconds right now."),
            .count("creditAvailable", "Credit left on the link."),
            .init("zeroCreditSeconds", kind: .integer, [], "How long the credit has been zero."),
            .count(
                "settleRate",
                "Settlements per second averaged over five seconds; outgoing links only."),
            .init(
                "ingressHistogram", kind: .list, [],
                """
                Settled deliveries by ingress router index; outgoing links of normal \
                connections only.
                """),
            .init("priority", kind: .integer, [], "Message priority served (inter-router links)."),
        ])

    package static let routerAddress = EntityType(
        "router.address", extends: operationalEntity,
        summary: "One entry of the router's address table, with its counters.",
        attributes: [
            .init(
                "distribution", kind: .enumeration,
                tags: ["flood", "multicast", "closest", "balanced", "linkBalanced", "unavailable"],
                [],
                "Treatment in force for the address."),
            .init("inProcess", kind: .integer, [], "Subscribers inside the router process."),
            .count("subscriberCount", "Receiving links attached here."),
            .count("remoteCount", "Other routers with a subscriber."),
            .count("containerCount", "Attached containers serving the address as a link route."),
            .count("deliveriesIngress", "Deliveries to it that entered the network here."),
            .count("deliveriesEgress", "Deliveries to it that left the network here."),
            .count("deliveriesTransit", "Deliveries to it forwarded from here to another router."),
            .count("deliveriesToContainer", "Deliveries consumed inside the router."),
            .count("deliveriesFromContainer", "Deliveries made by an in-process sender."),
            .count("deliveriesIngressRouteContainer", "Traffic to it from route containers."),
            .count("deliveriesEgressRouteContainer", "Traffic to it handed to route containers."),
            .count(
                "deliveriesRedirectedToFallback",
                "Deliveries that went to the fallback destination."),
            .init(
                "key", [],
                "Key in the address table: class letter, phase where there is one, and text."),
            .init("remoteHostRouters", kind: .list, [], "Ids of the routers with a subscriber."),
            .init(
                "transitOutstanding", kind: .list, [],
                "Outstanding transit deliveries per router link (balanced only)."),
            .init("trackedDeliveries", kind: .integer, [], "Sum of transitOutstanding."),
            .init("priority", kind: .integer, [], "Priority assigned by address configuration."),
        ])

    package static let routerNode = EntityType(
        "router.node", extends: operationalEntity,
        summary: """
            One router of the network as the routing protocol knows it (this router \
            included).
            """,
        attributes: [
            .init("id", [], "Id of the router."),
            .init(
                "protocolVersion", kind: .integer, [],
                "Version of the routing protocol it speaks."),
            .init(
                "instance", kind: .integer, [],
                "Start-time stamp that tells its incarnations apart."),
            .init("linkState", kind: .list, [], "Which routers it is linked to."),
            .init("nextHop", [], "Neighbour through which it is reached."),
            .init(
                "validOrigins", kind: .list, [],
                "Origins whose multicasts may arrive by way of it."),
            .init("address", [], "Its router address."),
            .init(
                "routerLink", kind: .entityId, [],
                "Index of the local link to it, when a neighbour."),
            .init("cost", kind: .integer, [], "Cost of reaching it."),
            .init("lastTopoChange", kind: .integer, [], "When its neighbourhood last changed."),
            .init(
                "index", kind: .integer, [],
                "Its index in ingress histograms; local to this router."),
        ])

    package static let connection = EntityType(
        "connection", extends: operationalEntity,
        summary: "One open connection of any protocol.",
        attributes: [
            .init(
                "adminStatus", kind: .enumeration, tags: ["enabled", "deleted"],
                standard: "enabled", .update,
                "Set to deleted to have the router close the connection."),
            .init(
                "operStatus", kind: .enumeration, tags: ["up", "closing"], [], "up, or closing."),
            .init("protocol", [], "Protocol of the connection (amqp)."),
            .init("container", [], "Container id from the peer's Open."),
            .init("opened", kind: .boolean, [], "Whether the peer's Open has arrived."),
            .init("host", [], "Remote address and port."),
            .init(
                "dir", kind: .enumeration, tags: ["in", "out"], [],
                "in: accepted; out: made by the router."),
            .init("role", [], "Role of the listener or connector."),
            .init("isAuthenticated", kind: .boolean, [], "Whether the peer authenticated."),
            .init("isEncrypted", kind: .boolean, [], "Whether the stream is encrypted."),
            .init(
                "enableProtocolTrace", kind: .boolean, standard: "false", .update,
                "Switches frame tracing for this one connection."),
            .init("sasl", [], "SASL mechanism used."),
            .init("user", [], "Who the peer is, as authentication found."),
            .init("ssl", kind: .boolean, [], "Whether TLS is in use."),
            .init("sslProto", [], "TLS version."),
            .init("sslCipher", [], "TLS cipher."),
            .init("sslSsf", kind: .integer, [], "Key strength of the TLS cipher in bits."),
            .init("tenant", [], "Tenant prefix in force, if any."),
            .count("uptimeSeconds", "Age of the connection in seconds."),
            .init("properties", kind: .map, [], "Properties map of the peer's Open."),
            .count("lastDlvSeconds", "Seconds since the last delivery; null when there was none."),
        ])

    package static let allocator = EntityType(
        "allocator", extends: operationalEntity,
        summary: "One memory pool of the process.",
        attributes: [
            .init("typeName", [], "Name of the pooled type."),
            .init("typeSize", kind: .integer, [], "Size of one object in bytes."),
            .init(
                "transferBatchSize", kind: .integer, [],
                "Objects moved at a time between thread and global lists."),
            .count("localFreeListMax", "Limit of one thread's free list."),
            .count("globalFreeListMax", "Limit of the global free list."),
            .count("totalAllocFromHeap", "Objects taken from the heap so far."),
            .count("totalFreeToHeap", "Objects given back to the heap so far."),
            .count("heldByThreads", "Objects now owned by threads."),
            .count("batchesRebalancedToThreads", "Batches moved from the global list to threads."),
            .count("batchesRebalancedToGlobal", "Batches moved from threads to the global list."),
        ])

    package static let connectionLinkRoute = EntityType(
        "router.connection.linkRoute", extends: configurationEntity,
        operations: ["CREATE", "DELETE"],
        summary: """
            Experimental: a link route that belongs to, and dies with, the connection \
            that created it. Never from a file; visible only over that connection.
            """,
        attributes: [
            .init(
                "pattern", [.required, .create],
                """
                Slash-separated pattern; * stands for one token, # for any number; exact beats \
                *, * beats #.
                """),
            .init(
                "direction", kind: .enumeration, tags: ["in", "out"], [.required, .create],
                "in: for client senders; out: for client receivers."),
            .init("containerId", [], "Container that made the route."),
        ])
}
