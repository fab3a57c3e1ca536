/// Bytes as text of 64 signs (RFC 4648, 4).
enum Base64 {
    private static let signs = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let number = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
            for place in 0..<4 {
                let isFilled = place <= part.count
                text.append(isFilled ? signs[number >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// It stands for 16 bytes.
    static func isSixteenBytes(_ text: String) -> Bool {
        let signs = Array(text.utf8)
        return signs.count == 24 && text.hasSuffix("==")
            && signs.dropLast(2).allSatisfy { Self.signs.contains($0) }
    }
}
