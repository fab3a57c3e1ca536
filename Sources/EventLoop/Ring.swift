internal import Basis

/// A queue of plain values: one allocation that doubles, first in, first out. Once emptied, a large one
/// gives its memory back.
///
///     head ──▶ [ . . a b c . . ] ◀── head + count, modulo the power-of-two size
public struct Ring<Element>: ~Copyable {
    @usableFromInline var room: UnsafeMutablePointer<Element>?
    @usableFromInline var size = 0
    @usableFromInline var head = 0
    public private(set) var count = 0

    public init() {}

    deinit {
        guard let room else { return }
        for offset in 0..<count { (room + ((head &+ offset) & (size &- 1))).deinitialize(count: 1) }
        room.deallocate()
    }

    @inlinable
    public var isEmpty: Bool { count == 0 }

    public mutating func append(_ element: consuming Element) {
        if count == size { grow() }
        guard let room else { return }
        (room + ((head &+ count) & (size &- 1))).initialize(to: element)
        count &+= 1
    }

    /// The oldest element, left where it is.
    public var first: Element? {
        guard count > 0, let room else { return nil }
        return room[head]
    }

    /// The newest element, left where it is.
    public var last: Element? {
        guard count > 0, let room else { return nil }
        return room[(head &+ count &- 1) & (size &- 1)]
    }

    /// Takes the newest element out.
    public mutating func popLast() -> Element? {
        guard count > 0, let room else { return nil }
        count &-= 1
        let element = (room + ((head &+ count) & (size &- 1))).move()
        if count == 0 { giveBack() }
        return element
    }

    public mutating func popFirst() -> Element? {
        guard count > 0, let room else { return nil }
        let element = (room + head).move()
        head = (head &+ 1) & (size &- 1)
        count &-= 1
        if count == 0 { giveBack() }
        return element
    }

    /// Takes out the oldest element, from the `start`th on, that is right; the order of the others
    /// stays. Costs a look at those before it, and a move of those on its shorter side.
    public mutating func remove(from start: Int, where isRight: (Element) -> Bool) -> Element? {
        guard let room, start < count else { return nil }
        for offset in start..<count where isRight(room[(head &+ offset) & (size &- 1)]) {
            let found = (room + ((head &+ offset) & (size &- 1))).move()
            closeGap(at: offset)
            count &-= 1
            if count == 0 { giveBack() }
            return found
        }
        return nil
    }

    /// Moves the elements on the shorter side of an empty place into it.
    private mutating func closeGap(at offset: Int) {
        guard let room else { return }
        if offset < count / 2 {
            for earlier in stride(from: offset - 1, through: 0, by: -1) {
                (room + ((head &+ earlier &+ 1) & (size &- 1))).moveInitialize(
                    from: room + ((head &+ earlier) & (size &- 1)), count: 1)
            }
            head = (head &+ 1) & (size &- 1)
        } else {
            for later in (offset + 1)..<max(count, offset + 1) {
                (room + ((head &+ later &- 1) & (size &- 1))).moveInitialize(
                    from: room + ((head &+ later) & (size &- 1)), count: 1)
            }
        }
    }

    /// The elements in order, left where they are.
    public var elements: [Element] {
        guard let room else { return [] }
        return (0..<count).map { room[(head &+ $0) & (size &- 1)] }
    }

    /// Room that an empty ring keeps.
    private static var mostKept: Int { 256 }

    private mutating func giveBack() {
        guard size > Self.mostKept else { return }
        room?.deallocate()
        room = nil
        (size, head) = (0, 0)
    }

    private mutating func grow() {
        let newSize = size == 0 ? 8 : size * 2
        let newRoom = UnsafeMutablePointer<Element>.allocate(capacity: newSize)
        if let room {
            for offset in 0..<count {
                (newRoom + offset).moveInitialize(
                    from: room + ((head &+ offset) & (size &- 1)), count: 1)
            }
            room.deallocate()
        }
        room = newRoom
        size = newSize
        head = 0
    }
}
