import Addressing
import Seeded
import Testing

/// Addresses as a stranger may write them: each means something, and no more than it says.
@Suite struct `Any address` {
    private static let pieces = [
        "_local/", "_topo/", "_edge/", "0/", "all/", "R/", "amqp:", "amqps:", "//", "/", ":", ".",
        "a",
        "$management", "_$qd.", "é", "\u{0}", "*", "#", "${user}", " ", "", "x/y", "temp.",
    ]

    private func text(_ seed: inout Seed) -> String {
        if seed.once(in: 5) {
            return String(decoding: seed.bytes(seed.below(40)), as: UTF8.self)
        }
        return (0..<seed.below(12)).map { _ in Self.pieces[seed.below(Self.pieces.count)] }.joined()
    }

    @Test func `leads somewhere, by no more than its own text`() {
        var seed = Seed()
        let routers = [
            RouterIdentity(id: "R"), RouterIdentity(id: "R", mode: .edge), RouterIdentity(id: ""),
        ]
        for _ in 0..<Seed.rounds(4_000) {
            let text = text(&seed)
            for router in routers {
                switch ParsedAddress(text, router: router) {
                case .mobile(let rest), .local(let rest), .everyRouter(let rest), .area(let rest),
                    .router(let rest), .edge(let rest):
                    #expect(text.utf8.count >= rest.utf8.count, "MARTLET_SEED=\(seed.number)")
                case .elsewhere: #expect(router.mode == .edge)
                }
                _ = ParsedAddress.isManagementElsewhere(text, router: router)
            }
        }
    }
}
