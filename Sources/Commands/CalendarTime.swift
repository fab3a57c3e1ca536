/// An instant in the words of the calendar, in UTC.
struct CalendarTime {
    private let year: Int64
    /// From 1.
    private let month: Int64
    private let dayOfMonth: Int64
    /// From Sunday, which is 0.
    private let weekday: Int
    private let clock: String

    /// `seconds` since 1970.
    init(seconds: Int64) {
        let days = seconds / 86_400
        weekday = Int((days + 4) % 7)
        clock = Cell.clock(seconds)
        // Years that begin in March have their leap day last; 400 of them are an era.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `Tuesday Nov 24 08:28:59 2026 GMT`
    var day: String {
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let weekdays = [
            "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
        ]
        return "\(weekdays[weekday]) \(months[Int(month) - 1]) \(Cell.padded(dayOfMonth, 2)) "
            + "\(clock) \(year) GMT"
    }

    /// `2026-11-24 08:29:14`
    var date: String {
        "\(year)-\(Cell.padded(month, 2))-\(Cell.padded(dayOfMonth, 2)) \(clock)"
    }
}
