internal import Logging
internal import Schema

/// A `log` section (MG-199 to MG-203). Nil leaves a setting to the section of module DEFAULT.
package struct LogSettings: Hashable, Sendable {
    /// The name of a module; nil for DEFAULT.
    package var module: String?
    /// The levels that are written, as a mask: bit 0 is trace, bit 6 critical.
    package var levels: UInt8?
    package var includesTimestamp: Bool?
    package var includesSource: Bool?
    /// `stderr`, `stdout`, `syslog` or a path.
    package var output: String?

    init(_ entity: EntityDeclaration) throws(Problem) {
        let module = entity.text("module")
        self.module = module == "DEFAULT" ? nil : module
        if let text = entity.text("enable") {
            do throws(LogLevels.Unknown) {
                levels = try LogLevels(text).mask
            } catch {
                throw Problem(
                    from: .setUp, line: entity.line(of: "enable"),
                    "Configuration: \(error.description)",
                    remedy: "add '+' for the level and all above it, as in info+")
            }
        }
        if entity.given["includeTimestamp"] != nil {
            includesTimestamp = entity.flag("includeTimestamp")
        }
        if entity.given["includeSource"] != nil { includesSource = entity.flag("includeSource") }
        output = entity.text("outputFile")
    }
}
