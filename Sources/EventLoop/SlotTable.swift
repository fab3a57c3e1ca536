public import Basis

/// Names one record of a `SlotTable`: the slot, and which of its tenants.
public struct Ticket: Hashable, Sendable {
    public let slot: UInt32
    public let generation: UInt32

    @inlinable
    public init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// Slot and generation in one number, never 0.
    @inlinable
    public var packed: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

    @inlinable
    public init(packed: UInt64) {
        slot = UInt32(truncatingIfNeeded: packed)
        generation = UInt32(truncatingIfNeeded: packed >> 32)
    }
}

/// Records at steady places, named by tickets; a place is reused, a ticket is not.
///
///     slot:        0      1      2      3
///     record:    [ A ]  [   ]  [ C ]  [   ]
///     generation:  1      4      7      2        free: 3 → 1
///
/// Generations start at 1, so that no packed ticket is 0.
public struct SlotTable<Record>: ~Copyable {
    @usableFromInline var records: UnsafeMutablePointer<Record>
    @usableFromInline var generations: UnsafeMutablePointer<UInt32>
    @usableFromInline var inUse: UnsafeMutablePointer<Bool>
    @usableFromInline var free: [UInt32] = []
    @usableFromInline var size: Int
    @usableFromInline var used = 0

    public init(capacity: Int = 64) {
        size = capacity
        records = .allocate(capacity: capacity)
        generations = .allocate(capacity: capacity)
        generations.initialize(repeating: 1, count: capacity)
        inUse = .allocate(capacity: capacity)
        inUse.initialize(repeating: false, count: capacity)
    }

    deinit {
        for slot in 0..<used where inUse[slot] { (records + slot).deinitialize(count: 1) }
        records.deallocate()
        generations.deallocate()
        inUse.deallocate()
    }

    /// How many records there is room for before it grows.
    public var room: Int { size }

    /// How many records there are.
    public var count: Int { used - free.count }

    @inlinable
    public mutating func insert(_ record: consuming Record) -> Ticket {
        let slot: Int
        if let reused = free.popLast() {
            slot = Int(reused)
        } else {
            if used == size { grow() }
            slot = used
            used &+= 1
        }
        (records + slot).initialize(to: consume record)
        inUse[slot] = true
        return Ticket(slot: UInt32(truncatingIfNeeded: slot), generation: generations[slot])
    }

    /// The ticket still names a record.
    @inlinable
    public func contains(_ ticket: Ticket) -> Bool {
        let slot = Int(ticket.slot)
        return slot < used && inUse[slot] && generations[slot] == ticket.generation
    }

    /// The record of a ticket that `contains`.
    @inlinable
    public subscript(ticket: Ticket) -> Record {
        unsafeAddress {
            invariant(contains(ticket), "a ticket outlived its record")
            return UnsafePointer(records + Int(ticket.slot))
        }
        unsafeMutableAddress {
            invariant(contains(ticket), "a ticket outlived its record")
            return records + Int(ticket.slot)
        }
    }

    @inlinable
    public mutating func remove(_ ticket: Ticket) {
        guard contains(ticket) else { return }
        let slot = Int(ticket.slot)
        (records + slot).deinitialize(count: 1)
        inUse[slot] = false
        generations[slot] = generations[slot] == .max ? 1 : generations[slot] &+ 1
        free.append(ticket.slot)
    }

    /// Every record's ticket, by slot.
    public var tickets: [Ticket] {
        (0..<used).filter { inUse[$0] }.map {
            Ticket(slot: UInt32($0), generation: generations[$0])
        }
    }

    @usableFromInline
    mutating func grow() {
        let newSize = size * 2
        let newRecords = UnsafeMutablePointer<Record>.allocate(capacity: newSize)
        for slot in 0..<used where inUse[slot] {
            (newRecords + slot).moveInitialize(from: records + slot, count: 1)
        }
        let newGenerations = UnsafeMutablePointer<UInt32>.allocate(capacity: newSize)
        newGenerations.moveInitialize(from: generations, count: size)
        (newGenerations + size).initialize(repeating: 1, count: newSize - size)
        let newInUse = UnsafeMutablePointer<Bool>.allocate(capacity: newSize)
        newInUse.moveInitialize(from: inUse, count: size)
        (newInUse + size).initialize(repeating: false, count: newSize - size)
        records.deallocate()
        generations.deallocate()
        inUse.deallocate()
        records = newRecords
        generations = newGenerations
        inUse = newInUse
        size = newSize
    }
}
