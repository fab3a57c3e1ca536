extension MessageHead {
    /// Where the text of the properties' subject is in a whole message; nil if it has none
    /// (AMQP 3.2.4).
    public static func subject(of bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        var scanner = SectionScanner(bytes)
        do throws(SectionScanner.Fault) {
            while let code = try scanner.sectionCode(), code <= 0x73 {
                guard code == 0x73 else {
                    try scanner.skipValue()
                    continue
                }
                let (count, _) = try scanner.compound(.list)
                guard count >= 4 else { return nil }
                for _ in 0..<3 { try scanner.skipValue() }
                return try scanner.text(short: 0xA1, long: 0xB1)
            }
        } catch {}  // what is no message has no subject
        return nil
    }
}
