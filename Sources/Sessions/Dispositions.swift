public import AMQP

/// Deliveries that follow one another and had the same said of them: one frame tells of all.
struct DispositionRange {
    private(set) var first: UInt32 = 0
    private(set) var last: UInt32 = 0
    private(set) var state: UInt8 = 0
    private(set) var isSettled = false
    private(set) var isEmpty = true

    /// Takes one more in; false if what is there must be written first. What is said of the delivery
    /// that was added last, if it stands alone, takes the place of what was said before.
    @inline(__always)
    mutating func add(_ number: UInt32, state: UInt8, isSettled: Bool) -> Bool {
        guard !isEmpty else {
            (first, last, self.state, self.isSettled, isEmpty) =
                (number, number, state, isSettled, false)
            return true
        }
        if number == last &+ 1, state == self.state, isSettled == self.isSettled {
            last = number
            return true
        }
        guard number == first, number == last, state == self.state || state == 0 else {
            return false
        }
        self.isSettled = self.isSettled || isSettled
        return true
    }

    mutating func clear() { isEmpty = true }
}

extension Link {
    /// Sets our state of a delivery, and settles it if that is said: with it, what the driver knew it
    /// by goes.
    ///
    /// States without fields are gathered until the turn's end.
    @inline(__always)
    public func dispose(_ delivery: DeliveryID, _ state: DeliveryState, isSettled: Bool) {
        if isSettled { forget(delivery) }
        guard local == .attached, session.isUsable else { return }
        session.gather(
            delivery, state: UInt8(truncatingIfNeeded: state.rawValue), isSettled: isSettled,
            isOfReceiver: !isSender)
    }

    /// The same with a state's fields.
    public func dispose(_ delivery: DeliveryID, _ outcome: Outcome, isSettled: Bool) {
        guard outcome.hasFields else {
            return dispose(delivery, outcome.state, isSettled: isSettled)
        }
        if isSettled { forget(delivery) }
        guard local == .attached, session.isUsable else { return }
        session.write(
            outcome.encoded(within: session.channels.roomInFrame), of: delivery,
            isSettled: isSettled, isOfReceiver: !isSender)
    }

    /// A delivery is settled on both sides, and nothing need be said.
    @inline(__always)
    public func forget(_ delivery: DeliveryID) {
        let isRemoved =
            isSender ? session.sent.remove(delivery) : session.received.remove(delivery)
        if isRemoved { mostUnsettled &-= 1 }
    }

    /// What the driver knows an unsettled delivery by.
    @inline(__always)
    public func track(_ delivery: DeliveryID, _ context: UInt64) {
        let isNew =
            isSender
            ? session.sent.set(delivery, on: self, context: context)
            : session.received.set(delivery, on: self, context: context)
        if isNew { mostUnsettled &+= 1 }
    }

    /// The driver's number for an unsettled delivery.
    public func context(of delivery: DeliveryID) -> UInt64? {
        isSender ? session.sent.context(of: delivery) : session.received.context(of: delivery)
    }

    /// The deliveries that are not settled, in order, each with the driver's number.
    public var unsettled: [(DeliveryID, UInt64)] {
        isSender ? session.sent.deliveries(of: self) : session.received.deliveries(of: self)
    }
}

extension Session {
    @inline(__always)
    func gather(_ delivery: DeliveryID, state: UInt8, isSettled: Bool, isOfReceiver: Bool) {
        if isOfReceiver {
            if !ofReceiver.add(delivery.number, state: state, isSettled: isSettled) {
                write(&ofReceiver, isOfReceiver: true)
                _ = ofReceiver.add(delivery.number, state: state, isSettled: isSettled)
            }
        } else if !ofSender.add(delivery.number, state: state, isSettled: isSettled) {
            write(&ofSender, isOfReceiver: false)
            _ = ofSender.add(delivery.number, state: state, isSettled: isSettled)
        }
        channels.noteDirty(self)
    }

    /// Writes a state with fields, behind what was gathered.
    func write(
        _ state: [UInt8], of delivery: DeliveryID, isSettled: Bool, isOfReceiver: Bool
    ) {
        flushDispositions()
        var list = EncodedList()
        list.append(bool: isOfReceiver)
        list.append(uint: delivery.number)
        list.append(uint: delivery.number)
        list.append(bool: isSettled)
        list.append(raw: state)
        write(.disposition, list)
    }

    func flushDispositions() {
        write(&ofReceiver, isOfReceiver: true)
        write(&ofSender, isOfReceiver: false)
    }

    private func write(_ range: inout DispositionRange, isOfReceiver: Bool) {
        guard !range.isEmpty, isUsable else { return }
        channels.output.reserve(48)
        let place = channels.beginFrame(
            .disposition, channel: localChannel, fields: range.state == 0 ? 4 : 5)
        channels.output.put(isOfReceiver)
        channels.output.putUInt(range.first)
        channels.output.putUInt(range.last)
        channels.output.put(range.isSettled)
        if range.state != 0 {
            channels.output.put(0)
            channels.output.put(0x53)
            channels.output.put(range.state)
            channels.output.put(0x45)
        }
        channels.endPerformative(of: place)
        channels.endFrame(place)
        range.clear()
    }
}

extension Outcome {
    /// The state that stands in `range` of a frame; nil for what is none.
    public init?(in range: Range<Int>, of frame: UnsafeRawBufferPointer) {
        guard let outcome = try? Outcome(range, of: frame.bindMemory(to: UInt8.self).span) else {
            return nil
        }
        self = outcome
    }

    /// More is to be said than the code. Modified always says that the delivery failed (RS-186).
    var hasFields: Bool {
        details != nil || state == .modified || state.rawValue > 0x27 || state == .received
    }

    /// The state as a described list.
    func encoded() -> [UInt8] {
        var list = EncodedList()
        switch state {
        case .rejected:
            if let error = details?.error { list.append(error) }
        case .modified:
            list.append(bool: true)
            list.append(bool: details?.undeliverableHere ?? false)
            if let annotations = details?.annotations { list.append(annotations) }
        case .received:
            list.append(uint: details?.sectionNumber ?? 0)
            list.append(ulong: details?.sectionOffset ?? 0)
        default:
            if let fields = details?.fields {
                return Value.described(.ulong(state.rawValue), fields).encoded()
            }
        }
        return list.described(UInt8(truncatingIfNeeded: state.rawValue))
    }

    /// The state in so many octets. What one peer may say of a delivery must not be too large a frame
    /// for another: it would end that one's connection. So facts are left out, then texts.
    func encoded(within most: Int) -> [UInt8] {
        let whole = encoded()
        guard whole.count > most else { return whole }
        let undeliverable = details?.undeliverableHere ?? false
        let error = details?.error?.fitting(into: most - 16)
        return Outcome(state, details: Details(error: error, undeliverableHere: undeliverable))
            .encoded()
    }

    /// Reads the state that starts at `range` of a frame; none for what is not a state.
    init(_ range: Range<Int>, of frame: Span<UInt8>) throws(Fields.Undecodable) {
        let descriptor = try Fields.descriptor(frame, at: range.lowerBound)
        let state = DeliveryState(rawValue: descriptor.code)
        switch state {
        case .none, .accepted, .released: self.init(state)
        case .rejected, .modified, .received:
            try self.init(state, listAt: descriptor.value, of: frame)
        default:
            let bytes = frame.extracting(descriptor.value..<range.upperBound)
                .withUnsafeBufferPointer { Array($0) }
            let fields = try? Value(decoding: bytes)
            self.init(state, details: Details(fields: fields))
        }
    }

    private init(
        _ state: DeliveryState, listAt start: Int, of frame: Span<UInt8>
    ) throws(Fields.Undecodable) {
        var list = try Fields(listAt: start, of: frame)
        switch state {
        case .rejected:
            let error = try list.any(frame).map { range throws(Fields.Undecodable) in
                try AMQPError(range, of: frame)
            }
            self.init(state, details: error.map { Details(error: $0) })
        case .modified:
            try list.skip(frame)
            let isUndeliverable = try list.bool(frame) ?? false
            let annotations = try list.any(frame).flatMap { Value(in: $0, of: frame) }
            guard isUndeliverable || annotations != nil else {
                self.init(state)
                return
            }
            self.init(
                state,
                details: Details(undeliverableHere: isUndeliverable, annotations: annotations))
        default:
            self.init(
                state,
                details: Details(
                    sectionNumber: try list.uint(frame) ?? 0,
                    sectionOffset: try list.ulong(frame) ?? 0))
        }
    }
}

extension AMQPError {
    /// The error, or what of it so many octets have room for: facts go first, then the text.
    func fitting(into most: Int) -> AMQPError {
        let forms = [
            self, AMQPError(name: name, text: text), AMQPError(name: name, text: nil),
        ]
        return forms.first { EncodedList.size(of: $0) <= most }
            ?? AMQPError(name: "amqp:internal-error", text: nil)
    }

    /// Reads the error that is in `range` of a frame (AMQP 2.8.14).
    init(_ range: Range<Int>, of frame: Span<UInt8>) throws(Fields.Undecodable) {
        let descriptor = try Fields.descriptor(frame, at: range.lowerBound)
        guard descriptor.code == 0x1D else { throw Fields.Undecodable() }
        var list = try Fields(listAt: descriptor.value, of: frame)
        guard let name = try list.text(frame) else { throw Fields.Undecodable() }
        let text = try list.text(frame)
        let info = try list.any(frame).flatMap { Value(in: $0, of: frame) }
        self.init(name: name, text: text, info: info)
    }
}

extension Value {
    /// The value whose bytes are in `range` of a frame; nil if they are none.
    init?(in range: Range<Int>, of frame: Span<UInt8>) {
        let bytes = frame.extracting(range).withUnsafeBufferPointer { Array($0) }
        guard let value = try? Value(decoding: bytes) else { return nil }
        self = value
    }
}
