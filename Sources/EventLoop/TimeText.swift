internal import Glibc

/// Instants of the calendar as the system writes them.
public enum TimeText {
    /// At most this many bytes come of a format.
    private static let room = 100

    /// Seconds since 1970 in a format of `strftime`'s, in the zone that the environment names or in
    /// UTC; empty if it would be longer than 99 bytes. Wraps `strftime`.
    public static func format(_ format: String, seconds: Int, isUTC: Bool = false) -> String {
        var time = time_t(seconds)
        var parts = tm()
        let isKnown =
            isUTC ? gmtime_r(&time, &parts) != nil : localtime_r(&time, &parts) != nil
        guard isKnown else { return "" }
        var text = [CChar](repeating: 0, count: room)
        let count = strftime(&text, text.count, format, &parts)
        return String(decoding: text.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
