import EventLoop
import Testing

@testable import Router

@Suite struct `Dialling` {
    /// What became of each token's try, closed again.
    private func answers(of dialler: inout Dialler, _ count: Int) -> [UInt64: Bool] {
        let poller = Poller()
        poller.add(dialler.mailbox.wakeUp, token: 0, for: .reading)
        var results: [UInt64: Bool] = [:]
        while results.count < count {
            _ = poller.wait(milliseconds: -1)
            for answer in dialler.takeAnswers() {
                if case .success(let socket) = answer.result {
                    socket.close()
                    results[answer.token] = true
                } else {
                    results[answer.token] = false
                }
            }
        }
        return results
    }

    @Test func `answers every try, with no more threads than a few`() throws {
        let listener = try #require(try Socket.listen(host: "127.0.0.1", port: "0").first)
        defer { listener.close() }
        let port = Socket.local(listener).port
        var dialler = Dialler()
        for token in 0..<100 as Range<UInt64> {
            let host = token % 2 == 0 ? "127.0.0.1" : "not a host"
            dialler.dial(token: token, attempt: 1, host: host, port: port)
        }
        let results = answers(of: &dialler, 100)
        for (token, isConnected) in results { #expect(isConnected == (token % 2 == 0)) }
        #expect(dialler.threadCount == Dialler.mostThreads)
    }

    @Test func `one try at a time needs one thread`() throws {
        var dialler = Dialler()
        for token in 0..<5 as Range<UInt64> {
            dialler.dial(token: token, attempt: 1, host: "not a host", port: "1")
            #expect(answers(of: &dialler, 1) == [token: false])
        }
        #expect(dialler.threadCount == 1)
    }

    @Test func `takes back what waits`() {
        var dialler = Dialler()
        for token in 0..<50 as Range<UInt64> {
            dialler.dial(token: token, attempt: 1, host: "not a host", port: "1")
        }
        for token in 10..<50 as Range<UInt64> { dialler.forget(token: token) }
        #expect(answers(of: &dialler, 10).keys.sorted() == Array(0..<10))
    }
}
