internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions
internal import TLS

/// Bytes in: from the socket to frames, and those to the engine or to the sessions.
extension Worker {
    /// What one connection may read in a turn of the loop.
    static let inputSize = 128 << 10

    /// Reads what the socket has, up to a turn's share.
    func read(_ connection: PeerConnection) {
        guard mayShakeHands(connection) else { return }
        guard !connection.isHeldBack else { return readAhead(connection) }
        guard !connection.isDeaf else {
            // Nothing that a peer says behind its fault counts, but that it ends does.
            _ = receive(connection, into: input)
            return
        }
        if connection.fragment.isEmpty {
            readWhole(connection, behind: 0)
        } else if connection.fragment.count <= Self.inputSize / 2,
            connection.fragmentNeeds <= Self.inputSize / 2
        {
            let count = connection.fragment.count
            input.copyMemory(from: connection.fragment.bytes)
            connection.fragment.clear()
            readWhole(connection, behind: count)
        } else {
            readMore(connection)
        }
    }

    /// Reads into the worker's buffer, behind the start of a frame that was there before.
    private func readWhole(_ connection: PeerConnection, behind count: Int) {
        let room = UnsafeMutableRawBufferPointer(rebasing: input[count...])
        let end = count + receive(connection, into: room)
        let used = takeIn(connection, UnsafeRawBufferPointer(rebasing: input[..<end]))
        guard used < end, !connection.isDeaf else { return }
        connection.fragment.append(UnsafeRawBufferPointer(rebasing: input[used..<end]))
    }

    /// Reads more of a frame that is too large for the worker's buffer: the room for it grows with
    /// what has come, not with what it says of itself.
    private func readMore(_ connection: PeerConnection) {
        connection.fragment.reserve(Self.inputSize)
        let count = receive(connection, into: connection.fragment.free)
        connection.fragment.appended(count)
        guard connection.fragment.count >= connection.fragmentNeeds else { return }
        var frames = OctetBuffer()
        swap(&frames, &connection.fragment)
        frames.removeFirst(takeIn(connection, frames.bytes))
        guard !frames.isEmpty, !connection.isDeaf else { return }
        connection.fragment.append(frames.bytes)
    }

    /// A login or an open is looked at: what comes meanwhile waits, and there is a bound to it.
    private func readAhead(_ connection: PeerConnection) {
        guard !connection.isFull else { return }
        connection.fragment.reserve(PeerConnection.mostAhead)
        connection.fragment.appended(receive(connection, into: connection.fragment.free))
        if connection.fragment.isEmpty { connection.fragment.clear() }
        if connection.fragment.count > PeerConnection.mostAhead, connection.sasl.isWaiting {
            cut(connection)
        }
    }

    private func receive(
        _ connection: PeerConnection, into room: UnsafeMutableRawBufferPointer
    ) -> Int {
        switch connection.receive(into: room) {
        case .done(let count):
            if connection.hasMore { readLater(connection) }
            guard count > 0 else { return 0 }
            connection.counters.traffic.received.raise(by: UInt64(count))
            handle.counters.received(count, connection.plan.role)
            if !connection.hasSpoken { offerMechanisms(connection) }
            connection.hasSpoken = true
            connection.idle.heard = now
            return count
        case .wouldBlock: return 0
        case .ended:
            connection.hasEnded = true
            connection.driver.readClose()
            connection.isEngineBusy = true
        case .failed: channelFailed(connection)
        }
        return 0
    }

    // MARK: Frames

    /// Takes in every whole frame that `bytes` begin with, and gives how many bytes those are.
    private func takeIn(_ connection: PeerConnection, _ bytes: UnsafeRawBufferPointer) -> Int {
        let span = bytes.bindMemory(to: UInt8.self).span
        var at = 0
        while at < bytes.count {
            switch FrameHead.next(in: span, from: at, frameMax: connection.frameMax) {
            case .header:
                giveEngine(connection, bytes, at..<(at &+ 8))
                at &+= 8
            case .frame(let size, let body, let type, let channel):
                if type == 0, connection.isOpened,
                    Channels.isForSessions(span, body: at &+ body, end: at &+ size)
                {
                    takeFrame(connection, bytes, at..<(at &+ size), body: body, channel)
                } else if size > body || !connection.isOpened {
                    giveFrame(connection, bytes, at..<(at &+ size))
                }
                at &+= size
            case .incomplete(let size):
                connection.fragmentNeeds = size
                endInput(connection)
                return at
            case .malformed:
                if connection.isOpened {
                    fail(connection, PeerConnection.malformedFrame)
                } else {  // the engine says what is wrong with it (RS-3, RS-4)
                    giveEngine(connection, bytes, at..<bytes.count)
                }
                return bytes.count
            }
            if connection.isDeaf { return bytes.count }
            if connection.restDue != nil || !connection.isOpened && connection.isHeldBack {
                connection.fragmentNeeds = 8
                endInput(connection)
                return at
            }
        }
        endInput(connection)
        return at
    }

    @inline(__always)
    private func endInput(_ connection: PeerConnection) {
        if !connection.gathering.isEmpty { startGathered(connection) }
    }

    @inline(__always)
    private func takeFrame(
        _ connection: PeerConnection, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>,
        body: Int, _ channel: UInt16
    ) {
        let frame = UnsafeRawBufferPointer(rebasing: bytes[range])
        if let trace = connection.trace, trace.isOn {
            trace.note(FrameText.describe(frame, arrow: "<-"))
        }
        let event = connection.channels.receive(
            frame.bindMemory(to: UInt8.self).span, body: body, channel: channel)
        sessionEvent(event, frame, connection)
    }

    /// Gives a frame to the engine, in the form that it knows.
    private func giveFrame(
        _ connection: PeerConnection, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) {
        let frame = UnsafeRawBufferPointer(rebasing: bytes[range])
        guard let numbered = FrameHead.numbered(frame.bindMemory(to: UInt8.self).span) else {
            return giveEngine(connection, bytes, range)
        }
        numbered.withUnsafeBytes { giveEngine(connection, $0, 0..<$0.count) }
    }

    /// Gives bytes to the engine, and hears what it makes of them.
    private func giveEngine(
        _ connection: PeerConnection, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) {
        connection.isEngineBusy = true
        enqueue(connection)
        var rest = UnsafeRawBufferPointer(rebasing: bytes[range])
        while !rest.isEmpty {
            let room = connection.driver.readBuffer(size: rest.count)
            guard !room.isEmpty else {
                connection.isDeaf = connection.driver.isReadClosed
                return
            }
            let count = min(room.count, rest.count)
            room.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            guard connection.driver.readDone(count) else { return cut(connection) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            processEvents(connection)
        }
        hearLogin(connection)
    }
}
