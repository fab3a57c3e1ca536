internal import Basis
internal import Configuration
internal import Topology

extension Timing {
    /// The intervals that the `router` entity sets.
    init(_ settings: RouterSettings) {
        self.init()
        helloInterval = .seconds(UInt64(settings.helloIntervalSeconds))
        helloMaxAge = .seconds(UInt64(settings.helloMaxAgeSeconds))
        raInterval = .seconds(UInt64(settings.raIntervalSeconds))
        raIntervalFlux = .seconds(UInt64(settings.raIntervalFluxSeconds))
        remoteLinkStateMaxAge = .seconds(UInt64(settings.remoteLsMaxAgeSeconds))
    }
}
