import Basis
import Testing

@testable import Management

@Suite struct `Metrics` {
    private func counter() -> MetricFamily {
        var family = MetricFamily("a_b", .counter, help: "What it counts.")
        family.add(7, ["x": "1"])
        family.add(.decimal(0.5), ["x": "2", "y": "\\\"\n"])
        return family
    }

    @Test func `are text for Prometheus`() {
        var info = MetricFamily("i", .info, help: "It.")
        info.add(1, ["v": "w"])
        let families = [counter(), info, MetricFamily("g_total", .gauge, help: nil, 3)]
        #expect(
            MetricsText(.prometheus).text(families) == """
                # HELP a_b_total What it counts.
                # TYPE a_b_total counter
                a_b_total{x="1"} 7
                a_b_total{x="2",y="\\\\\\"\\n"} 0.5
                # HELP i_info It.
                # TYPE i_info gauge
                i_info{v="w"} 1
                # TYPE g_total gauge
                g_total 3

                """)
    }

    @Test func `are text for OpenMetrics, where names lack what their kind adds`() {
        #expect(
            MetricsText(accepted: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
                .text([MetricFamily("a_b", .counter, help: "It.", 7)]) == """
                    # HELP a_b It.
                    # TYPE a_b counter
                    a_b_total 7
                    # EOF

                    """)
    }

    @Test func `have histograms whose ranges hold what lies below them too`() {
        var family = MetricFamily("t_seconds", .histogram, help: "Time.")
        family.add(counts: [2, 0, 1], bounds: [0.001, 1], sum: 2.5, ["of": "x"])
        #expect(
            MetricsText(.openMetrics).text([family]) == """
                # HELP t_seconds Time.
                # TYPE t_seconds histogram
                t_seconds_bucket{of="x",le="0.001"} 2
                t_seconds_bucket{of="x",le="1.0"} 2
                t_seconds_bucket{of="x",le="+Inf"} 3
                t_seconds_sum{of="x"} 2.5
                t_seconds_count{of="x"} 3
                # EOF

                """)
    }

    @Test func `leave out what has no numbers`() {
        #expect(MetricsText(.prometheus).text([MetricFamily("a", .gauge, help: "")]) == "")
    }
}

@Suite struct `The ranking of addresses` {
    private typealias Counts = AddressRanking.Counts
    private let start = Instant(milliseconds: 1_000)

    private func told(
        _ ranking: inout AddressRanking, _ counts: [String: UInt64], total: UInt64,
        at now: Instant? = nil
    ) -> (addresses: [String: UInt64], others: UInt64) {
        let (rows, others) = ranking.rank(
            counts.map { (name: $0.key, counts: Counts(ingress: $0.value)) },
            total: Counts(ingress: total), at: now ?? start)
        var addresses: [String: UInt64] = [:]
        for row in rows { addresses[row.name] = row.counts.ingress }
        return (addresses, others.ingress)
    }

    @Test func `has those with most, and all others in one`() {
        var ranking = AddressRanking(most: 2)
        let first = told(&ranking, ["a": 5, "b": 3, "c": 2, "d": 0], total: 10)
        #expect(first.addresses == ["a": 5, "b": 3])
        #expect(first.others == 2)
    }

    @Test func `never falls, whoever enters, begins anew or leaves`() {
        var ranking = AddressRanking(most: 2)
        _ = told(&ranking, ["a": 5], total: 8)
        // b has done three before it had a series.
        let entered = told(&ranking, ["a": 5, "b": 3], total: 8)
        #expect(entered.addresses == ["a": 5, "b": 0] && entered.others == 3)
        let on = told(&ranking, ["a": 6, "b": 7], total: 13)
        #expect(on.addresses == ["a": 6, "b": 4] && on.others == 3)
        // a was gone meanwhile, and has come back.
        let anew = told(&ranking, ["a": 2, "b": 7], total: 15)
        #expect(anew.addresses == ["a": 8, "b": 4] && anew.others == 3)
        let gone = told(&ranking, ["c": 1], total: 16)
        #expect(gone.addresses == ["a": 8, "b": 4] && gone.others == 4)
        let later = told(
            &ranking, ["c": 1], total: 16, at: start + AddressRanking.stay + Milliseconds(1_001))
        #expect(later.addresses == ["c": 0] && later.others == 4)
    }

    @Test func `holds as many as it may, however many come`() {
        var ranking = AddressRanking(most: 50)
        var counts: [String: UInt64] = [:]
        for number in 0..<2_000 {
            counts["a\(number)"] = UInt64(number)
            #expect(told(&ranking, counts, total: 1 << 40).addresses.count <= 50)
        }
    }
}
