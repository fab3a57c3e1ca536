internal import EventLoop

/// What a log knows under its lock: settings, destinations, and how often lines have repeated.
struct LogState {
    private var defaults = Log.Settings(levels: Log.infoAndAbove)
    private var settings: [LogModule: Log.Settings] = [:]
    private var destinations: [String: LogDestination] = [:]
    private var repetition = LogRepetition()
    let memory: LogMemory
    private let standardError: LogDestination
    var isUTC = false
    var timestampFormat: String?

    private static let standardOutput = "stderr"

    init(_ memory: LogMemory) {
        self.memory = memory
        standardError = LogDestination(.standardError, name: Self.standardOutput, memory: memory)
        destinations[Self.standardOutput] = standardError
    }

    /// There are not too many lines of this place; to be asked before one is made.
    mutating func admits(_ place: LogPlace, in second: Int) -> Bool {
        repetition.admits(place, in: second)
    }

    /// Remembers a line that was admitted, and hands it on.
    mutating func append(_ entry: LogEntry, from place: LogPlace) {
        for written in repetition.lines(with: entry, from: place) {
            memory.append(written)
            let (destination, style) = style(of: written.module)
            destination.write(written, style)
        }
    }

    mutating func configure(_ module: LogModule?, _ new: Log.Settings) throws(Log.CannotOpen) {
        if let output = new.output, destinations[output] == nil {
            do throws(SystemError) {
                destinations[output] = LogDestination(
                    try LogFile(output: output), name: output, memory: memory,
                    alarm: standardError)
            } catch {
                throw Log.CannotOpen(output: output)
            }
        }
        if let module { settings[module] = new } else { defaults = new }
        if defaults.levels == nil { defaults.levels = Log.infoAndAbove }
        giveUpUnused()
    }

    /// A destination that no module names any more ends when its lines are written.
    private mutating func giveUpUnused() {
        let named = Set(
            LogModule.allCases.map { output(of: $0) } + [Self.standardOutput, defaults.output])
        destinations = destinations.filter { named.contains($0.key) }
    }

    var all: [LogDestination] { Array(destinations.values) }

    func levels(of module: LogModule) -> UInt8 {
        settings[module]?.levels ?? defaults.levels ?? Log.infoAndAbove
    }

    private func output(of module: LogModule) -> String {
        settings[module]?.output ?? defaults.output ?? Self.standardOutput
    }

    private func style(of module: LogModule) -> (LogDestination, LogStyle) {
        let own = settings[module]
        let destination = destinations[output(of: module)] ?? standardError
        return (
            destination,
            LogStyle(
                includesTimestamp: !destination.isSystemLog
                    && own?.includesTimestamp ?? defaults.includesTimestamp ?? true,
                includesSource: own?.includesSource ?? defaults.includesSource ?? false,
                isUTC: isUTC, timestampFormat: timestampFormat)
        )
    }
}
