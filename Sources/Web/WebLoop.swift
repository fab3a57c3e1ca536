internal import Basis
internal import EventLoop
internal import Logging
internal import TLS

/// The loop of the web thread. It never leaves it.
final class WebLoop {
    private let thread: WebThread
    private let log: Log
    private var poller = Poller()
    private var timers = TimerHeap()
    private var now = Clock.now
    private var connections = SlotTable<WebConnection>()
    private var crowd = Crowd()
    /// What was asked, and for which connection.
    private var questions: [UInt64: Ticket] = [:]
    private var lastQuestion: UInt64 = 0
    /// Connections that have more to read than the kernel tells of.
    private var unread: [Ticket] = []
    private var counts = WebCounts()
    private let input = UnsafeMutableRawBufferPointer.allocate(
        byteCount: WebLoop.inputSize, alignment: 16)

    private static let inputSize = 16 << 10
    private static let mailboxToken: UInt64 = 0

    init(_ thread: WebThread, _ log: Log) {
        self.thread = thread
        self.log = log
    }

    deinit { input.deallocate() }

    func run() {
        WorkerThread.giveWay()
        poller.add(thread.orders.wakeUp, token: Self.mailboxToken, for: .reading)
        while true {
            let ready = poller.wait(milliseconds: waitingTime)
            now = Clock.now
            takeOrders()
            let again = unread
            unread = []
            for ticket in again where connections.contains(ticket) { read(connections[ticket]) }
            for index in 0..<ready { handle(poller.ready(at: index)) }
            while let token = timers.popDue(at: now) { timerFired(Ticket(packed: token)) }
            publish()
        }
    }

    private var waitingTime: Int32 {
        guard unread.isEmpty else { return 0 }
        guard let due = timers.nextDue else { return -1 }
        guard due > now else { return 0 }
        return Int32(clamping: due.since(now).count + 1)
    }

    private func publish() {
        counts.open = connections.count
        let counts = counts
        thread.state.withLock { $0 = counts }
    }

    // MARK: Orders

    private func takeOrders() {
        var orders: [WebThread.Order] = []
        thread.orders.heard()
        thread.orders.take(into: &orders)
        for order in orders {
            switch order {
            case .adopt(let socket, let visitor): adopt(socket, visitor)
            case .answer(let number, let render): answer(number, render)
            case .drop(let listener): drop(listener)
            }
        }
    }

    private func adopt(_ socket: Descriptor, _ visitor: WebThread.Visitor) {
        counts.connections += 1
        if crowd.isFull(visitor) { makeRoom(visitor) }
        guard !crowd.isFull(visitor) else { return turnAway(socket, visitor) }
        crowd.enter(visitor)
        let connection = WebConnection(socket, visitor, at: now)
        connection.ticket = connections.insert(connection)
        poller.add(socket, token: connection.ticket.packed, for: .reading)
        setTimer(connection)
    }

    /// Ends a connection that nobody uses just now.
    private func makeRoom(_ visitor: WebThread.Visitor) {
        for ticket in connections.tickets {
            let other = connections[ticket]
            let isOfHost = other.visitor.peer.host == visitor.peer.host
            guard other.visitor.listener == visitor.listener, other.conversation.isIdle,
                isOfHost || !crowd.hasTooMany(ofHost: visitor)
            else { continue }
            return end(other)
        }
    }

    private func turnAway(_ socket: Descriptor, _ visitor: WebThread.Visitor) {
        if crowd.hasTooMany(ofHost: visitor) {
            counts.turnedAwayOfHost += 1
        } else {
            counts.turnedAway += 1
        }
        log.write(
            .http, .info,
            "Connection from \(visitor.peer) turned away: as many are open as may be")
        if visitor.tls == nil {
            let response = Response(.unavailable, text: "too many connections\n")
            _ = response.encoded(Response.Setting()).withUnsafeBytes { socket.send($0) }
        }
        socket.close()
    }

    private func answer(_ number: UInt64, _ render: @Sendable () -> Response) {
        guard let ticket = questions.removeValue(forKey: number), connections.contains(ticket)
        else { return }
        let connection = connections[ticket]
        connection.question = nil
        connection.conversation.answer(render(), at: now)
        write(connection)
    }

    private func drop(_ listener: UInt64) {
        for ticket in connections.tickets where connections[ticket].visitor.listener == listener {
            let connection = connections[ticket]
            connection.conversation.endSoon()
            if connection.conversation.isIdle { end(connection) }
        }
    }

    // MARK: Bytes

    private func handle(_ ready: Poller.Ready) {
        let ticket = Ticket(packed: ready.token)
        guard ready.token != Self.mailboxToken, connections.contains(ticket) else { return }
        let connection = connections[ticket]
        if connection.conversation.wantsBytes {
            if ready.isReadable || connection.channel.readsByWriting { read(connection) }
        } else if ready.isReadable, !connection.interest.contains(.reading) {
            // Nothing was to be read: the connection has broken.
            return end(connection)
        }
        if ready.isWritable, connections.contains(ticket) { write(connection) }
    }

    private func read(_ connection: WebConnection) {
        guard connection.conversation.wantsBytes else { return }
        switch connection.channel.receive(into: input) {
        case .done(let count):
            let bytes = UnsafeRawBufferPointer(rebasing: input[..<count])
            act(on: connection.conversation.take(bytes, at: now), connection)
            if connection.channel.hasMore { unread.append(connection.ticket) }
            write(connection)
        case .wouldBlock: watch(connection)
        case .ended: end(connection)
        case .failed(let error):
            if let refusal = connection.channel.refusal {
                let text = Self.words(for: refusal, error)
                note(connection, Conversation.Remark(fault: .tls, text: text))
            }
            end(connection)
        }
    }

    private static func words(for refusal: Channel.Refusal, _ error: SystemError) -> String {
        switch refusal {
        case .unencrypted: "it is not encrypted, and this listener requires that"
        case .failed(let failure): "SSL Failure: \(failure.description)"
        }
    }

    /// Writes what there is, and goes on with what comes of that.
    private func write(_ connection: WebConnection) {
        let ticket = connection.ticket
        while connections.contains(ticket), !connection.conversation.pending.isEmpty {
            let sent = connection.conversation.pending.withUnsafeBytes {
                connection.channel.send($0)
            }
            switch sent {
            case .done(let count):
                act(on: connection.conversation.wrote(count, at: now), connection)
            case .wouldBlock: return watch(connection)
            case .ended, .failed: return end(connection)
            }
        }
        if connections.contains(ticket) { watch(connection) }
    }

    private func act(on step: Conversation.Step, _ connection: WebConnection) {
        switch step {
        case .none: break
        case .ask(let question):
            counts.requests += 1
            lastQuestion += 1
            questions[lastQuestion] = connection.ticket
            connection.question = lastQuestion
            thread.reports.post(.asked(question, number: lastQuestion))
        case .open(let request): connection.conversation.answer(FileAnswer(request), at: now)
        case .switchOver(let ahead): handOver(connection, ahead)
        case .close: end(connection)
        }
    }

    private func handOver(_ connection: WebConnection, _ ahead: [UInt8]) {
        counts.upgraded += 1
        forget(connection)
        thread.reports.post(
            .upgraded(
                WebThread.Guest(
                    channel: HandedOver(connection.channel), ahead: ahead,
                    peer: connection.visitor.peer, listener: connection.visitor.listener)))
    }

    /// Looks for what is needed, and sees to the time.
    private func watch(_ connection: WebConnection) {
        if let remark = connection.conversation.takeRemark() {
            note(connection, remark)
        }
        if connection.conversation.isLeaving, !connection.hasShutDown {
            connection.hasShutDown = true
            connection.channel.socket.shutdownWriting()
        }
        let wanted = connection.wanted
        if connection.interest != wanted {
            if wanted.subtracting(connection.interest).contains(.reading),
                connection.channel.hasMore
            {
                unread.append(connection.ticket)
            }
            connection.interest = wanted
            poller.change(
                connection.channel.socket, token: connection.ticket.packed, for: wanted)
        }
        setTimer(connection)
    }

    private func note(_ connection: WebConnection, _ remark: Conversation.Remark) {
        counts.failed[remark.fault, default: 0] += 1
        log.write(
            .http, .info, "Connection from \(connection.visitor.peer) failed: \(remark.text)")
    }

    // MARK: Time and the end

    private func setTimer(_ connection: WebConnection) {
        let due = connection.conversation.due
        guard due < connection.timer else { return }
        connection.timer = due
        timers.add(connection.ticket.packed, due: due)
    }

    private func timerFired(_ ticket: Ticket) {
        guard connections.contains(ticket) else { return }
        let connection = connections[ticket]
        connection.timer = .never
        if connection.conversation.due <= now {
            if let question = connection.question { questions[question] = nil }
            connection.question = nil
            if connection.conversation.isWaiting { counts.expired += 1 }
            act(on: connection.conversation.timeOut(at: now), connection)
            guard connections.contains(ticket) else { return }
            write(connection)
        } else {
            setTimer(connection)
        }
    }

    private func end(_ connection: WebConnection) {
        guard connections.contains(connection.ticket) else { return }
        if let remark = connection.conversation.takeRemark() {
            note(connection, remark)
        }
        if let question = connection.question { questions[question] = nil }
        forget(connection)
        connection.channel.close()
    }

    private func forget(_ connection: WebConnection) {
        poller.remove(connection.channel.socket)
        connections.remove(connection.ticket)
        crowd.leave(connection.visitor)
    }
}
