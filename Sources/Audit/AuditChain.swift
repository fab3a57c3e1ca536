/// Lines of the audit trail, each with the hash of itself and the one before it: what was changed, taken
/// out or put in between is found. That the newest lines were taken off is found by whoever knows the
/// number of the last one.
///
///     {"n":7,"time":"…","event":"…",…,"chain":"SHA-256 of the chain before and of all this, in hex"}
///
/// The first line of each file says the chain before it as `previous`.
package struct AuditChain: Sendable {
    package typealias Digest = @Sendable ([UInt8]) -> [UInt8]

    /// Of the last line; 0 before the first.
    package private(set) var number: UInt64 = 0
    /// Of the last line, 64 digits; zeros before the first.
    package private(set) var hash = Self.start
    private let digest: Digest
    private static let start = String(repeating: "0", count: 64)

    /// `digest` is SHA-256.
    package init(digest: @escaping Digest) { self.digest = digest }

    /// Goes on behind the line that a file ends with; false, and nothing is changed, if it is none.
    package mutating func goOn(behind line: String) -> Bool {
        guard let parts = Parts(line) else { return false }
        (number, hash) = (parts.number, parts.chain)
        return true
    }

    /// The next line, without its end. `time` is of ISO 8601.
    package mutating func line(
        _ record: AuditRecord, at time: String, opensFile: Bool
    ) -> String {
        number += 1
        let previous = opensFile ? "\"previous\":\"\(hash)\"," : ""
        let body = "{\"n\":\(number),\(previous)\"time\":\"\(time)\",\(record.json)"
        hash = hash(of: body)
        return body + Parts.mark + hash + "\"}"
    }

    private func hash(of body: String) -> String {
        let bytes = digest(Array((hash + body).utf8))
        return bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }

    // MARK: Checking

    package struct Fault: Error, Hashable, Sendable {
        /// Counted from 1.
        package let line: Int
        package let reason: String
    }

    /// Checks the lines of one file, which go on behind what was checked before. The first file of all
    /// may begin in the middle of the trail.
    package mutating func check(_ lines: [Substring]) throws(Fault) {
        for (place, line) in lines.enumerated() {
            guard let parts = Parts(String(line)) else {
                throw Fault(line: place + 1, reason: "it is no line of an audit trail")
            }
            if number == 0, place == 0, let previous = parts.previous {
                (number, hash) = (parts.number &- 1, previous)
            }
            guard parts.number == number &+ 1 else {
                throw Fault(
                    line: place + 1,
                    reason: "its number is \(parts.number), and \(number &+ 1) should follow")
            }
            let expected = hash(of: parts.body)
            guard parts.chain == expected, parts.previous == nil || parts.previous == hash else {
                throw Fault(
                    line: place + 1, reason: "it was changed, or one before it was")
            }
            (number, hash) = (parts.number, expected)
        }
    }

    /// What a line consists of.
    private struct Parts {
        static let mark = ",\"chain\":\""

        let body: String
        let number: UInt64
        let chain: String
        var previous: String?

        init?(_ line: String) {
            let bytes = Array(line.utf8)
            let tail = 64 + Self.mark.utf8.count + 2
            guard bytes.count > tail + 6, line.hasPrefix("{\"n\":"), line.hasSuffix("\"}") else {
                return nil
            }
            let bodyEnd = bytes.count - tail
            guard bytes[bodyEnd..<(bodyEnd + Self.mark.utf8.count)].elementsEqual(Self.mark.utf8)
            else { return nil }
            chain = String(decoding: bytes[(bytes.count - 66)..<(bytes.count - 2)], as: UTF8.self)
            body = String(decoding: bytes[..<bodyEnd], as: UTF8.self)
            let digits = bytes[5...].prefix { (0x30...0x39).contains($0) }
            guard let number = UInt64(String(decoding: digits, as: UTF8.self)) else { return nil }
            self.number = number
            let rest = bytes[(5 + digits.count)..<bodyEnd]
            let opening = Array(",\"previous\":\"".utf8)
            if rest.starts(with: opening), rest.count > opening.count + 64 {
                let start = rest.startIndex + opening.count
                previous = String(decoding: rest[start..<(start + 64)], as: UTF8.self)
            }
        }
    }
}
