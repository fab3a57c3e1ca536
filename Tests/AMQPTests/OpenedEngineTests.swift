import AMQP
import Testing

/// Two engines that begin where the opens are exchanged.
private final class End {
    let ours = ConnectionDriver(openedWithMaxFrame: 16_384)
    let theirs = ConnectionDriver(openedWithMaxFrame: 512)

    func pump() {
        while move(ours, theirs) || move(theirs, ours) {}
    }

    private func move(_ from: ConnectionDriver, _ to: ConnectionDriver) -> Bool {
        let bytes = from.writeBuffer()
        guard !bytes.isEmpty else { return false }
        let room = to.readBuffer(size: bytes.count)
        room.copyMemory(from: bytes)
        from.writeDone(bytes.count)
        return to.readDone(bytes.count)
    }

    static func events(of driver: ConnectionDriver) -> [Event.Kind] {
        var kinds: [Event.Kind] = []
        while let event = driver.nextEvent() { kinds.append(event.kind) }
        return kinds
    }
}

@Suite struct `An engine for the end of a connection` {
    @Test func `says and hears nothing of its own accord`() {
        let end = End()
        #expect(end.ours.writeBuffer().isEmpty)
        #expect(End.events(of: end.ours).isEmpty)
        #expect(!end.ours.isFinished)
        #expect(end.ours.connection.isLocalActive)
        #expect(end.ours.connection.isRemoteActive)
    }

    @Test func `closes with a reason, and hears the answer`() {
        let end = End()
        let reason = AMQPError(name: "amqp:connection:forced", text: "because")
        end.theirs.connection.condition.set(reason)
        end.theirs.connection.close()
        end.pump()
        #expect(End.events(of: end.ours).contains(.connectionRemoteClose))
        #expect(end.ours.connection.remoteCondition.error?.text == "because")
        end.ours.connection.close()
        end.pump()
        #expect(End.events(of: end.theirs).contains(.connectionRemoteClose))
        _ = End.events(of: end.ours)
        #expect(end.ours.isFinished)
        #expect(end.theirs.isFinished)
    }

    @Test func `calls a peer's end without a word an abort`() {
        let end = End()
        end.ours.readClose()
        #expect(End.events(of: end.ours).contains(.transportError))
        #expect(end.ours.transport.condition.error?.name == "amqp:connection:framing-error")
    }
}
