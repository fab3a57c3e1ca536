import Seeded

@testable import AMQP

/// Messages of every shape that the standard allows: sections there or not, each value in any of
/// the encodings that it may have (AMQP 1.6, 3.2).
struct RandomMessage {
    private var seed: Seed

    init(_ seed: Seed) { self.seed = seed }

    mutating func next() -> [UInt8] {
        var bytes: [UInt8] = []
        if seed.once(in: 2) { bytes += header() }
        if seed.once(in: 4) { bytes += section(0x71, annotations(routerKeys: false)) }
        if !seed.once(in: 4) { bytes += section(0x72, annotations(routerKeys: true)) }
        if !seed.once(in: 3) { bytes += properties() }
        if seed.once(in: 3) { bytes += section(0x74, annotations(routerKeys: false)) }
        if !seed.once(in: 8) { bytes += section(0x75, text(0xA0, 0xB0, seed.bytes(3))) }
        return bytes
    }

    /// The message with some bytes changed, left out, put in, or cut off.
    mutating func damaged(_ message: [UInt8]) -> [UInt8] {
        var bytes = message
        for _ in 0...seed.below(3) where !bytes.isEmpty {
            let place = seed.below(bytes.count)
            switch seed.below(5) {
            case 0: bytes[place] = seed.bytes(1)[0]
            case 1: bytes[place] ^= 1 << UInt8(seed.below(8))
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(contentsOf: seed.bytes(1 + seed.below(3)), at: place)
            default: bytes.removeLast(seed.below(bytes.count))
            }
        }
        return bytes
    }

    // MARK: Sections

    private mutating func section(_ code: UInt8, _ value: [UInt8]) -> [UInt8] {
        (seed.once(in: 3) ? [0, 0x80, 0, 0, 0, 0, 0, 0, 0, code] : [0, 0x53, code]) + value
    }

    private mutating func header() -> [UInt8] {
        let priority: [UInt8] = seed.once(in: 4) ? [0x40] : [0x50, UInt8(seed.below(20))]
        let durable: [UInt8] = pick([[0x40], [0x41], [0x42], [0x56, 0]])
        let ttl: [UInt8] = pick([[0x40], [0x43], [0x52, 9], [0x70, 0, 0, 1, 0]])
        let fields: [[UInt8]] = [durable, priority, ttl, [0x41], [0x43]]
        return section(0x70, list(fields.prefix(seed.below(6))))
    }

    private mutating func properties() -> [UInt8] {
        let to: [UInt8] =
            seed.once(in: 3)
            ? pick([[0x40], [0xA1, 0], [0xA3, 1, 97], [0xA0, 1, 97], [0xA0, 0], [0x41]])
            : string(name())
        let fields: [[UInt8]] = [value(), text(0xA0, 0xB0, [1]), to, string(name())]
        return section(0x73, list(fields.prefix(seed.below(5))))
    }

    private mutating func annotations(routerKeys: Bool) -> [UInt8] {
        var entries: [[UInt8]] = []
        for _ in 0..<seed.below(4) { entries.append(userKey() + value()) }
        if routerKeys, seed.once(in: 2) { entries += ownEntries() }
        entries.shuffle(using: &seed)
        // An entry is two elements.
        return compound(0xC1, 0xD1, entries.flatMap { [$0, []] })
    }

    private mutating func userKey() -> [UInt8] {
        let names = ["x", "x-opt-qd", "x-opt-qd,to", "X-opt-qd.to", ""]
        if seed.once(in: 5) { return [0x80, 0, 0, 0, 0, 0, 0, 0, 7] }
        if seed.once(in: 5) { return string("x-opt-qd.to") }
        return symbol(pick(names))
    }

    /// Every router annotation once, or not; now and then of a type that it may not have.
    private mutating func ownEntries() -> [[UInt8]] {
        let phases: [[UInt8]] = [
            [0x43], [0x52, 3], [0x54, 9], [0x71, 0, 0, 0, 2], [0x81, 0, 0, 0, 0, 0, 0, 0, 1],
            [0xA1, 1, 49], [0x54, 0xFE], [0x60, 1, 1], [0x71, 0, 0, 1, 2], [0x50, 200],
        ]
        let steps = (0..<seed.below(4)).map { _ in string("0/" + name()) }
        let entries = [
            symbol("x-opt-qd.to") + string(name()), symbol("x-opt-qd.ingress") + string(name()),
            symbol("x-opt-qd.trace") + list(steps[...]),
            symbol("x-opt-qd.phase") + pick(phases), symbol("x-opt-qd.stream") + value(),
            symbol("x-opt-qd.class") + value(),
        ].filter { _ in seed.once(in: 2) }
        guard seed.once(in: 8) else { return entries }
        return entries + [symbol("x-opt-qd." + pick(["to", "ingress", "trace"])) + value()]
    }

    // MARK: Values

    /// Never described twice: inside a list Proton's decoder, and so the twin, misreads what comes
    /// after such a value.
    private mutating func value() -> [UInt8] {
        switch seed.below(6) {
        case 0: list([value(), value()].prefix(seed.below(3)))
        case 1: [0xE0, 4, 2, 0x50, 1, 2]
        case 2: [0xF0, 0, 0, 0, 9, 0, 0, 0, 2, 0xA1, 1, 97, 1, 98]
        case 3: [0x00, 0xA3, 1, 100] + pick([[0x40], [0x45], [0xA1, 1, 97], [0xE0, 2, 0, 0x70]])
        default: pick(`AMQP values`.samples.dropLast()).encoded()
        }
    }

    mutating func name() -> String {
        String(repeating: "n", count: seed.once(in: 8) ? 240 + seed.below(40) : seed.below(12))
    }

    private mutating func string(_ text: String) -> [UInt8] {
        self.text(0xA1, 0xB1, Array(text.utf8))
    }

    private mutating func symbol(_ text: String) -> [UInt8] {
        self.text(0xA3, 0xB3, Array(text.utf8))
    }

    private mutating func text(_ short: UInt8, _ long: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        if bytes.count < 256, !seed.once(in: 3) { return [short, UInt8(bytes.count)] + bytes }
        return [long] + Self.word(bytes.count) + bytes
    }

    private mutating func list(_ elements: ArraySlice<[UInt8]>) -> [UInt8] {
        if elements.isEmpty, seed.once(in: 2) { return [0x45] }
        return compound(0xC0, 0xD0, Array(elements))
    }

    private mutating func compound(
        _ short: UInt8, _ long: UInt8, _ elements: [[UInt8]]
    ) -> [UInt8] {
        let content = elements.flatMap { $0 }
        if content.count < 255, !seed.once(in: 3) {
            return [short, UInt8(content.count + 1), UInt8(elements.count)] + content
        }
        return [long] + Self.word(content.count + 4) + Self.word(elements.count) + content
    }

    private mutating func pick<Thing>(_ things: some RandomAccessCollection<Thing>) -> Thing {
        things[things.index(things.startIndex, offsetBy: seed.below(things.count))]
    }

    static func word(_ number: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(number).bigEndian) { Array($0) }
    }
}
