/// Elements in the order in which they came, each once; any of them may be taken out.
///
/// Every operation takes the same time however many there are, on the average of many.
struct UniqueQueue<Element: Hashable & Sendable>: Sendable {
    /// Those that were taken out leave a gap, until gaps are more than elements.
    private var slots: [Element?] = []
    private var head = 0
    private var places: [Element: Int] = [:]
    private static var fewSlots: Int { 16 }

    init() {}

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }

    /// Nothing happens if it is there already.
    mutating func append(_ element: Element) {
        guard places[element] == nil else { return }
        places[element] = slots.count
        slots.append(element)
    }

    mutating func remove(_ element: Element) {
        guard let place = places.removeValue(forKey: element) else { return }
        slots[place] = nil
        closeGaps()
    }

    mutating func popFirst() -> Element? {
        while head < slots.count {
            defer { head += 1 }
            guard let element = slots[head] else { continue }
            slots[head] = nil
            places[element] = nil
            return element
        }
        closeGaps()
        return nil
    }

    mutating func removeAll() { self = UniqueQueue() }

    /// All of them, in order.
    var elements: [Element] { slots[head...].compactMap { $0 } }

    private mutating func closeGaps() {
        guard slots.count > Self.fewSlots, slots.count > 2 * places.count else { return }
        slots = elements
        head = 0
        for (place, element) in slots.enumerated() {
            if let element { places[element] = place }
        }
    }
}
