import Testing

/// What the house asks of every file.
@Suite struct `The manuscript` {
    @Test func `has no file of more than 400 lines`() {
        for file in SourceTree.swift + SourceTree.python {
            #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count - 1) lines")
        }
    }

    @Test func `has no function of more than 70 lines`() {
        for file in SourceTree.swift {
            var start: (line: Int, indent: Int)?
            for (number, line) in file.lines.enumerated() {
                let indent = line.prefix { $0 == " " }.count
                let code = line.dropFirst(indent)
                if let open = start, indent == open.indent, code.hasPrefix("}") {
                    let length = number - open.line + 1
                    #expect(length <= 70, "\(file.path):\(open.line + 1) is \(length) lines long")
                    start = nil
                } else if indent <= 8, opensFunction(code) {
                    start = (number, indent)
                }
            }
        }
    }

    private func opensFunction(_ code: Substring) -> Bool {
        let words = code.split(separator: " ").prefix(6)
        return words.contains("func") || words.first?.hasPrefix("init(") == true
    }

    @Test func `says why each unchecked type may cross threads`() {
        for file in SourceTree.sources {
            for (number, line) in file.lines.enumerated()
            where line.contains("@unchecked Sendable") && !line.contains("///") {
                let before = file.lines[max(0, number - 12)..<number]
                let isExplained = before.contains { $0.contains("`@unchecked Sendable`") }
                #expect(isExplained, "\(file.path):\(number + 1) gives no reason")
            }
        }
    }

    @Test func `unwraps by force nowhere and stops the program in one place`() {
        for file in SourceTree.sources where file.path != "Sources/Basis/Invariant.swift" {
            for (number, line) in file.code.enumerated() {
                #expect(!Self.unwrapsByForce(line), "\(file.path):\(number + 1) unwraps by force")
                let isBad = Self.trapping.contains { line.contains($0) }
                #expect(!isBad, "\(file.path):\(number + 1)")
            }
        }
    }

    /// What ends the program where something is otherwise than its author thought: of `invariant`
    /// alone a reason is asked.
    private static let trapping = [
        "fatalError(", "preconditionFailure(", "uniqueKeysWithValues:",
    ]

    @Test func `knows an unwrap by force when it sees one`() {
        let lines = [
            "let a = b!", "try! f()", "x as! Y", "f()!.g", "a[0]!", "var a: Int!", "let c = !d",
            "a != b", "// a!", "let t = \"a!\"", "if a! == b {",
        ]
        let found = lines.map { Self.unwrapsByForce(SourceTree.File.code(of: $0[...])) }
        #expect(
            found == [
                true, true, true, true, true, true, false, false, false, false, true,
            ])
    }

    /// A mark right behind what has a value, unless it begins a comparison.
    private static func unwrapsByForce(_ code: String) -> Bool {
        let bytes = Array(code.utf8)
        return bytes.indices.dropFirst().contains { place in
            guard bytes[place] == UInt8(ascii: "!") else { return false }
            let before = Character(Unicode.Scalar(bytes[place - 1]))
            let isBehindValue = before.isLetter || before.isNumber || "_)]}?".contains(before)
            let isComparison = place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "=")
            return isBehindValue && !isComparison
        }
    }

    @Test func `names no file by what it is not`() {
        let names = ["Manager", "Helper", "Utils", "Utility", "Common"]
        for file in SourceTree.swift {
            let name = file.path.split(separator: "/").last.map(String.init) ?? ""
            #expect(!names.contains { name.contains($0) }, "\(file.path)")
        }
    }

    @Test func `links only to pages that are there`() {
        for page in SourceTree.pages {
            let folder = page.path.split(separator: "/").dropLast().joined(separator: "/")
            for line in page.lines {
                for target in targets(in: line) where !target.contains("://") {
                    let path = resolve(target, from: folder)
                    #expect(SourceTree.exists(path), "\(page.path) links to \(target)")
                }
            }
        }
    }

    private func targets(in line: Substring) -> [String] {
        line.split(separator: "](").dropFirst().compactMap { part in
            let target = part.prefix { $0 != ")" && $0 != "#" }
            return target.isEmpty || target.count == part.count ? nil : String(target)
        }
    }

    private func resolve(_ target: String, from folder: String) -> String {
        var parts = folder.split(separator: "/").map(String.init)
        for part in target.split(separator: "/") {
            if part == ".." { parts.removeLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }
}
