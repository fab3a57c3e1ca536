import AMQP
import Testing

@testable import RemoteSASL

@Suite struct `What a service says of a user (RS-538)` {
    private func verdict(_ properties: Value) -> ServiceVerdict? { try? ServiceVerdict(properties) }

    private func strings(_ texts: String...) -> Value {
        .array(ValueArray(of: .string, texts.map(Value.string)))
    }

    @Test func `has the name in the map's sub, or is a text`() {
        #expect(verdict(["authenticated-identity": ["sub": "joe"]])?.user == "joe")
        #expect(verdict(["authenticated-identity": "joe"])?.user == "joe")
        for nobody in [["x": "joe"], .int(7), .null, ["sub": .list([])]] as [Value] {
            #expect(verdict(["authenticated-identity": nobody])?.user == "")
        }
        #expect(verdict(.null)?.user == "")
    }

    @Test func `limits addresses if it says anything of them`() {
        #expect(verdict([:])?.permissions == nil)
        for nothing in [[:], "x", .null, .int(1)] as [Value] {
            #expect(verdict(["address-authz": nothing])?.permissions == ServicePermissions())
        }
        let said: Value = [
            "in": strings("send"), "out": strings("recv"), "both": strings("recv", "send"),
            "none": strings(), "other": strings("read"), "list": .list(["send"]), "text": "recv",
        ]
        let permissions = verdict(["address-authz": said])?.permissions
        #expect(permissions?.targets == ["in", "both", "list"])
        #expect(permissions?.sources == ["out", "both", "text"])
    }

    @Test func `is refused beyond its bounds`() {
        func name(_ count: Int) -> Value {
            ["authenticated-identity": .string(String(repeating: "x", count: count))]
        }
        #expect(verdict(name(1_024)) != nil)
        #expect(verdict(name(1_025)) == nil)
        func addresses(_ count: Int) -> Value {
            ["address-authz": .map(ValueMap((0..<count).map { (.string("\($0)"), .null) }))]
        }
        #expect(verdict(addresses(10_000)) != nil)
        #expect(verdict(addresses(10_001)) == nil)
        let long = String(repeating: "x", count: 4_097)
        #expect(
            verdict(["address-authz": .map(ValueMap([(.string(long), strings("send"))]))]) == nil)
    }
}
