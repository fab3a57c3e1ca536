/// How much a line matters; each is also a bit of a mask (MG-201).
public enum LogLevel: Int, CaseIterable, Sendable {
    case trace, debug, info, notice, warning, error, critical

    /// The level's bit.
    @inlinable
    public var bit: UInt8 { 1 << UInt8(rawValue) }

    /// The name in lines and in configuration.
    public var name: String { String(describing: self) }
}

/// The part of the router that a line comes from (MG-199).
public enum LogModule: Int, CaseIterable, Sendable {
    case router, routerCore, routerHello, routerLS, routerMA, message, server, agent
    case authService, container, error, policy, http, connectionManager, python, `protocol`
    case main

    /// The name in lines and in configuration.
    public var name: String {
        switch self {
        case .router: "ROUTER"
        case .routerCore: "ROUTER_CORE"
        case .routerHello: "ROUTER_HELLO"
        case .routerLS: "ROUTER_LS"
        case .routerMA: "ROUTER_MA"
        case .message: "MESSAGE"
        case .server: "SERVER"
        case .agent: "AGENT"
        case .authService: "AUTHSERVICE"
        case .container: "CONTAINER"
        case .error: "ERROR"
        case .policy: "POLICY"
        case .http: "HTTP"
        case .connectionManager: "CONN_MGR"
        case .python: "PYTHON"
        case .protocol: "PROTOCOL"
        case .main: "MAIN"
        }
    }

    public init?(name: String) {
        guard let module = LogModule.allCases.first(where: { $0.name == name }) else { return nil }
        self = module
    }
}
