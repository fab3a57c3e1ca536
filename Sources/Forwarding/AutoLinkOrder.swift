/// A link that the router is to attach to a container by itself.
public struct AutoLinkOrder: Hashable, Sendable {
    /// The auto link's, by which control knows what becomes of it.
    public let number: UInt64
    public let direction: LinkDirection
    /// The node at the container.
    public let address: String

    public init(number: UInt64, direction: LinkDirection, address: String) {
        self.number = number
        self.direction = direction
        self.address = address
    }
}
