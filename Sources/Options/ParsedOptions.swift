internal import CLinux
internal import EventLoop
internal import Glibc

/// A command line, taken apart by the C library: long names may be shortened, options and other
/// words may be mixed, `--` ends the options.
package struct ParsedOptions: Sendable {
    /// Names of the options that were given, with their arguments, in order.
    package private(set) var given: [(name: String, argument: String)] = []
    /// The words that are no options.
    package private(set) var words: [String] = []

    /// An option that is unknown or lacks its argument; the C library has said so on standard
    /// error.
    package struct Misuse: Error {}

    /// The C library keeps its place in global variables, so one command line is taken apart at a time.
    private static let turn = Guarded(())

    /// Takes `arguments` apart, the first of which is the program's name. Wraps `getopt_long`.
    package init(_ arguments: [String], _ options: [Option]) throws(Misuse) {
        guard !arguments.isEmpty else { throw Misuse() }
        self = try Self.turn.withLock { _ throws(Misuse) in
            try ParsedOptions(alone: arguments, options)
        }
    }

    private init(alone arguments: [String], _ options: [Option]) throws(Misuse) {
        var texts: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        texts.append(nil)
        // The C library reorders the array, not the texts.
        let owned = texts
        let names = options.map { strdup($0.name) }
        defer { for text in owned + names { free(text) } }
        let table = Self.table(options, names)
        getopt_restart()
        while true {
            let code = getopt_long(
                Int32(arguments.count), &texts, Self.letters(options), table, nil)
            guard code != -1 else { break }
            guard let option = Self.known(by: code, options) else { throw Misuse() }
            given.append((option.name, getopt_argument().map { String(cString: $0) } ?? ""))
        }
        words = texts[Int(getopt_next())..<arguments.count].compactMap { text in
            text.map { String(cString: $0) }
        }
    }

    /// Long options return their place in the table, counted from here, beyond all letters.
    private static let firstCode: Int32 = 1_000

    private static func known(by code: Int32, _ options: [Option]) -> Option? {
        guard code < firstCode else { return options[Int(code - firstCode)] }
        return options.first { option in
            option.letter?.asciiValue.map(Int32.init) == code
        }
    }

    private static func letters(_ options: [Option]) -> String {
        var letters = ""
        for option in options {
            guard let letter = option.letter else { continue }
            letters.append(letter)
            if option.argument != nil { letters.append(option.isArgumentOptional ? "::" : ":") }
        }
        return letters
    }

    private static func table(
        _ options: [Option], _ names: [UnsafeMutablePointer<CChar>?]
    ) -> [option] {
        var table: [option] = []
        for index in options.indices {
            let entry = options[index]
            let takesArgument: Int32 = entry.argument == nil ? 0 : entry.isArgumentOptional ? 2 : 1
            table.append(
                option(
                    name: UnsafePointer(names[index]), has_arg: takesArgument, flag: nil,
                    val: firstCode + Int32(index)))
        }
        table.append(option())
        return table
    }
}
