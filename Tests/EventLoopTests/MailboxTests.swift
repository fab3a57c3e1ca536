import EventLoop
import Synchronization
import Testing

@Suite struct `A mailbox` {
    @Test(.timeLimit(.minutes(1)))
    func `brings every letter of every writer, each writer's in order`() {
        let mailbox = Mailbox<Letter>()
        let (writers, each) = (4, 20_000)
        for writer in 0..<writers {
            WorkerThread(name: "writer-\(writer)") {
                for number in 0..<each { mailbox.post(Letter(writer: writer, number: number)) }
            }.detach()
        }
        let poller = Poller()
        poller.add(mailbox.wakeUp, token: 1, for: .reading)
        var next = Array(repeating: 0, count: writers)
        var batch: [Letter] = []
        while next.reduce(0, +) < writers * each {
            _ = poller.wait(milliseconds: -1)
            mailbox.heard()
            mailbox.take(into: &batch)
            for letter in batch {
                #expect(letter.number == next[letter.writer])
                next[letter.writer] += 1
            }
            batch.removeAll(keepingCapacity: true)
        }
    }

    @Test func `wakes its reader once for a batch`() {
        let mailbox = Mailbox<Int>()
        let poller = Poller()
        poller.add(mailbox.wakeUp, token: 1, for: .reading)
        var batch = [1, 2, 3]
        mailbox.post(batch: &batch)
        mailbox.post(4)
        #expect(batch.isEmpty)
        #expect(poller.wait(milliseconds: 0) == 1)
        mailbox.heard()
        mailbox.take(into: &batch)
        #expect(batch == [1, 2, 3, 4])
        #expect(poller.wait(milliseconds: 0) == 0)
    }

    private struct Letter: Sendable {
        let writer: Int
        let number: Int
    }
}
