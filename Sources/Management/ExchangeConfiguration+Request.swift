package import AMQP

/// From the body of a CREATE (MG-189).
extension ExchangeConfiguration {
    package init(number: UInt64, name: String?, body: ValueMap) throws(ManagementError) {
        var faults = Faults()
        if name == nil { faults.add("exchange requires a unique name") }
        let address = body.text(under: "address")
        if address == nil { faults.add("exchange address is mandatory") }
        self.init(number: number, exchangeName: name ?? "", address: address ?? "")
        if let method = body.present("matchMethod") {
            matchMethod = method.text ?? ""
            if matchMethod != "amqp", matchMethod != "mqtt" {
                faults.add("Exchange matchMethod must be either 'amqp' or 'mqtt'")
            }
        }
        phase = body.phase(under: "phase", &faults)
        alternateAddress = body.text(under: "alternateAddress")
        if alternateAddress != nil {
            alternatePhase = body.phase(under: "alternatePhase", &faults)
        }
        try faults.check()
    }
}

extension BindingConfiguration {
    package init(number: UInt64, name: String?, body: ValueMap) throws(ManagementError) {
        var faults = Faults()
        let exchange = body.text(under: "exchangeName")
        if exchange == nil { faults.add("Binding configuration requires an exchange") }
        let hop = body.text(under: "nextHopAddress")
        if hop == nil { faults.add("No next hop specified") }
        self.init(
            number: number, name: name, exchangeName: exchange ?? "",
            bindingKey: body.text(under: "bindingKey") ?? "#", nextHopAddress: hop ?? "")
        nextHopPhase = body.phase(under: "nextHopPhase", &faults)
        try faults.check()
    }
}

extension ValueMap {
    fileprivate func phase(under key: String, _ faults: inout Faults) -> Int {
        guard present(key) != nil else { return 0 }
        guard let phase = number(key), (0...9).contains(phase) else {
            faults.add("phase must be in the range 0-9")
            return 0
        }
        return phase
    }
}
