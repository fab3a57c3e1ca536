import AMQP
import PlaneSimulation
import Testing

/// What looks at the data plane's simulation sees what it is there for.
@Suite struct `The fates of messages` {
    private let address = PlayedAddress(kind: .closest, number: 0)
    private let fates = Fates()

    private func letter(_ place: Int = 1, isPresettled: Bool = false) -> Letter {
        let letter = fates.begin(
            sender: 1, place: place, address: address, isPresettled: isPresettled, size: 20,
            priority: 4)
        letter.progress = .whole
        return letter
    }

    private func arrive(_ letter: Letter, at receiver: Int = 1) {
        _ = fates.received(letter.encoded(namesAddress: false), by: receiver, of: address)
    }

    @Test func `are right for one that came once and was accepted`() {
        let letter = letter()
        arrive(letter)
        fates.settled(letter, by: 1, .accepted)
        fates.told(letter, .accepted)
        fates.closeAll(wasCalm: true)
        #expect(fates.errors == [])
    }

    @Test(arguments: [1, 2])
    func `are wrong for one that comes twice`(receiver: Int) {
        let letter = letter()
        arrive(letter)
        arrive(letter, at: receiver)
        #expect(fates.errors.count >= 1)
    }

    @Test func `are wrong for one that overtakes another`() {
        let (first, second) = (letter(1), letter(2))
        arrive(second)
        arrive(first)
        #expect(fates.errors.count == 1)
    }

    @Test func `are wrong for one that was given up and comes all the same`() {
        let letter = letter()
        letter.progress = .aborted
        arrive(letter)
        #expect(fates.errors.count == 1)
    }

    @Test func `are wrong for other octets than were sent`() {
        let letter = letter()
        var bytes = letter.encoded(namesAddress: false)
        bytes[bytes.count - 1] ^= 1
        _ = fates.received(bytes, by: 1, of: address)
        #expect(fates.errors.count == 1)
    }

    @Test func `are wrong for one that is accepted and came to nobody`() {
        fates.told(letter(), .accepted)
        #expect(fates.errors.count == 1)
    }

    @Test func `are wrong for an outcome that is not the receiver's`() {
        let letter = letter()
        arrive(letter)
        fates.settled(letter, by: 1, .accepted)
        fates.told(letter, .released)
        fates.closeAll(wasCalm: true)
        #expect(fates.errors.count == 1)
    }

    @Test func `are wrong for one without an outcome`() {
        _ = letter()
        fates.closeAll(wasCalm: false)
        #expect(fates.errors.count == 1)
    }

    @Test func `are wrong for a pre-settled one that nobody got while all was calm`() {
        let letter = letter(isPresettled: true)
        letter.wasAsked = true
        fates.closeAll(wasCalm: true)
        #expect(fates.errors.count == 1)
    }
}
