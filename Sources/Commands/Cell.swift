internal import AMQP

/// Texts of a table's cells (MG-258 to MG-272).
enum Cell {
    /// A value as it is; null is empty.
    static func text(_ value: Value) -> String {
        switch value {
        case .null: ""
        case .bool(let flag): flag ? "True" : "False"
        case .string(let text), .symbol(let text): text
        case .float(let number): Double(number).description
        case .double(let number): number.description
        case .list(let values): "[" + values.map(quoted).joined(separator: ", ") + "]"
        case .map(let map):
            "{"
                + map.map { quoted($0.key) + ": " + quoted($0.value) }.joined(separator: ", ")
                + "}"
        case .ubyte, .ushort, .uint, .ulong, .byte, .short, .int, .long, .decimal32, .decimal64,
            .decimal128, .char, .timestamp, .uuid, .binary, .array, .described:
            value.digits.isEmpty ? value.inspected : value.digits
        }
    }

    /// A number; `None` if there is none.
    static func number(_ value: Value) -> String {
        switch value {
        case .null: "None"
        case .bool(let flag): flag ? "1" : "0"
        default: text(value)
        }
    }

    /// As an element of a list: text in single quotes.
    static func quoted(_ value: Value) -> String {
        guard let text = value.text else { return value.isNull ? "None" : text(value) }
        let mark = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        return mark + text + mark
    }

    /// A list's elements, each as text.
    static func texts(_ value: Value) -> String {
        let texts = (value.list ?? []).map { quoted(.string($0.isNull ? "None" : text($0))) }
        return "[" + texts.joined(separator: ", ") + "]"
    }

    /// Seconds as `DDD:HH:MM:SS`.
    static func longTime(_ seconds: Int64) -> String {
        let days = padded(seconds / 86_400, 3)
        return days + ":" + clock(seconds)
    }

    /// Seconds of a day as `HH:MM:SS`.
    static func clock(_ seconds: Int64) -> String {
        let time = seconds % 86_400
        return padded(time / 3_600, 2) + ":" + padded(time / 60 % 60, 2) + ":"
            + padded(time % 60, 2)
    }

    /// With commas between thousands.
    static func commas(_ text: String) -> String {
        var result = ""
        for (place, character) in text.enumerated() {
            if place > 0, (text.count - place).isMultiple(of: 3) { result += "," }
            result.append(character)
        }
        return result
    }

    /// Bytes in powers of 1,024, three digits of them.
    static func bytes(_ count: Int64) -> String {
        guard count >= 1_024 else { return String(count) }
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
        var size = Double(count) / 1_024
        var unit = 0
        while size >= 1_024, unit < units.count - 1 {
            size /= 1_024
            unit += 1
        }
        let digits = size < 10 ? 2 : size < 100 ? 1 : 0
        return "\(fixed(size, digits)) \(units[unit])"
    }

    /// A number with so many digits after the point.
    static func fixed(_ number: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((number.magnitude * scale).rounded(.toNearestOrEven))
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + String(scaled) }
        return sign + String(scaled / Int64(scale)) + "." + padded(scaled % Int64(scale), digits)
    }

    static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
