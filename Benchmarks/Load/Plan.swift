internal import Options

/// What the command line asks for: the router, the load, and the process to be measured.
struct Plan {
    var host = "127.0.0.1"
    var port = "amqp"
    var receiveHost: String?
    var receivePort: String?
    /// The receiving end is a container, to which the router attaches its links.
    var isContainer = false
    var address = "bench"
    var pairs = 1
    var messages: UInt64 = 100_000
    /// Bytes of a message's body.
    var size = 100
    var isPresettled = false
    var isAnonymous = false
    /// All pairs use one address.
    var isShared = false
    /// One sender and so many receivers on one address; 0 for pairs.
    var copies = 0
    /// Messages a second from each sender; 0 for as many as credit allows.
    var rate: UInt64 = 0
    /// Deliveries that a receiver is ready for.
    var window = 1_000
    var priority: UInt8?
    /// Seconds after which the run is given up.
    var limit: UInt64 = 60
    /// The router's process, if it is to be measured.
    var process: Int32?
    /// With either of them no message is sent: connections are opened and held.
    var connections = 0
    var links = 0
    /// Seconds for which the connections are held once all are open.
    var hold: UInt64 = 0
    /// Prints one JSON object instead of a line for people.
    var isJSON = false
    var wantsHelp = false

    /// What is wrong with the command line.
    struct Misuse: Error { let text: String }

    static let options = [
        Option("a", "address", argument: "TEXT", help: "Address; a pair's number is appended"),
        Option("p", "pairs", argument: "N", help: "Pairs of a sender and a receiver (1)"),
        Option("n", "messages", argument: "N", help: "Messages of each sender (100000)"),
        Option("s", "size", argument: "BYTES", help: "Size of a message's body (100)"),
        Option("P", "presettled", help: "Senders settle as they send"),
        Option("A", "anonymous", help: "Senders attach to no address and name it in each message"),
        Option("S", "shared", help: "All pairs use one address"),
        Option("M", "multicast", argument: "N", help: "One sender, N receivers on one address"),
        Option("r", "rate", argument: "N", help: "Messages a second from each sender (no limit)"),
        Option("w", "window", argument: "N", help: "Credit that receivers give (1000)"),
        Option("Q", "priority", argument: "N", help: "Priority of each message"),
        Option("R", "receive", argument: "URL", help: "Receivers connect here instead"),
        Option("c", "container", help: "Receive as a container that links go on to"),
        Option("C", "connections", argument: "N", help: "Open N connections, send nothing"),
        Option("L", "links", argument: "N", help: "With -C: receivers on each connection (0)"),
        Option("H", "hold", argument: "SECONDS", help: "With -C: hold them open so long (0)"),
        Option("l", "limit", argument: "SECONDS", help: "Give up after so long (60)"),
        Option("i", "pid", argument: "PID", help: "Measure this process, the router"),
        Option("j", "json", help: "Print JSON"),
        Option("h", "help", help: "Print this help, then exit"),
    ]

    static var usage: String {
        var text = "Usage: martlet-bench [OPTIONS] [amqp://HOST:PORT]\n\n"
        for option in options {
            let argument = option.argument.map { "=\($0)" } ?? ""
            let head = "  -\(option.letter ?? " "), --\(option.name)\(argument)"
            text += head + String(repeating: " ", count: max(2, 28 - head.count))
            text += option.help + "\n"
        }
        return text
    }

    init(_ arguments: [String]) throws(Misuse) {
        let parsed: ParsedOptions
        do { parsed = try ParsedOptions(arguments, Self.options) } catch {
            throw Misuse(text: Self.usage)
        }
        for (name, argument) in parsed.given { try take(name, argument) }
        guard parsed.words.count <= 1 else { throw Misuse(text: "More than one URL") }
        if let url = parsed.words.first { (host, port) = try Self.place(url) }
        guard copies == 0 || pairs == 1 else {
            throw Misuse(text: "--multicast has one sender: it excludes --pairs")
        }
        guard size >= Stamp.size else {
            throw Misuse(text: "--size \(size): a body holds \(Stamp.size) bytes at least")
        }
    }

    private mutating func take(_ name: String, _ argument: String) throws(Misuse) {
        switch name {
        case "address": address = argument
        case "pairs": pairs = try Self.number(name, argument)
        case "messages": messages = try Self.number(name, argument)
        case "size": size = try Self.number(name, argument)
        case "presettled": isPresettled = true
        case "anonymous": isAnonymous = true
        case "shared": isShared = true
        case "multicast": copies = try Self.number(name, argument)
        case "rate": rate = try Self.number(name, argument)
        case "window": window = try Self.number(name, argument)
        case "priority": priority = try Self.number(name, argument) as UInt8
        case "receive":
            let place = try Self.place(argument)
            (receiveHost, receivePort) = (place.host, place.port)
        case "container": isContainer = true
        case "connections": connections = try Self.number(name, argument)
        case "links": links = try Self.number(name, argument)
        case "hold": hold = try Self.number(name, argument)
        case "limit": limit = try Self.number(name, argument)
        case "pid": process = try Self.number(name, argument) as Int32
        case "json": isJSON = true
        default: wantsHelp = true
        }
    }

    private static func number<Number: FixedWidthInteger>(
        _ name: String, _ text: String
    ) throws(Misuse) -> Number {
        guard let number = Number(text), number >= 0 else {
            throw Misuse(text: "--\(name) \(text): a number from 0 to \(Number.max) is wanted")
        }
        return number
    }

    /// `amqp://HOST:PORT`, `HOST:PORT` or `HOST`; an IPv6 address in brackets.
    private static func place(_ url: String) throws(Misuse) -> (host: String, port: String) {
        let rest = url.hasPrefix("amqp://") ? url.dropFirst(7) : url[...]
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            let host = rest[rest.index(after: rest.startIndex)..<end]
            let port = rest[end...].dropFirst().drop { $0 == ":" }
            return (String(host), port.isEmpty ? "amqp" : String(port))
        }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2 else {
            throw Misuse(text: "\(url): amqp://HOST:PORT is wanted")
        }
        return (String(host), parts.count == 2 ? String(parts[1]) : "amqp")
    }
}
