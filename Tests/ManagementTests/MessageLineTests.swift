import AMQP
import Management
import Testing

@Suite struct `A message of management in the log` {
    @Test func `names its parts as scripts know them (MG-222)`() {
        let request = Message(
            properties: Message.Properties(
                to: "$management", replyTo: "amqp:/_topo/0/R/temp.x", correlationID: .ulong(7)),
            applicationProperties: [
                "operation": "QUERY", "entityType": .symbol("log"), "offset": 5,
            ],
            body: .value(["attributeNames": ["a", .null, true, .double(1.5)], "x": .list([])]))
        #expect(
            MessageLine.text(of: request)
                == "Message(address='$management', properties={'operation': 'QUERY', "
                + "'entityType': 'log', 'offset': 5}, body={'attributeNames': ['a', None, True, 1.5], "
                + "'x': []}, reply_to='amqp:/_topo/0/R/temp.x', correlation_id=7, content_type=None)"
        )
        #expect(
            MessageLine.text(of: Message(body: .absent))
                == "Message(address=None, properties=None, body=None, reply_to=None, "
                + "correlation_id=None, content_type=None)")
    }

    @Test(arguments: [
        ("plain", "'plain'"), ("it's", "\"it's\""), ("\"it's\"", #"'"it\'s"'"#),
        ("a\nb\t\r\\", #"'a\nb\t\r\\'"#), ("\u{0}\u{7F}\u{1B}[2J", #"'\x00\x7f\x1b[2J'"#),
        ("é€", "'é€'"),
    ])
    func `quotes texts`(text: String, wanted: String) {
        let line = MessageLine.text(of: Message(body: .value(.string(text))))
        #expect(line.contains("body=\(wanted), "))
    }

    @Test func `quotes bytes`() {
        let line = MessageLine.text(of: Message(body: .data([[0, 65, 39, 0x80, 0xFF]])))
        #expect(line.contains(#"body=b'\x00A\'\x80\xff', "#))
    }

    @Test(arguments: [
        Value.string(String(repeating: "x", count: 1 << 20)),
        .binary([UInt8](repeating: 0, count: 1 << 20)),
        .list([Value](repeating: .list([1]), count: 60_000)),
        .map(ValueMap((0..<30_000).map { (.int($0), .string("value")) })),
    ])
    func `ends where a line of log ends`(body: Value) {
        let line = MessageLine.text(of: Message(body: .value(body)))
        #expect(line.utf8.count > 2_048)
        #expect(line.utf8.count < 20_000)
    }
}
