internal import Configuration
internal import Topology

extension Timing {
    /// The intervals that the `router` entity sets.
    init(_ settings: RouterSettings) {
        self.init()
    }
}
