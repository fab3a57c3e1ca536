package import Basis

/// What one router tells another of a third, as it knows it: which of its two parts are told depends
/// on what the other lacks.
///
/// Not of qdrouterd's protocol: only Martlets tell each other.
package struct RouterRecord: Hashable, Sendable {
    package struct Addresses: Hashable, Sendable {
        /// The mobile sequence at which these, and no others, are the router's addresses, or those of
        /// all parts together.
        package let sequence: SequenceNumber
        package let all: [MobileAddress]
        package let part: Part

        package init(sequence: SequenceNumber, all: [MobileAddress], part: Part = .whole) {
            self.sequence = sequence
            self.all = all
            self.part = part
        }
    }

    package let id: RouterID
    package let instance: Instance
    /// How long ago the router was last heard of, at the moment of telling.
    package let age: Milliseconds
    package let linkState: LinkState?
    package let addresses: Addresses?

    package init(
        id: RouterID, instance: Instance, age: Milliseconds, linkState: LinkState? = nil,
        addresses: Addresses? = nil
    ) {
        self.id = id
        self.instance = instance
        self.age = age
        self.linkState = linkState
        self.addresses = addresses
    }
}

/// The numbers of the newest link state and addresses that someone has of a router.
package struct RouterSummary: Hashable, Sendable {
    package let id: RouterID
    package let instance: Instance
    package let linkStateSequence: SequenceNumber
    package let mobileSequence: SequenceNumber

    package init(
        id: RouterID, instance: Instance, linkStateSequence: SequenceNumber,
        mobileSequence: SequenceNumber
    ) {
        self.id = id
        self.instance = instance
        self.linkStateSequence = linkStateSequence
        self.mobileSequence = mobileSequence
    }
}
