/// Something on its way to another thread, by a mailbox.
///
/// `@unchecked Sendable`: whoever hands it over keeps no reference, so that one thread at a time has it.
public struct HandedOver<Thing: AnyObject>: @unchecked Sendable {
    public let thing: Thing
    public init(_ thing: Thing) { self.thing = thing }
}
