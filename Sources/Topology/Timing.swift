package import Basis

/// The intervals of the routing protocol. The defaults are those of qdrouterd (IR 3.4 to 3.6);
/// routers of one mesh should agree on the first five.
package struct Timing: Hashable, Sendable {
    /// How often a HELLO goes out on every trunk; also the beat of everything that ages.
    package var helloInterval: Milliseconds = 1_000
    /// A neighbour silent for longer is lost.
    package var helloMaxAge: Milliseconds = 3_000
    /// How often an RA goes out while nothing changes.
    package var raInterval: Milliseconds = 30_000
    /// How often an RA goes out until twice this time after a change.
    package var raIntervalFlux: Milliseconds = 4_000
    /// The link state of a router not heard of for longer is forgotten.
    package var remoteLinkStateMaxAge: Milliseconds = 60_000
    /// The least time between two differential MAUs where a qdrouterd is known (IR-60).
    package var mobileInterval: Milliseconds = 1_000
    /// The least time between them among Martlets: so much for each router, up to that of qdrouterd.
    package var mobileIntervalPerRouter: Milliseconds = 1
    /// How long the first address change waits for others to share its MAU.
    package var mobileGather: Milliseconds = 20
    /// How long an LSR or MAR waits for its answer the first time.
    package var requestInterval: Milliseconds = 250
    /// How long those wait that are too many to be asked at once.
    package var requestPause: Milliseconds = 20
    /// How long an LSR or MAR waits for the records of a Martlet neighbour to make it needless.
    package var recordPatience: Milliseconds = 250
    /// The least time between the first two path computations that do not follow the loss of a trunk,
    /// and between two link states; doubled with each further one, up to the greatest for so many
    /// routers.
    package var computeInterval: Milliseconds = 20
    package var computeIntervalPerRouter: Milliseconds = 4
    package var greatestComputeInterval: Milliseconds = 320
    /// After so long without a change the first interval counts again.
    package var calm: Milliseconds = 2_000
    /// How long after a router's restart messages of its former life may come.
    package var lateness: Milliseconds = 10_000

    /// A trunk on which for so long no HELLO came, or none that says that the neighbour hears this
    /// router, is cut.
    package var trunkMaxSilence: Milliseconds { Milliseconds(3 * helloMaxAge.count) }

    package init() {}
}
