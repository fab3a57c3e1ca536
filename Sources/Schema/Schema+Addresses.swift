/// How addresses and links are to be treated.
extension Schema {
    package static let address = EntityType(
        "router.config.address", extends: configurationEntity, operations: ["CREATE", "DELETE"],
        summary: "How deliveries to a set of addresses are distributed and phased.",
        attributes: [
            .init("prefix", .create, "Leading tokens of the addresses covered; excludes pattern."),
            .init(
                "pattern", .create,
                """
                Slash-separated pattern; * stands for one token, # for any number; exact beats \
                *, * beats #. Excludes prefix.
                """),
            .init(
                "distribution", kind: .enumeration,
                tags: ["multicast", "closest", "balanced", "unavailable"], standard: "balanced",
                .create,
                """
                How copies and destinations are chosen: multicast to all, closest to the \
                lowest-cost one, balanced by load, unavailable refuses everything.
                """),
            .init(
                "waypoint", kind: .boolean, standard: "false", .create,
                "Use phase 0 towards and phase 1 from a waypoint for these addresses."),
            .init(
                "ingressPhase", kind: .integer, .create,
                "Phase given to senders, overriding the usual one (0-9)."),
            .init(
                "egressPhase", kind: .integer, .create,
                "Phase given to receivers, overriding the usual one (0-9)."),
            .init("priority", kind: .integer, .create, "Priority for messages that carry none."),
            .init(
                "enableFallback", kind: .boolean, standard: "false", .create,
                "Try a fallback destination before releasing an undeliverable message."),
        ])

    package static let linkRoute = EntityType(
        "router.config.linkRoute", extends: configurationEntity, operations: ["CREATE", "DELETE"],
        summary: """
            A set of addresses whose link attaches are passed through to a remote \
            container.
            """,
        attributes: [
            .init("prefix", .create, "Leading tokens of the addresses covered; excludes pattern."),
            .init(
                "pattern", .create,
                """
                Slash-separated pattern; * stands for one token, # for any number; exact beats \
                *, * beats #. Excludes prefix.
                """),
            .init(
                "addExternalPrefix", .create,
                "Text put before the address on the container's side."),
            .init(
                "delExternalPrefix", .create,
                "Text taken off the front of the address on the container's side."),
            .init("containerId", .create, "Container that serves the route; excludes connection."),
            .init(
                "connection", .create,
                "Name of the connector or listener that serves the route; excludes containerId."),
            .init(
                "distribution", kind: .enumeration, tags: ["linkBalanced"],
                standard: "linkBalanced", .create,
                "Only one value: attaches are spread over the containers."),
            .init(
                "direction", kind: .enumeration, tags: ["in", "out"], alias: "dir",
                [.required, .create],
                "in: for client senders; out: for client receivers."),
            .init(
                "operStatus", kind: .enumeration, tags: ["inactive", "active"], [],
                "active while a matching container is connected."),
        ])

    package static let autoLink = EntityType(
        "router.config.autoLink", extends: configurationEntity, operations: ["CREATE", "DELETE"],
        summary: "A link the router attaches by itself on a given connection.",
        attributes: [
            .init(
                "address", alias: "addr", [.required, .create],
                "Router-side address of the link."),
            .init(
                "direction", kind: .enumeration, tags: ["in", "out"], alias: "dir",
                [.required, .create],
                "in: messages enter the router; out: they leave it."),
            .init(
                "phase", kind: .integer, .create,
                "Address phase; 0 for out and 1 for in unless given."),
            .init("containerId", .create, "Container to attach to; excludes connection."),
            .init(
                "connection", .create,
                "Name of the connector or listener to attach over; excludes containerId."),
            .init(
                "externalAddress", alias: "externalAddr", .create,
                "Address to use on the container, if different."),
            .init(
                "fallback", kind: .boolean, standard: "false", .create,
                "Serve the address as its fallback."),
            .init("linkRef", [], "Identity of the router.link while one exists."),
            .init(
                "operStatus", kind: .enumeration,
                tags: ["inactive", "attaching", "failed", "active", "quiescing", "idle"], [],
                """
                State of the link: inactive until the container connects, then attaching, \
                active, failed, quiescing or idle.
                """),
            .init("lastError", [], "Reason given by the peer when the last attach failed."),
        ])

    package static let exchange = EntityType(
        "router.config.exchange", extends: configurationEntity, operations: ["CREATE", "DELETE"],
        summary: "Experimental: a topic exchange inside the router.",
        attributes: [
            .init("address", [.required, .create], "Address publishers send to."),
            .init("phase", kind: .integer, .create, "Phase of that address (default 0)."),
            .init("alternateAddress", .create, "Where messages go that match no binding."),
            .init(
                "alternatePhase", kind: .integer, .create,
                "Goes with alternateAddress; 0 unless given."),
            .init(
                "matchMethod", kind: .enumeration, tags: ["amqp", "mqtt"], standard: "amqp",
                .create,
                "Wildcard style of binding keys: AMQP topic or MQTT."),
            .init("bindingCount", kind: .integer, [], "How many bindings it has now."),
            .init("receivedCount", kind: .integer, [], "Deliveries received."),
            .init("droppedCount", kind: .integer, [], "Deliveries lost for want of a consumer."),
            .init(
                "forwardedCount", kind: .integer, [],
                "Deliveries that went on, by a binding or to the alternate."),
            .init("divertedCount", kind: .integer, [], "Deliveries sent to the alternate only."),
        ])

    package static let binding = EntityType(
        "router.config.binding", extends: configurationEntity, operations: ["CREATE", "DELETE"],
        summary: """
            Experimental: a rule that copies an exchange's matching messages to a \
            next-hop address.
            """,
        attributes: [
            .init("exchangeName", [.required, .create], "Which exchange it belongs to."),
            .init(
                "bindingKey", .create,
                "Wildcard pattern for the message subject; absent matches everything."),
            .init("nextHopAddress", [.required, .create], "Where matching messages go."),
            .init("nextHopPhase", kind: .integer, .create, "Phase of that address (default 0)."),
            .init("matchedCount", kind: .integer, [], "How often the key matched."),
        ])
}
