internal import EventLoop

/// The streams that a command was started with, and the terminal behind them.
enum Terminal {
    /// Colour is wanted on a terminal, unless the environment says otherwise (no-color.org).
    static var hasColour: Bool {
        isOutput && Environment.variable("NO_COLOR") == nil
            && Environment.variable("TERM") != "dumb"
    }

    /// A person sees the output.
    static var isOutput: Bool { Descriptor.standardOutput.isTerminal }

    /// A person sees what is said.
    static var isError: Bool { Descriptor.standardError.isTerminal }

    /// Rows and columns of the terminal that output goes to.
    static var size: (rows: Int, columns: Int) {
        Descriptor.standardOutput.windowSize ?? (24, 80)
    }

    /// Different for each process on each machine, for most purposes.
    static func uniqueName() -> String { Chance().text(length: 12) }

    /// Writes all of the text. When nobody reads the output any more, or it cannot be written, the
    /// program ends: there is nothing left to do for it.
    static func write(_ text: String) { write(Array(text.utf8)) }

    static func write(_ bytes: [UInt8]) {
        do throws(SystemError) {
            try Descriptor.standardOutput.writeAll(bytes)
        } catch {
            guard !error.isPipeClosed else { Program.end(ExitCode.pipeClosed.rawValue) }
            say("cannot write the output: \(error.reason)")
            Program.end(ExitCode.failed.rawValue)
        }
    }

    /// A line for people.
    static func say(_ line: String) { hint(line + "\n") }

    /// Text for people. That it cannot be written harms nobody.
    static func hint(_ text: String) {
        do throws(SystemError) {
            try Descriptor.standardError.writeAll(Array(text.utf8))
        } catch {
            return
        }
    }
}
