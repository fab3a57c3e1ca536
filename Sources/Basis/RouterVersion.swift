/// What the router says it is. Tools and neighbours expect the product name of the protocol's
/// first implementation, and a version of its 1.x line.
package enum RouterVersion {
    package static let product = "qpid-dispatch-router"
    /// As `version` in `open` and in management.
    package static let text = "1.20.0"
    /// Martlet's own.
    package static let martlet = "0.1.0"
}
