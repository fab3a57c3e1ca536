package import AMQP

/// From the body of a CREATE (MG-188).
extension AutoLinkConfiguration {
    package init(number: UInt64, name: String?, body: ValueMap) throws(ManagementError) {
        var faults = Faults()
        let address = body.text(under: "address", "addr")
        let direction = body.text(under: "direction", "dir")
        if address == nil || direction == nil {
            faults.add("address and direction fields are mandatory")
        }
        if let direction, direction != "in", direction != "out" {
            faults.add("Invalid value for 'direction'")
        }
        let isFallback = body["fallback"]?.boolean ?? false
        let usual = direction == "in" && !isFallback ? 1 : 0
        let isPhaseGiven = body.present("phase") != nil
        let phase = isPhaseGiven ? body.number("phase") ?? -1 : usual
        if !(0...9).contains(phase) { faults.add("autoLink phase must be between 0 and 9") }
        self.init(
            number: number, name: name, address: address ?? "", direction: direction ?? "",
            phase: phase)
        connection = body.text(under: "connection")
        containerID = body.text(under: "containerId")
        if connection != nil, containerID != nil {
            faults.add("Both connection and containerId cannot be specified. Specify only one")
        }
        externalAddress = body.text(under: "externalAddress", "externalAddr")
        self.isFallback = isFallback
        try faults.check()
    }
}

extension ValueMap {
    /// The first text that is there under one of these keys, and not empty.
    func text(under keys: String...) -> String? {
        keys.lazy.compactMap { self[$0]?.text }.first { !$0.isEmpty }
    }
}
