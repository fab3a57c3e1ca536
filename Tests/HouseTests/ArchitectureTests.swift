import Testing

/// The picture of the rooms on the page about the architecture is true.
@Suite struct `The rooms` {
    /// In the order of the picture, from the top; those marked as pure.
    private let picture: (rooms: [String], pure: Set<String>)

    init() throws {
        let page = try #require(SourceTree.file("ARCHITECTURE.md"))
        let known = Set(SourceTree.rooms)
        var rooms: [String] = []
        var pure: Set<String> = []
        for line in page.lines where line.hasPrefix("    ") {
            let words = line.split { " ,│├└─".contains($0) }.map(String.init)
            let found = words.prefix { known.contains($0) }.filter { !rooms.contains($0) }
            rooms += found
            if line.hasSuffix(" pure") { pure.formUnion(found) }
        }
        picture = (rooms, pure)
    }

    @Test func `are all in the picture`() {
        // What makes a page of the schema is no part of the programs.
        let missing = Set(SourceTree.rooms).subtracting(picture.rooms).subtracting(["Reference"])
        #expect(missing.isEmpty, "\(missing.sorted()) are not in ARCHITECTURE.md")
        #expect(picture.pure.count >= 6)
    }

    @Test func `import only rooms below them`() {
        for file in SourceTree.sources {
            guard let place = picture.rooms.firstIndex(of: file.room) else { continue }
            let below = picture.rooms[place...]
            for room in file.imports where picture.rooms.contains(room) {
                #expect(below.contains(room), "\(file.path) imports \(room)")
            }
        }
    }

    /// Time, randomness and the system come to them as arguments.
    @Test func `that are pure import none that touches the system`() {
        let system: Set = [
            "Client", "EventLoop", "Glibc", "Options", "Router", "SASL", "TLS", "Web",
            "WebSocket",
        ]
        for file in SourceTree.sources where picture.pure.contains(file.room) {
            let touched = system.intersection(file.imports)
            #expect(touched.isEmpty, "\(file.path) imports \(touched.sorted())")
        }
    }
}
