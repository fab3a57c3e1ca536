import EventLoop
import Foundation
import TLS
import Testing

/// The `openssl` command at the other end.
@Suite struct `OpenSSL's own programs` {
    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `find a listener's session as it should be`(version: String) throws {
        let service = try TLSService(.server(), demandsCertificate: true)
        let listener = try Socket.listen(host: "127.0.0.1", port: "0")[0]
        defer { listener.close() }
        let client = Command([
            "s_client", version, "-connect", "127.0.0.1:\(Socket.local(listener).port)",
            "-servername", "localhost", "-CAfile", Authority.main.file, "-cert",
            Authority.alice.certificate, "-key", Authority.alice.key, "-verify_return_error",
            "-quiet", "-no_ign_eof",
        ])
        client.start()
        Pair.wait(for: listener, to: .reading)
        guard case .connection(let socket, _) = Socket.accept(listener) else {
            Issue.record("nothing was accepted")
            return
        }
        let channel = Channel(socket, serving: service)
        client.input.fileHandleForWriting.write(Data("hello\n".utf8))
        #expect(receive(6, from: channel) == Array("hello\n".utf8))
        #expect(channel.facts?.user?.hasPrefix("CN=alice") == true)
        _ = Array("world\n".utf8).withUnsafeBytes { channel.send($0) }
        channel.close()
        let output = client.output.fileHandleForReading.readDataToEndOfFile()
        #expect(String(decoding: output, as: UTF8.self).hasSuffix("world\n"))
        try? client.input.fileHandleForWriting.close()
        client.process.waitUntilExit()
        #expect(client.process.terminationStatus == 0)
    }

    @Test func `serve a connector, new keys and all`() throws {
        // The port is one that was free a moment ago: the program can be given no 0.
        let free = try Socket.listen(host: "127.0.0.1", port: "0")[0]
        let port = Socket.local(free).port
        free.close()
        let server = Command([
            "s_server", "-accept", "127.0.0.1:\(port)", "-cert", Authority.server.certificate,
            "-key", Authority.server.key, "-CAfile", Authority.main.file, "-Verify", "2",
            "-verify_return_error", "-naccept", "1",
        ])
        server.start()
        wait(for: "ACCEPT", from: server)
        let socket = try Socket.connect(host: "127.0.0.1", port: port)
        let channel = try Channel(
            socket, dialling: TLSDialling(.client(Authority.alice), host: "localhost"))
        Pair.wait(for: socket, to: .writing)
        for _ in 0..<20 where channel.isShakingHands {
            _ = [UInt8](repeating: 1, count: 1).withUnsafeBytes { channel.send($0) }
            if channel.isShakingHands { Pair.wait(for: socket, to: .reading) }
        }
        #expect(channel.facts?.peer?.subject == "CN=localhost")
        // K: new keys, and ours too, while bytes flow.
        for round in 0..<3 {
            server.input.fileHandleForWriting.write(Data("K\n".utf8))
            _ = Array("round \(round)\n".utf8).withUnsafeBytes { channel.send($0) }
            // What stands on its input is read before what comes by the socket.
            wait(for: "round \(round)\n", from: server)
            server.input.fileHandleForWriting.write(Data("text\n".utf8))
            #expect(receive(5, from: channel) == Array("text\n".utf8))
        }
        channel.close()
        kill(server.process.processIdentifier, SIGKILL)
        server.process.waitUntilExit()
    }

    /// Reads what a command says up to some text.
    private func wait(for text: String, from command: Command) {
        var said = ""
        while !said.contains(text) {
            let more = command.output.fileHandleForReading.availableData
            guard !more.isEmpty else { return }
            said += String(decoding: more, as: UTF8.self)
        }
    }

    private func receive(_ count: Int, from channel: Channel) -> [UInt8] {
        var received: [UInt8] = []
        for _ in 0..<20 where received.count < count {
            var room = [UInt8](repeating: 0, count: 100)
            switch room.withUnsafeMutableBytes({ channel.receive(into: $0) }) {
            case .done(let count): received += room[..<count]
            case .wouldBlock: Pair.wait(for: channel.socket, to: .reading)
            case .ended, .failed: return received
            }
        }
        return received
    }
}
