import Testing

/// C stays behind one door for each library.
@Suite struct `The doors to C` {
    struct Door: Sendable, CustomTestStringConvertible {
        let module: String
        let rooms: Set<String>
        var testDescription: String { module }
    }

    @Test(arguments: [
        Door(module: "CProton", rooms: ["AMQP"]),
        Door(module: "CProtonGuard", rooms: ["AMQP"]),
        Door(module: "COpenSSL", rooms: ["TLS"]),
        Door(module: "CSASL", rooms: ["SASL"]),
        Door(module: "CHTTPParser", rooms: ["Web"]),
        Door(module: "CWslay", rooms: ["WebSocket"]),
        // `Options` wraps getopt_long, whose state is global.
        Door(module: "CLinux", rooms: ["EventLoop", "Options"]),
        Door(module: "Glibc", rooms: ["EventLoop", "Options"]),
        Door(module: "Foundation", rooms: []),
        // For JSON alone.
        Door(module: "FoundationEssentials", rooms: ["Commands"]),
    ])
    func `are each in their own rooms only`(door: Door) {
        let imports = Set(["import \(door.module)", "internal import \(door.module)"])
        for file in SourceTree.sources where !door.rooms.contains(file.room) {
            let isImporting = file.lines.contains { line in
                imports.contains(String(line)) || line == "public import \(door.module)"
            }
            #expect(!isImporting, "\(file.path) imports \(door.module)")
        }
    }

    /// Swift's own way to the command line loses it when a preloaded library sets a variable.
    @Test func `are not gone round to the command line`() {
        for file in SourceTree.sources {
            for (number, line) in file.lines.enumerated() {
                #expect(!line.contains("CommandLine."), "\(file.path):\(number + 1)")
            }
        }
    }

    @Test func `lead to Proton's functions from AMQP alone`() {
        for file in SourceTree.sources where file.room != "AMQP" {
            for (number, line) in file.lines.enumerated() {
                let code = line.prefix { $0 != "/" }
                #expect(!code.contains("pn_"), "\(file.path):\(number + 1) names Proton")
            }
        }
    }
}
