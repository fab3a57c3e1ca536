internal import Sessions

/// What flows say on the links that go on: credit, drains, what their senders have waiting, and
/// properties (RS-261, AMQP 2.7.4).
extension Worker {
    /// The receiver has given credit, asked for a drain, or said something else.
    func passCredit(of link: OutgoingLink) {
        guard let end = link.routed, link.phase == .attached else { return }
        let limit = link.link.total &+ UInt32(clamping: max(0, link.link.credit))
        let isDraining = link.link.isDraining
        // How many deliveries wait is the sender's to say.
        var said = link.link.takeParticulars()
        said?.available = nil
        if said?.isEmpty == true { said = nil }
        if end.owesFlow { said = said ?? FlowParticulars() }
        end.owesFlow = false
        if said == nil, let told = end.told, told == (limit, isDraining) { return }
        end.told = (limit, isDraining)
        tell(end.other, .credit(upTo: limit, isDraining: isDraining, said))
    }

    /// The sender has given credit back, or said something else.
    func passSenderWord(of link: IncomingLink) {
        guard let end = link.routed, link.phase == .attached else { return }
        var said = link.link.takeParticulars()
        if let available = said?.available {
            if available == end.available { said?.available = nil }
            end.available = available
        }
        if said?.isEmpty == true { said = nil }
        if end.owesFlow { said = said ?? FlowParticulars() }
        let hasGivenBack =
            link.link.takeReturned() > 0 || link.link.isDraining && link.link.credit == 0
        guard hasGivenBack || said != nil else { return }
        end.owesFlow = false
        link.counters.tell(credit: link.link.credit)
        let total = hasGivenBack ? link.link.total &- end.refused : nil
        tell(end.other, .gaveBack(upTo: total, said))
    }

    /// The router itself has refused a delivery: its credit is given anew (RS-464).
    func giveAnew(_ link: IncomingLink) {
        link.routed?.refused &+= 1
        link.link.set(credit: link.link.credit + 1, isDraining: link.link.isDraining)
    }
}

extension RoutedEnd.SenderWord {
    /// What the sender has said before, and later.
    init(_ earlier: Self?, _ total: UInt32?, _ particulars: FlowParticulars?) {
        self.total = total ?? earlier?.total
        self.particulars = earlier?.particulars ?? particulars
        if earlier?.particulars != nil, let particulars { self.particulars?.add(particulars) }
    }
}
