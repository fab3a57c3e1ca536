import TLS
import Testing

@testable import Audit

@Suite struct `An audit trail` {
    private func trail(_ count: Int) -> [String] {
        var chain = AuditChain(digest: Digest.sha256)
        return (0..<count).map { number in
            chain.line(
                AuditRecord("event \(number)").with("user", "a\"\n\u{2028}\\").with("n", 7),
                at: "T", opensFile: number % 4 == 0)
        }
    }

    private func fault(_ files: [[String]]) -> AuditChain.Fault? {
        var chain = AuditChain(digest: Digest.sha256)
        do throws(AuditChain.Fault) {
            for lines in files { try chain.check(lines.map { $0[...] }) }
            return nil
        } catch {
            return error
        }
    }

    @Test func `is right as it was written, whole or from the middle`() {
        let lines = trail(12)
        #expect(fault([lines]) == nil)
        #expect(fault([Array(lines[..<4]), Array(lines[4...])]) == nil)
        #expect(fault([Array(lines[8...])]) == nil)
        #expect(fault([]) == nil)
    }

    @Test func `goes on behind its last line`() {
        var chain = AuditChain(digest: Digest.sha256)
        let first = chain.line(AuditRecord("start"), at: "T", opensFile: true)
        var second = AuditChain(digest: Digest.sha256)
        #expect(second.goOn(behind: first) == true)
        let next = second.line(AuditRecord("start"), at: "U", opensFile: false)
        #expect(fault([[first, next]]) == nil)
        var third = AuditChain(digest: Digest.sha256)
        #expect(third.goOn(behind: "nonsense") == false)
        #expect(third.number == 0)
    }

    @Test func `is wrong wherever it was changed`() {
        let lines = trail(12)
        for place in lines.indices {
            var changed = lines
            changed[place] = changed[place].replacing("event", with: "evenT")
            #expect(fault([changed])?.line == place + 1)
            var shorter = lines
            shorter.remove(at: place)
            // The newest may be taken off, and the oldest if another file begins behind them.
            let isFound = fault([shorter]) != nil
            #expect(isFound == (place < lines.count - 1))
        }
        var swapped = lines
        swapped.swapAt(5, 6)
        #expect(fault([swapped])?.line == 6)
        #expect(fault([lines, lines]) != nil)
    }

    @Test(arguments: [
        "", "{", "{\"n\":1}", "{\"n\":,\"chain\":\"\"}",
        "{\"n\":99999999999999999999,\"chain\":\"x\"}",
        String(repeating: "x", count: 500), "{\"n\":1,\"event\":\"x\",\"chain\":\"00\"}",
    ])
    func `takes nothing else for a line`(line: String) {
        #expect(fault([[line]]) != nil)
    }

    @Test func `has one line for each event, whatever a stranger calls itself`() {
        for line in trail(3) {
            #expect(!line.contains("\n"))
            #expect(line.contains("a\\\"\\u000a\\u2028\\\\"))
        }
    }
}
