// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Targets that decide and never touch the system: an unsafe construct does not compile in them.
let pure = house + [.strictMemorySafety()]

/// Targets on the way of a message: exclusivity is checked in debug builds only.
let hot =
    house + [
        .unsafeFlags(
            ["-enforce-exclusivity=unchecked", "-cross-module-optimization"],
            .when(configuration: .release))
    ]

let package = Package(
    name: "martlet",
    targets: [
        .systemLibrary(name: "CProton"),
        .target(name: "CLinux"),
        .target(name: "Basis", swiftSettings: hot),
        .target(name: "CProtonGuard"),
        .systemLibrary(name: "COpenSSL"),
        .target(name: "TLS", dependencies: ["COpenSSL", "EventLoop"], swiftSettings: hot),
        .systemLibrary(name: "CSASL"),
        .systemLibrary(name: "CHTTPParser"),
        .systemLibrary(name: "CWslay"),
        .target(
            name: "WebSocket", dependencies: ["CWslay", "EventLoop", "TLS", "Web"],
            swiftSettings: hot),
        .testTarget(
            name: "WebSocketTests", dependencies: ["EventLoop", "Seeded", "TLS", "WebSocket"],
            swiftSettings: house),
        .target(
            name: "Web", dependencies: ["Basis", "CHTTPParser", "EventLoop", "Logging", "TLS"],
            swiftSettings: house),
        .testTarget(
            name: "WebTests", dependencies: ["Basis", "Seeded", "Web"], swiftSettings: house),
        .target(
            name: "SASL", dependencies: ["Basis", "CSASL", "EventLoop"], swiftSettings: house),
        .target(
            name: "RemoteSASL", dependencies: ["AMQP", "Basis", "EventLoop", "SASL", "TLS"],
            swiftSettings: house),
        .testTarget(
            name: "RemoteSASLTests", dependencies: ["AMQP", "RemoteSASL"], swiftSettings: house),
        .testTarget(
            name: "SASLTests", dependencies: ["Basis", "EventLoop", "SASL"], swiftSettings: house),
        .testTarget(
            name: "TLSTests", dependencies: ["EventLoop", "Seeded", "TLS"], swiftSettings: house),
        .target(
            name: "AMQP", dependencies: ["Basis", "CProton", "CProtonGuard"], swiftSettings: hot),
        .testTarget(
            name: "AMQPTests", dependencies: ["AMQP", "Basis", "CProton", "Seeded"],
            swiftSettings: house),
        .target(name: "Sessions", dependencies: ["AMQP"], swiftSettings: hot),
        .testTarget(
            name: "SessionsTests", dependencies: ["AMQP", "EventLoop", "Seeded", "Sessions"],
            swiftSettings: house),
        .target(name: "EventLoop", dependencies: ["Basis", "CLinux"], swiftSettings: hot),
        .target(name: "Options", dependencies: ["CLinux", "EventLoop"], swiftSettings: house),
        .target(name: "Logging", dependencies: ["Basis", "EventLoop"], swiftSettings: house),
        .testTarget(
            name: "LoggingTests", dependencies: ["Basis", "EventLoop", "Logging"],
            swiftSettings: house),
        .target(
            name: "Client",
            dependencies: ["AMQP", "Basis", "EventLoop", "SASL", "TLS", "Web", "WebSocket"],
            swiftSettings: house),
        .testTarget(
            name: "ClientTests", dependencies: ["AMQP", "Basis", "Client", "EventLoop"],
            swiftSettings: house),
        .target(
            name: "Commands",
            dependencies: [
                "AMQP", "Audit", "Basis", "Client", "Configuration", "EventLoop", "Options",
                "Policy",
                "Schema", "TLS",
            ],
            swiftSettings: house),
        .testTarget(
            name: "CommandsTests",
            dependencies: ["AMQP", "Basis", "Client", "Commands", "Options", "Seeded"],
            swiftSettings: house),
        .executableTarget(
            name: "martlet", dependencies: ["Commands", "EventLoop"], swiftSettings: house),
        .target(name: "Addressing", dependencies: ["Basis"], swiftSettings: pure),
        .target(
            name: "Reference", dependencies: ["Configuration", "Schema"], swiftSettings: pure),
        .executableTarget(
            name: "martlet-reference", dependencies: ["Reference"],
            path: "Packaging/Reference", swiftSettings: house),
        .target(
            name: "Configuration", dependencies: ["Addressing", "Basis", "Logging", "Schema"],
            swiftSettings: pure),
        .target(name: "Audit", swiftSettings: pure),
        .testTarget(
            name: "AuditTests", dependencies: ["Audit", "TLS"], swiftSettings: house),
        .target(
            name: "Policy", dependencies: ["Addressing", "Configuration"], swiftSettings: pure),
        .testTarget(
            name: "PolicyTests", dependencies: ["Addressing", "Configuration", "Policy", "Seeded"],
            swiftSettings: house),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: ["Addressing", "Configuration", "Schema", "Seeded"],
            swiftSettings: house),
        .target(
            name: "Forwarding",
            dependencies: [
                "AMQP", "Addressing", "Basis", "EventLoop", "Logging", "RemoteSASL", "SASL",
                "Sessions", "TLS", "Topology", "Web", "WebSocket",
            ],
            swiftSettings: hot),
        .testTarget(
            name: "ForwardingTests",
            dependencies: ["AMQP", "EventLoop", "Forwarding", "Logging", "Seeded"],
            swiftSettings: house),
        .testTarget(
            name: "RouterTests",
            dependencies: [
                "AMQP", "Addressing", "Basis", "Configuration", "EventLoop", "Forwarding", "Router",
                "PlaneSimulation", "RouterSimulation", "Schema", "Seeded", "Topology",
            ],
            swiftSettings: house),
        .target(
            name: "Routing",
            dependencies: ["AMQP", "Addressing", "Basis", "Forwarding", "Sessions"],
            swiftSettings: pure),
        .target(
            name: "Router",
            dependencies: [
                "AMQP", "Addressing", "Audit", "Basis", "Configuration", "Edge", "EventLoop",
                "Forwarding",
                "Logging", "Management", "Policy", "RemoteSASL", "Routing", "SASL", "Schema",
                "Sessions",
                "TLS", "Topology", "Web",
            ],
            swiftSettings: house),
        .target(name: "Seeded", path: "Tests/Seeded", swiftSettings: house),
        .testTarget(
            name: "AddressingTests", dependencies: ["Addressing", "Seeded"], swiftSettings: house),
        .testTarget(
            name: "RoutingTests",
            dependencies: [
                "AMQP", "Addressing", "EventLoop", "Forwarding", "Routing", "Sessions",
            ],
            swiftSettings: house),
        .executableTarget(
            name: "martletd",
            dependencies: ["Basis", "Configuration", "EventLoop", "Logging", "Options", "Router"],
            swiftSettings: house),
        .target(name: "Schema", swiftSettings: pure),
        .target(
            name: "Management", dependencies: ["AMQP", "Addressing", "Basis", "Schema"],
            swiftSettings: pure),
        .testTarget(
            name: "ManagementTests",
            dependencies: ["AMQP", "Addressing", "Basis", "Management", "Schema", "Seeded"],
            swiftSettings: house),
        .executableTarget(
            name: "martlet-bench", dependencies: ["AMQP", "Basis", "EventLoop", "Options"],
            path: "Benchmarks/Load", swiftSettings: hot),
        .target(name: "Topology", dependencies: ["Basis"], swiftSettings: pure),
        .target(name: "Edge", dependencies: ["Basis"], swiftSettings: pure),
        .testTarget(
            name: "EdgeTests", dependencies: ["Basis", "Edge", "EdgeSimulation", "Seeded"],
            swiftSettings: house),
        .target(
            name: "EdgeSimulation",
            dependencies: [
                "AMQP", "Addressing", "Basis", "Edge", "EventLoop", "Forwarding",
                "RouterSimulation", "Routing", "Seeded", "Sessions", "Topology",
            ],
            path: "Tests/EdgeSimulation", swiftSettings: hot),
        .testTarget(
            name: "HouseTests", dependencies: ["Configuration", "Reference"], swiftSettings: house),
        .target(
            name: "RouterSimulation", dependencies: ["Basis", "Seeded", "Topology"],
            path: "Tests/RouterSimulation", swiftSettings: hot),
        .target(
            name: "PlaneSimulation",
            dependencies: [
                "AMQP", "Basis", "Configuration", "EventLoop", "Forwarding", "Logging", "Router",
                "Seeded",
            ],
            path: "Tests/PlaneSimulation", swiftSettings: hot),
        .testTarget(
            name: "TopologyTests",
            dependencies: ["Basis", "RouterSimulation", "Topology"],
            swiftSettings: house),
        .executableTarget(
            name: "martlet-simulate",
            dependencies: [
                "Basis", "EdgeSimulation", "EventLoop", "Options", "PlaneSimulation",
                "RouterSimulation", "Topology",
            ],
            path: "Tests/Simulate", swiftSettings: house),
        .testTarget(
            name: "EventLoopTests", dependencies: ["Basis", "EventLoop", "Seeded"],
            swiftSettings: house),
    ]
)
