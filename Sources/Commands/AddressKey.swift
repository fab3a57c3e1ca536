/// The key of an address as the router's statistics give it: a letter for the class, for mobile
/// addresses the digit of the phase, the text (MG-262).
struct AddressKey {
    let className: String
    let text: String
    let phase: String

    init(_ key: String) {
        guard let letter = key.first else {
            className = ""
            text = ""
            phase = ""
            return
        }
        className =
            switch letter {
            case "M": "mobile"
            case "R": "router"
            case "A": "area"
            case "L": "local"
            case "T": "topo"
            case "C", "E": "link-in"
            case "D", "F": "link-out"
            case "H": "edge"
            default: "unknown: \(letter)"
            }
        let isMobile = letter == "M"
        text = String(key.dropFirst(isMobile ? 2 : 1))
        phase = isMobile ? String(key.dropFirst().prefix(1)) : ""
    }

    /// The address belongs to link routes: its destinations are counted as containers.
    static func isOfLinkRoute(_ key: String) -> Bool {
        key.first.map { "CDEF".contains($0) } ?? false
    }
}
