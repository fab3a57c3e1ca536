internal import Basis
internal import Configuration
internal import Topology

extension Timing {
    /// The intervals that the `router` entity sets.
    init(_ settings: RouterSettings) {
        self.init()
        helloInterval = Self.interval(settings.helloIntervalSeconds)
        helloMaxAge = Self.interval(settings.helloMaxAgeSeconds)
        raInterval = Self.interval(settings.raIntervalSeconds)
        raIntervalFlux = Self.interval(settings.raIntervalFluxSeconds)
        remoteLinkStateMaxAge = Self.interval(settings.remoteLsMaxAgeSeconds)
    }

    /// No longer than a hundred years: what is made of it can still be counted.
    private static func interval(_ seconds: Int) -> Milliseconds {
        .seconds(UInt64(min(seconds, 3_155_760_000)))
    }
}
