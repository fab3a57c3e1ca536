/// FNV-1a over whatever it is fed: the same in every process, unlike `Hasher`.
package struct Digest: Sendable {
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func feed(_ text: String) {
        for octet in text.utf8 { value = (value ^ UInt64(octet)) &* 0x100_0000_01B3 }
    }
}
