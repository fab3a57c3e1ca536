package import AMQP

/// All messages of a plane, and whether what becomes of each can be.
package final class Fates {
    package init() {}

    private(set) var letters: [Letter] = []
    package private(set) var errors: [String] = []
    private var sendersMade = 0
    private var receiversMade = 0
    /// The place of the last message from a sender, with a priority, that a receiver got.
    private var lastPlaces: [Way: Int] = [:]
    private(set) var receipts = 0

    private struct Way: Hashable {
        let sender: Int
        let receiver: Int
        let priority: UInt8
    }

    func newSender() -> Int {
        sendersMade += 1
        return sendersMade
    }

    func newReceiver() -> Int {
        receiversMade += 1
        return receiversMade
    }

    func wrong(_ text: String) {
        if errors.count < 20 { errors.append(text) }
    }

    package func begin(
        sender: Int, place: Int, address: PlayedAddress, isPresettled: Bool, size: Int,
        priority: UInt8
    ) -> Letter {
        let letter = Letter(
            number: letters.count, sender: sender, place: place, address: address,
            isPresettled: isPresettled, size: size, priority: priority)
        letters.append(letter)
        return letter
    }

    /// A whole message has come to a receiver of `address`.
    package func received(_ bytes: [UInt8], by receiver: Int, of address: PlayedAddress) -> Letter?
    {
        receipts += 1
        guard let message = try? Message(decoding: bytes), case .data(let parts) = message.body,
            let number = Letter.number(of: parts.flatMap { $0 }), letters.indices.contains(number)
        else {
            wrong(
                "receiver \(receiver) got \(bytes.count) octets that are no message of ours: \(bytes.prefix(60))"
            )
            return nil
        }
        let letter = letters[number]
        let name = describe(letter)
        if parts.flatMap({ $0 }) != letter.body { wrong("\(name) came with other octets") }
        if letter.address != address { wrong("\(name) came to a receiver of \(address.text)") }
        if letter.progress == .aborted { wrong("\(name) came although it was aborted") }
        if letter.receipts.contains(where: { $0.receiver == receiver }) {
            wrong("\(name) came twice to receiver \(receiver)")
        } else if address.kind != .multicast, !letter.receipts.isEmpty {
            wrong("\(name) came to receivers \(letter.receipts.map(\.receiver)) and \(receiver)")
        }
        let way = Way(sender: letter.sender, receiver: receiver, priority: letter.priority)
        if let last = lastPlaces[way], last > letter.place {
            wrong("\(name) came to receiver \(receiver) after the sender's message \(last)")
        }
        lastPlaces[way] = letter.place
        letter.receipts.append(Letter.Receipt(receiver: receiver))
        return letter
    }

    /// The receiver has settled it.
    package func settled(_ letter: Letter, by receiver: Int, _ state: DeliveryState) {
        guard let index = letter.receipts.firstIndex(where: { $0.receiver == receiver }) else {
            return
        }
        letter.receipts[index].state = state
    }

    /// What the receiver has said last may be lost.
    func doubt(_ receiver: Int) {
        for letter in letters {
            for index in letter.receipts.indices where letter.receipts[index].receiver == receiver {
                letter.receipts[index].isDoubtful = true
            }
        }
    }

    /// A way between routers is gone: what was under way may have been lost there, or what was said
    /// of it.
    func doubtAll() {
        for letter in letters where letter.outcome == nil { letter.isDoubtful = true }
    }

    /// The sender was told.
    package func told(_ letter: Letter, _ state: DeliveryState) {
        let name = describe(letter)
        if letter.outcome != nil { wrong("\(name) was settled twice for its sender") }
        if letter.progress == .aborted { return }
        letter.outcome = state
        guard letter.address.kind != .multicast else { return }
        let said = letter.receipts.compactMap(\.state)
        if state == .accepted || state == .rejected, !said.contains(state),
            !(state == .rejected && letter.receipts.isEmpty)
        {
            wrong("\(name) is \(state.word) to its sender, to its receivers \(said.map(\.word))")
        }
    }

    /// Nothing is under way any more: every message has its fate. While nobody goes and no way is
    /// lost, not even what nobody answers for may be.
    package func closeAll(wasCalm: Bool) {
        for letter in letters where letter.progress == .whole {
            let name = describe(letter)
            if wasCalm, letter.isPresettled, letter.receipts.isEmpty, letter.wasAsked {
                wrong("\(name) came to nobody")
            }
            let isOpen = letter.outcome == nil && !letter.isPresettled && !letter.isSettledEarly
            if isOpen, !letter.isForsaken { wrong("\(name) has no outcome") }
            guard letter.address.kind != .multicast, let receipt = letter.receipts.first,
                let said = receipt.state, let told = letter.outcome, !receipt.isDoubtful,
                !letter.isDoubtful
            else { continue }
            if said != told {
                wrong("\(name) is \(told.word) to its sender, and \(said.word) to its receiver")
            }
        }
    }

    func describe(_ letter: Letter) -> String {
        "message \(letter.number) (sender \(letter.sender), \(letter.address.text), "
            + "\(letter.size) octets\(letter.isPresettled ? ", pre-settled" : ""))"
    }
}

extension DeliveryState {
    var word: String {
        switch self {
        case .accepted: "accepted"
        case .rejected: "rejected"
        case .released: "released"
        case .modified: "modified"
        default: "state \(rawValue)"
        }
    }
}
