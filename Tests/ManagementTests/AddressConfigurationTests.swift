import AMQP
import Addressing
import Management
import Testing

@Suite struct `A configured address` {
    @Test func `loses separators at its ends`() throws {
        let address = try AddressConfiguration(
            number: 1, name: nil, body: ["prefix": "/a/b/.", "distribution": "multicast"])
        #expect(address.match == .prefix("a/b"))
        #expect(address.match.pattern == "a/b/#")
        #expect(address.distribution == "multicast")
        #expect(address.priority == nil)
    }

    @Test(
        arguments: [
            (
                ["distribution": "closest"],
                "Either a 'prefix' or 'pattern' attribute must be provided"
            ),
            (
                ["prefix": "a", "pattern": "b"],
                "Cannot specify both a 'prefix' and a 'pattern' attribute"
            ),
            (["prefix": ""], "Prefix must be a non-empty string type"),
            (["pattern": "//"], "Pattern invalid - no tokens"),
            (["prefix": "a", "ingressPhase": 1], "Phase values must be between 0 and 9"),
            (
                ["prefix": "a", "priority": "10"],
                "Priority value, if present, must be between 0 and QDR_MAX_PRIORITY"
            ),
            (
                ["prefix": "a", "waypoint": true, "enableFallback": true],
                "Fallback cannot be specified with waypoint or non-zero ingress and egress phases"
            ),
            (
                ["prefix": "", "egressPhase": 12, "priority": 10],
                "Prefix must be a non-empty string type; Phase values must be between 0 and 9; "
                    + "Priority value, if present, must be between 0 and QDR_MAX_PRIORITY"
            ),
        ] as [(ValueMap, String)])
    func `is refused with the reason`(body: ValueMap, reason: String) {
        #expect(throws: ManagementError(.badRequest, reason)) {
            try AddressConfiguration(number: 1, name: nil, body: body)
        }
    }
}
