import AMQP
import Seeded
import Testing

/// A client's and a server's engine, joined, each with a layer that the test answers for.
private final class Talk {
    let client = ConnectionDriver(server: false)
    let server = ConnectionDriver(server: true)
    let clientLayer: SASLLayer
    let serverLayer: SASLLayer

    init(offered: [String], identity: String? = nil, allowed: String? = nil) {
        clientLayer = SASLLayer(client.transport)
        serverLayer = SASLLayer(server.transport)
        serverLayer.offered = offered
        serverLayer.identity = identity
        if let allowed { client.transport.allowMechanisms(allowed) }
        server.transport.requireAuthentication(true)
        client.connection.setContainer("client")
        client.bind()
        server.bind()
        client.connection.open()
    }

    /// Carries bytes both ways until neither end has any.
    func pump() {
        while move(client, server) || move(server, client) {}
    }

    private func move(_ from: ConnectionDriver, _ to: ConnectionDriver) -> Bool {
        let bytes = from.writeBuffer()
        guard !bytes.isEmpty else { return false }
        let room = to.readBuffer(size: bytes.count)
        guard !room.isEmpty else { return false }
        let count = min(room.count, bytes.count)
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        from.writeDone(count)
        return to.readDone(count)
    }

    var hasFailed: Bool { client.transport.condition.isSet || server.transport.condition.isSet }
}

@Suite struct `A layer of SASL` {
    @Test func `takes answers whenever they come`() {
        let talk = Talk(offered: ["SCRAM-SHA-256", "PLAIN"])
        talk.pump()
        #expect(talk.clientLayer.takeHeard() == .mechanisms(["SCRAM-SHA-256", "PLAIN"]))
        #expect(talk.clientLayer.takeHeard() == nil)
        talk.pump()
        talk.clientLayer.initiate("SCRAM-SHA-256", initial: [1, 0, 2])
        talk.pump()
        #expect(
            talk.serverLayer.takeHeard()
                == .initiated(mechanism: "SCRAM-SHA-256", initial: [1, 0, 2]))
        #expect(talk.serverLayer.isWaiting)
        talk.pump()
        for round in 0..<3 as Range<UInt8> {
            talk.serverLayer.challenge([round])
            talk.pump()
            #expect(talk.clientLayer.takeHeard() == .challenge([round]))
            talk.clientLayer.respond([])
            talk.pump()
            #expect(talk.serverLayer.takeHeard() == .response([]))
        }
        talk.serverLayer.accept(user: "joe")
        talk.pump()
        #expect(talk.server.transport.user == "joe")
        #expect(talk.server.transport.mechanism == "SCRAM-SHA-256")
        #expect(talk.server.transport.isAuthenticated)
        #expect(talk.server.connection.isRemoteActive)
        #expect(!talk.hasFailed)
    }

    @Test(arguments: ["ANONYMOUS", "EXTERNAL"])
    func `lets in at once whom nothing is to be asked of`(mechanism: String) {
        let talk = Talk(offered: ["EXTERNAL", "ANONYMOUS"], identity: "CN=alice")
        talk.pump()
        talk.clientLayer.initiate(mechanism, initial: [])
        talk.pump()
        #expect(talk.serverLayer.takeHeard() == nil)
        #expect(talk.server.transport.user == (mechanism == "EXTERNAL" ? "CN=alice" : "anonymous"))
    }

    @Test func `denies, and says no more`() {
        let talk = Talk(offered: ["PLAIN"])
        talk.pump()
        talk.clientLayer.initiate("PLAIN", initial: [0])
        talk.pump()
        talk.serverLayer.deny()
        talk.serverLayer.accept(user: "joe")
        talk.pump()
        #expect(!talk.server.transport.isAuthenticated)
        #expect(talk.client.transport.condition.error?.name == "amqp:unauthorized-access")
    }

    /// RS-331
    @Test func `denies what was not offered, and EXTERNAL without a certificate`() {
        for (offered, used) in [(["PLAIN"], "ANONYMOUS"), (["EXTERNAL"], "EXTERNAL")] {
            let talk = Talk(offered: offered)
            talk.pump()
            talk.clientLayer.initiate(used, initial: [])
            talk.pump()
            #expect(!talk.server.transport.isAuthenticated)
            #expect(talk.hasFailed)
        }
    }

    @Test func `offers nothing where nothing can be had`() {
        let talk = Talk(offered: [])
        talk.pump()
        #expect(talk.client.transport.condition.isSet)
    }

    @Test func `offers no more than the engine has room for`() {
        let talk = Talk(offered: (0..<100).map { "X-\($0)" })
        talk.pump()
        guard case .mechanisms(let names) = talk.clientLayer.takeHeard() else {
            Issue.record("nothing was offered")
            return
        }
        #expect(names.count == 31)
    }

    @Test func `gives up where nothing is good for the server`() {
        let talk = Talk(offered: ["X-OWN"])
        talk.pump()
        talk.clientLayer.giveUp()
        talk.pump()
        #expect(talk.client.transport.condition.error?.name == "amqp:unauthorized-access")
    }

    @Test func `believes no server that proves nothing`() {
        let talk = Talk(offered: ["SCRAM-SHA-256"])
        talk.clientLayer.isServerProved = { _ in false }
        talk.pump()
        talk.clientLayer.initiate("SCRAM-SHA-256", initial: [1])
        talk.pump()
        talk.serverLayer.accept(user: "joe")
        talk.pump()
        #expect(!talk.client.transport.isAuthenticated)
        #expect(talk.client.transport.condition.isSet)
    }

    /// A stranger's frames, spoilt here and there: the layer answers, denies or waits, and lets nobody
    /// in.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func `survives what is no login`(seed: UInt64) {
        var random = Seed(number: seed)
        let server = ConnectionDriver(server: true)
        let layer = SASLLayer(server.transport)
        layer.offered = ["PLAIN", "SCRAM-SHA-256"]
        server.transport.requireAuthentication(true)
        server.bind()
        var bytes = Self.login
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
            bytes[Int.random(in: 8..<bytes.count, using: &random)] = .random(
                in: 0...255, using: &random)
        }
        bytes += (0..<Int.random(in: 0..<40, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let room = server.readBuffer(size: 64)
            guard !room.isEmpty else { break }
            let count = min(room.count, rest.count, Int.random(in: 1..<60, using: &random))
            room.copyBytes(from: rest.prefix(count))
            rest = rest.dropFirst(count)
            guard server.readDone(count) else { break }
            while server.nextEvent() != nil {}
            if layer.takeHeard() != nil, Bool.random(using: &random) { layer.challenge([1]) }
            while case let said = server.writeBuffer(), !said.isEmpty {
                server.writeDone(said.count)
            }
        }
        #expect(!server.transport.isAuthenticated)
    }

    /// The header, an init for PLAIN, and a response (AMQP 5.3.3).
    private static let login: [UInt8] = {
        let mechanism = Array("PLAIN".utf8)
        let message: [UInt8] = [0] + Array("joe".utf8) + [0] + Array("secret".utf8)
        func frame(_ code: UInt8, _ fields: [UInt8], _ count: UInt8) -> [UInt8] {
            let body: [UInt8] =
                [0x00, 0x53, code, 0xC0, UInt8(fields.count + 1), count] + fields
            return [0, 0, 0, UInt8(body.count + 8), 2, 1, 0, 0] + body
        }
        let initial =
            [0xA3, UInt8(mechanism.count)] + mechanism + [0xA0, UInt8(message.count)] + message
        return Array("AMQP".utf8) + [3, 1, 0, 0] + frame(0x41, initial, 2)
            + frame(0x43, [0xA0, 2, 7, 7], 1)
    }()
}
