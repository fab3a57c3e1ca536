internal import EventLoop
internal import Glibc
internal import Options

let options = [
    Option("s", "seed", argument: "N", help: "Begin with this seed (the time)"),
    Option("t", "seconds", argument: "N", help: "Plague networks for so long (60)"),
    Option("c", "count", argument: "N", help: "Plague so many networks (no limit)"),
    Option("n", "routers", argument: "N", help: "The most routers of a network (40)"),
    Option("r", "rounds", argument: "N", help: "Plagues for each network (4)"),
    Option("m", "mixed", help: "Half of the routers as qdrouterd's protocol has them"),
    Option("p", "plane", help: "Plague whole routers and their clients; rounds are steps (300)"),
    Option("T", "table", argument: "N", help: "Measure instead, up to N routers"),
    Option("k", "kind", argument: "NAME", help: "Measure only these: line(10), tree, random …"),
    Option("e", "edges", argument: "N", help: "Plague N edges below interior routers instead"),
    Option("i", "interiors", argument: "N", help: "So many interior routers for them (10)"),
    Option("h", "help", help: "Print this help, then exit"),
]

do throws(ParsedOptions.Misuse) {
    let parsed = try ParsedOptions(Program.arguments, options)
    func number(_ name: String) -> Int? {
        parsed.given.last { $0.name == name }.flatMap { Int($0.argument) }
    }
    let names = Set(parsed.given.map(\.name))
    if names.contains("help") {
        for option in options {
            let letter = option.letter.map { "-\($0), " } ?? ""
            print("  \(letter)--\(option.name) \(option.argument ?? "")\t\(option.help)")
        }
    } else if let edges = number("edges"), names.contains("table") {
        EdgeTable(most: edges, hubs: max(1, number("interiors") ?? 10)).print()
    } else if let most = number("table") {
        Table(most: most, kind: parsed.given.last { $0.name == "kind" }?.argument ?? "").print()
    } else {
        let seconds = number("seconds") ?? (names.contains("count") ? 1_000_000 : 60)
        let seeds = Seeds(
            first: UInt64(number("seed") ?? Clock.unixSeconds), seconds: UInt64(seconds),
            count: number("count") ?? .max)
        let hasHeld =
            if let edges = number("edges") {
                EdgeSiege(
                    seeds: seeds, rounds: number("rounds") ?? 4,
                    hubs: max(1, number("interiors") ?? 10), edges: edges
                ).run()
            } else if names.contains("plane") {
                PlaneSiege(seeds: seeds, steps: number("rounds") ?? 300).run()
            } else {
                Siege(
                    seeds: seeds, routers: number("routers") ?? 40,
                    rounds: number("rounds") ?? 4, isMixed: names.contains("mixed")
                ).run()
            }
        exit(hasHeld ? 0 : 1)
    }
} catch {
    exit(2)
}
