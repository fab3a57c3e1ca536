import AMQP
import Basis
import Client
import Options
import Testing

@testable import Commands

@Suite(.serialized) struct `Messages from a command line` {
    private func arguments(_ words: [String]) throws -> Arguments {
        try Arguments(words, of: SendCommand.command, program: "send")
    }

    /// The bodies that the words ask for, at most ten.
    private func bodies(_ words: [String], isEndless: Bool = false) throws -> [Message.Body] {
        let arguments = try arguments(words)
        let template = try MessageTemplate(arguments)
        var bodies = try Bodies(
            arguments.operands, arguments, template, repeating: isEndless, loop: ClientLoop())
        var taken: [Message.Body] = []
        while taken.count < 10, case .body(let body) = try bodies.next() { taken.append(body) }
        return taken
    }

    @Test func `are strings, one for each operand`() throws {
        #expect(try bodies(["a", "b"]) == [.value("a"), .value("b")])
    }

    @Test func `are one empty one if nothing is given`() throws {
        #expect(try bodies([]) == [.value("")])
    }

    @Test func `begin anew until there are as many as wanted`() throws {
        #expect(try bodies(["a", "b", "-n", "3"]) == [.value("a"), .value("b"), .value("a")])
        #expect(try bodies(["a", "b", "-n", "1"]) == [.value("a")])
        #expect(try bodies(["a"], isEndless: true).count == 10)
    }

    @Test func `have the form asked for`() throws {
        #expect(
            try bodies(["[1,null]", "--form", "json"]) == [.value(.list([.long(1), .null]))])
        #expect(try bodies(["ab", "--form=data"]) == [.data([[97, 98]])])
        #expect(try bodies(["-s", "3"]) == [.data([[120, 120, 120]])])
    }

    @Test func `have the properties asked for`() throws {
        let template = try MessageTemplate(
            arguments([
                "-p", "a=1=2", "-p", "n:=5", "-p", "deep:={\"k\": [true]}", "--annotation", "x-a=b",
                "--subject", "s", "--priority", "9", "--ttl", "5", "--durable", "--user-id", "me",
            ]))
        let message = template.with(.absent)
        #expect(
            message.applicationProperties
                == ["a": "1=2", "n": 5, "deep": .map(["k": .list([true])])])
        #expect(message.messageAnnotations == ValueMap([(.symbol("x-a"), "b")]))
        #expect(message.properties?.subject == "s")
        #expect(message.properties?.userID == Array("me".utf8))
        #expect(message.header == Message.Header(durable: true, priority: 9, ttl: 5))
    }

    @Test func `have no section that nobody asked for`() throws {
        let message = try MessageTemplate(arguments([])).with(.value("x"))
        #expect(message == Message(body: .value("x")))
    }

    @Test(arguments: [
        ["--priority", "10"], ["-p", "a"], ["-p", "=b"], ["-p", "a:=zork"], ["--form", "zork"],
    ])
    func `are refused when they make no sense`(words: [String]) throws {
        let arguments = try arguments(words)
        #expect(throws: UsageError.self) { try MessageTemplate(arguments) }
    }
}

@Suite struct `A message's text` {
    private func text(
        _ body: Message.Body, _ format: MessageText.Format = .body
    ) throws -> String {
        var message = Message(body: body)
        message.properties = Message.Properties(subject: "s")
        let bytes = try MessageText.bytes(message, format, address: "q")
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (Message.Body.absent, "\n"), (.value("a"), "a\n"), (.data([[97], [98]]), "ab\n"),
        (.value(.list([1, "b"])), "[1, \"b\"]\n"), (.sequence([[1], [nil]]), "[1, null]\n"),
        (.value(.uuid(0x1234)), "\"00000000-0000-0000-0000-000000001234\"\n"),
    ])
    func `is its body`(body: Message.Body, expected: String) throws {
        #expect(try text(body) == expected)
    }

    @Test func `is every field if asked so`() throws {
        #expect(try text(.value("x"), .full) == "address: q\nsubject: s\n\nx\n\n")
        #expect(
            try text(.data([[0xFF]]), .json)
                == #"{"address": "q", "subject": "s", "body": "ff"}"# + "\n")
    }
}

@Suite struct `A pace` {
    @Test func `makes things due evenly, the late ones at once`() {
        let start = Instant(milliseconds: 1_000)
        var pace = Pace(rate: 4, from: start)
        #expect(pace.due == start)
        pace.took()
        #expect(pace.due == start + 250)
        for _ in 0..<7 { pace.took() }
        #expect(pace.due == start + 2_000)
    }

    @Test func `without a rate makes everything due`() {
        let start = Instant(milliseconds: 1_000)
        var pace = Pace(rate: nil, from: start)
        for _ in 0..<100 { pace.took() }
        #expect(pace.due == start)
    }

    @Test func `is told in words`() {
        #expect(Rate.text(1_000, in: 500) == "1,000 messages in 0.50 s, 2,000/s")
        #expect(Rate.text(1, in: 0) == "1 message in 0.00 s")
    }
}

@Suite struct `Outcomes of many messages` {
    @Test func `are not told if all is well`() {
        var tally = OutcomeTally()
        tally.add(Outcome(.accepted))
        #expect(tally.summary == nil)
    }

    @Test func `are counted, with the first reason`() {
        var tally = OutcomeTally()
        tally.add(Outcome(.accepted))
        tally.add(Outcome(.released))
        tally.add(.rejected(AMQPError(name: "x:y", text: "why")))
        #expect(tally.summary == "of 3 messages, 1 rejected, 1 released: x:y (why)")
    }
}
