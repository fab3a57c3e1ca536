/// The log.
extension Schema {
    package static let log = EntityType(
        "log", extends: configurationEntity, operations: ["UPDATE"],
        summary: "Level, destination and format settings of one logging module.",
        attributes: [
            .init(
                "module", kind: .enumeration,
                tags: [
                    "ROUTER", "ROUTER_CORE", "ROUTER_HELLO", "ROUTER_LS", "ROUTER_MA", "MESSAGE",
                    "SERVER", "AGENT", "AUTHSERVICE", "CONTAINER", "ERROR", "POLICY", "HTTP",
                    "CONN_MGR", "PYTHON", "PROTOCOL", "DEFAULT",
                ],
                .required,
                "Which module; DEFAULT supplies the settings others leave unset."),
            .init(
                "enable", .update,
                """
                Comma-separated levels, each optionally with "+" for that level and above; \
                "none" for silence.
                """),
            .init(
                "includeTimestamp", kind: .boolean, alias: "timestamp", .update,
                "Start each line with a timestamp."),
            .init(
                "includeSource", kind: .boolean, alias: "source", .update,
                "End each line with source file and line."),
            .init(
                "outputFile", alias: "output", .update,
                "stderr, stdout, syslog, or a file path."),
        ])

    package static let logStats = EntityType(
        "logStats", extends: operationalEntity,
        summary: "Per-module counts of events logged at each level.",
        attributes: [
            .count("traceCount", "Events logged at level trace by this module."),
            .count("debugCount", "Events logged at level debug by this module."),
            .count("infoCount", "Events logged at level info by this module."),
            .count("noticeCount", "Events logged at level notice by this module."),
            .count("warningCount", "Events logged at level warning by this module."),
            .count("errorCount", "Events logged at level error by this module."),
            .count("criticalCount", "Events logged at level critical by this module."),
        ])
}
