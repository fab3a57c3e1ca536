internal import AMQP
internal import Basis
internal import Seeded

/// A client of the plane, on Proton's engine: it does what a client may do, as chance has it.
final class PlayedClient {
    let number: Int
    private let driver = ConnectionDriver(server: false)
    private let fates: Fates
    private var chance: Seed
    private let session: EngineSession
    private var senders: [PlayedSender] = []
    private var receivers: [PlayedReceiver] = []
    private(set) var hasLeft = false
    private var isLost = false
    private var linkCount = 0
    private var dueTick: Instant?

    /// It attaches nothing, and takes the links that routers attach to it.
    let isContainer: Bool

    init(number: Int, isContainer: Bool = false, fates: Fates, chance: Seed, now: Instant) {
        self.number = number
        self.isContainer = isContainer
        self.fates = fates
        self.chance = chance
        let connection = driver.connection
        connection.setContainer(isContainer ? "container" : "client-\(number)")
        connection.setHostname("plane")
        driver.transport.setMaxFrame([512, 4_096, 65_536][self.chance.below(3)])
        driver.bind()
        connection.open()
        session = connection.makeSession()
        session.open()
        tick(at: now)
    }

    var isGone: Bool { isLost || hasLeft }
    var nextDue: Instant? { isGone ? nil : dueTick }

    // MARK: Bytes

    /// What it has to say, as much as is wanted.
    func said(most: Int) -> [UInt8] {
        guard !isGone else { return [] }
        let bytes = [UInt8](driver.writeBuffer().prefix(most))
        if !bytes.isEmpty { driver.writeDone(bytes.count) }
        return bytes
    }

    func hear(_ bytes: [UInt8], at now: Instant) {
        guard !isGone else { return }
        // The open tells how often it wants to hear of us.
        if dueTick == nil { dueTick = now }
        var rest = bytes[...]
        while !rest.isEmpty {
            let room = driver.readBuffer(size: rest.count)
            guard !room.isEmpty else { break }
            let part = rest.prefix(room.count)
            part.withUnsafeBytes { room.copyMemory(from: $0) }
            rest = rest.dropFirst(part.count)
            guard driver.readDone(part.count) else { break }
            takeEvents()
        }
    }

    /// Its connection is gone.
    func lost() {
        guard !isGone else { return }
        isLost = true
        forsakeAll()
    }

    /// It goes without a word.
    func vanish() {
        guard !isGone else { return }
        hasLeft = true
        forsakeAll()
    }

    private func forsakeAll() {
        for sender in senders { sender.forsake() }
        for receiver in receivers { fates.doubt(receiver.number) }
    }

    func tick(at now: Instant) {
        guard !isGone else { return }
        let milliseconds = Int64(now.nanoseconds / 1_000_000)
        let next = driver.transport.tick(milliseconds: milliseconds)
        dueTick = next > 0 ? Instant(milliseconds: UInt64(next)) : nil
        takeEvents()
    }

    // MARK: Events

    private func takeEvents() {
        while let event = driver.nextEvent() {
            switch event.kind {
            case .delivery:
                guard let delivery = event.delivery else { continue }
                let link = delivery.link
                if link.isSender {
                    sender(of: link)?.updated(delivery)
                } else {
                    receiver(of: link)?.readable(delivery)
                }
            case .linkFlow:
                guard let link = event.link, link.isSender else { continue }
                sender(of: link)?.creditChanged()
            case .linkRemoteClose, .linkRemoteDetach:
                if let link = event.link { detached(link) }
            case .linkRemoteOpen:
                if let link = event.link, link.isLocalUninitialised { take(link) }
            case .sessionRemoteOpen:
                if let session = event.session, session.isLocalUninitialised { session.open() }
            case .transportError:
                let error = driver.transport.condition.error
                fates.wrong("client \(number): \(error?.name ?? "") \(error?.text ?? "")")
            case .connectionRemoteClose:
                let error = driver.connection.remoteCondition.error
                fates.wrong("client \(number) closed: \(error?.name ?? "") \(error?.text ?? "")")
            default: break
            }
        }
    }

    /// Only routed links may be detached by a router: their other end may have been.
    private func detached(_ link: EngineLink) {
        if let sender = sender(of: link) {
            sender.isFinished = true
            if link.isLocalActive, sender.address?.kind != .routed { complain(of: link) }
            sender.forsake()
        }
        if let receiver = receiver(of: link) {
            receiver.isFinished = true
            if link.isLocalActive, receiver.address.kind != .routed { complain(of: link) }
            receiver.forsake()
        }
        link.close()
    }

    private func complain(of link: EngineLink) {
        let error = link.remoteCondition.error
        fates.wrong("client \(number)'s \(link.name) was detached: \(error?.name ?? "no error")")
    }

    /// A router attaches a link.
    private func take(_ link: EngineLink) {
        link.source.copy(link.remoteSource)
        link.target.copy(link.remoteTarget)
        let text = (link.isSender ? link.source : link.target).address ?? ""
        guard isContainer, let address = PlayedAddress(text) else {
            return fates.wrong("client \(number) was to take a link for '\(text)'")
        }
        if link.isSender {
            senders.append(PlayedSender(link, to: address, number: fates.newSender(), fates))
        } else {
            receivers.append(PlayedReceiver(link, of: address, number: fates.newReceiver(), fates))
        }
        link.open()
    }

    private func sender(of link: EngineLink) -> PlayedSender? {
        senders.first { $0.link == link }
    }

    private func receiver(of link: EngineLink) -> PlayedReceiver? {
        receivers.first { $0.link == link }
    }

    // MARK: What it does

    /// One thing, chosen by chance. `canGo` lets it detach links and leave.
    func act(_ addresses: [PlayedAddress], canGo: Bool) {
        guard !isGone else { return }
        switch isContainer ? 3 + chance.below(17) : chance.below(20) {
        case 0 where senders.count(where: \.isOpen) < 6: attachSender(addresses)
        case 1 where receivers.count(where: \.isOpen) < 6: attachReceiver(addresses)
        case 2 where canGo: leaveLink()
        case 3...11: if let sender = pick(senders) { sender.act(addresses, &chance) }
        default: if let receiver = pick(receivers) { receiver.act(&chance) }
        }
    }

    private func pick<Link: PlayedLink>(_ links: [Link]) -> Link? {
        let open = links.filter(\.isOpen)
        return open.isEmpty ? nil : open[chance.below(open.count)]
    }

    private func attachSender(_ addresses: [PlayedAddress]) {
        let link = session.makeSender(name: freeName(of: &senders, "s"))
        let address = chance.once(in: 4) ? nil : addresses[chance.below(addresses.count)]
        if let address { link.target.setAddress(address.text) }
        link.setSettlement([.mixed, .mixed, .unsettled][chance.below(3)])
        senders.append(PlayedSender(link, to: address, number: fates.newSender(), fates))
        link.open()
    }

    private func attachReceiver(_ addresses: [PlayedAddress]) {
        let link = session.makeReceiver(name: freeName(of: &receivers, "r"))
        let address = addresses[chance.below(addresses.count)]
        link.source.setAddress(address.text)
        receivers.append(PlayedReceiver(link, of: address, number: fates.newReceiver(), fates))
        link.open()
    }

    /// Often one that a link had which is gone.
    private func freeName<Link: PlayedLink>(of links: inout [Link], _ letter: String) -> String {
        let place = links.firstIndex(where: \.isFinished)
        if let place, chance.once(in: 2) {
            let link = links.remove(at: place).link
            defer { link.free() }
            return link.name
        }
        linkCount += 1
        return "\(letter)\(linkCount)"
    }

    private func leaveLink() {
        if chance.once(in: 2) {
            pick(senders)?.leave(&chance)
        } else {
            pick(receivers)?.leave(&chance)
        }
    }

    /// It begins nothing new, ends what it has begun, and takes all that comes.
    func comeToRest() {
        guard !isGone else { return }
        for sender in senders { sender.comeToRest(&chance) }
        for receiver in receivers { receiver.comeToRest() }
    }

    /// Senders that are attached, with the credit that they have.
    var credits: [(address: PlayedAddress?, sender: Int, credit: Int)] {
        guard !isGone else { return [] }
        return senders.filter(\.isOpen).map { ($0.address, $0.number, $0.link.credit) }
    }

    /// Addresses that it receives from.
    var listensTo: [PlayedAddress] {
        isGone ? [] : receivers.filter(\.isOpen).map(\.address)
    }
}

/// What chance can choose among a client's links.
protocol PlayedLink {
    var isOpen: Bool { get }
    var link: EngineLink { get }
    /// Both ends have detached it, so that another may have its name.
    var isFinished: Bool { get }
}
