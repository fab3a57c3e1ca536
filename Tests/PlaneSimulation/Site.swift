internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Router

/// One router as it runs in earnest, control and workers, turned on the plane's clock.
final class Site {
    let name: String
    let control: Control

    /// `text` is a configuration file's.
    init(name: String, text: String, platform: Platform) throws {
        self.name = name
        let configuration = try RouterConfiguration(
            text: text, path: name, surroundings: .system)
        control = Control(configuration, log: Log(), signals: nil, platform: platform)
        try control.start(configuration)
    }

    func turn(at now: Instant) -> Bool { control.turn(at: now) }
    var nextDue: Instant? { control.nextDue }
    var holding: Holding { control.holding }
}
