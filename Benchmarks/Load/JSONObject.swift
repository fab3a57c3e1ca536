/// A flat JSON object in the making.
struct JSONObject {
    private var members: [String] = []

    mutating func add(_ name: String, _ number: some BinaryInteger) {
        members.append("\"\(name)\": \(number)")
    }

    mutating func add(_ name: String, _ number: Double) {
        members.append("\"\(name)\": \(number.rounded(to: 6))")
    }

    mutating func add(_ name: String, _ text: String) {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case _ where scalar.value < 0x20: escaped += " "
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        members.append("\"\(name)\": \"\(escaped)\"")
    }

    mutating func add(_ name: String, _ objects: [JSONObject]) {
        members.append("\"\(name)\": [" + objects.map(\.text).joined(separator: ", ") + "]")
    }

    var text: String { "{" + members.joined(separator: ", ") + "}" }
}

extension Double {
    /// To so many places behind the point.
    func rounded(to places: Int) -> Double {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        return (self * scale).rounded() / scale
    }
}
