import EventLoop
import Testing

@Suite struct `A socket` {
    @Test(arguments: ["127.0.0.1", "::1", "localhost"])
    func `carries bytes from a connector to a listener`(host: String) throws {
        let listener = try Socket.listen(host: host, port: "0")[0]
        defer { listener.close() }
        let near = try Socket.connect(host: host, port: Socket.local(listener).port)
        defer { near.close() }
        wait(for: near, to: .writing)
        #expect(Socket.connectFailure(near) == nil)
        wait(for: listener, to: .reading)
        guard case .connection(let far, let peer) = Socket.accept(listener) else {
            Issue.record("nothing was accepted")
            return
        }
        defer { far.close() }
        #expect(peer == Socket.local(near))
        _ = Array("hello".utf8).withUnsafeBytes { near.send($0) }
        wait(for: far, to: .reading)
        var room = [UInt8](repeating: 0, count: 16)
        let transfer = room.withUnsafeMutableBytes { far.receive(into: $0) }
        guard case .done(5) = transfer else {
            Issue.record("received \(transfer)")
            return
        }
        #expect(String(decoding: room[..<5], as: UTF8.self) == "hello")
    }

    @Test func `says why it cannot listen where another listens`() throws {
        let listener = try Socket.listen(host: "127.0.0.1", port: "0")[0]
        defer { listener.close() }
        let error = #expect(throws: SystemError.self) {
            try Socket.listen(host: "127.0.0.1", port: Socket.local(listener).port)
        }
        #expect(error?.isAddressInUse == true)
        #expect(error?.reason == "Address already in use")
    }

    @Test func `listens by both versions of IP where no host is named`() throws {
        let listeners = try Socket.listen(host: "", port: "0")
        defer { for listener in listeners { listener.close() } }
        let port = Socket.local(listeners[0]).port
        #expect(
            Set(listeners.map(Socket.local))
                == [Socket.Endpoint(host: "0.0.0.0", port: port), .init(host: "::", port: port)])
    }

    @Test func `listens nowhere where another has one of its addresses`() throws {
        var isFreeAgain = false
        // The kernel may have given the port of the other version of IP to somebody else.
        for _ in 0..<20 where !isFreeAgain {
            let other = try Socket.listen(host: "::", port: "0")
            defer { other[0].close() }
            let port = Socket.local(other[0]).port
            #expect(throws: SystemError.self) { try Socket.listen(host: "", port: port) }
            // What it had already is free again.
            guard let later = try? Socket.listen(host: "0.0.0.0", port: port) else { continue }
            later[0].close()
            isFreeAgain = true
        }
        #expect(isFreeAgain)
    }

    @Test func `says that nobody listens`() throws {
        let listener = try Socket.listen(host: "127.0.0.1", port: "0")[0]
        let port = Socket.local(listener).port
        listener.close()
        let socket = try Socket.connect(host: "127.0.0.1", port: port)
        defer { socket.close() }
        wait(for: socket, to: .writing)
        #expect(Socket.connectFailure(socket)?.reason == "Connection refused")
    }

    @Test func `names a host that is none`() {
        let error = #expect(throws: SystemError.self) {
            try Socket.connect(host: "no-such-host.invalid", port: "5672")
        }
        #expect(error?.call == .resolve)
    }

    private func wait(for socket: Descriptor, to interest: Poller.Interest) {
        let poller = Poller()
        poller.add(socket, token: 1, for: interest)
        _ = poller.wait(milliseconds: 5_000)
    }
}
