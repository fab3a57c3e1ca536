/// A link that the router is to attach to a container by itself.
public struct AutoLinkOrder: Hashable, Sendable {
    /// The auto link's, by which control knows what becomes of it.
    public let number: UInt64
    public let direction: LinkDirection
    /// The node at the container.
    public let address: String
    /// For what no other consumer of the address takes, or for what is given back of that.
    public let isFallback: Bool
    /// It shares its session with other auto links.
    public let sharesSession: Bool

    public init(
        number: UInt64, direction: LinkDirection, address: String, isFallback: Bool,
        sharesSession: Bool
    ) {
        self.number = number
        self.direction = direction
        self.address = address
        self.isFallback = isFallback
        self.sharesSession = sharesSession
    }
}
