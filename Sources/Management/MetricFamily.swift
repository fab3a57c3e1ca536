/// Numbers of one name, for Prometheus and its kin.
package struct MetricFamily: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case gauge
        /// Never falls.
        case counter
        /// Counts by ranges of what was measured, each with those below it, and the sum.
        case histogram
        /// Facts in labels; the number is 1.
        case info
    }

    package struct Sample: Hashable, Sendable {
        /// What stands behind the family's name.
        package let part: Part
        package let labels: [Label]
        package let value: Number
    }

    package enum Part: String, Sendable {
        case whole = ""
        case bucket = "_bucket"
        case sum = "_sum"
        case count = "_count"
    }

    package struct Label: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package enum Number: Hashable, Sendable {
        case whole(UInt64)
        case decimal(Double)
    }

    /// Without the `_total` or `_info` that its kind adds.
    package let name: String
    package let kind: Kind
    /// Nil for the names of the old router, which had no word on any.
    package let help: String?
    package private(set) var samples: [Sample] = []

    package init(_ name: String, _ kind: Kind, help: String?) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    package mutating func add(_ value: Number, _ labels: KeyValuePairs<String, String> = [:]) {
        add(.whole, value, labels.map { Label(name: $0.key, value: $0.value) })
    }

    private mutating func add(_ part: Part, _ value: Number, _ labels: [Label]) {
        samples.append(Sample(part: part, labels: labels, value: value))
    }

    /// What lies in each range, one more than `bounds`, in seconds, and all of it together.
    package mutating func add(
        counts: [UInt64], bounds: [Double], sum: Double, _ labels: KeyValuePairs<String, String>
    ) {
        let labels = labels.map { Label(name: $0.key, value: $0.value) }
        var count: UInt64 = 0
        for (place, inside) in counts.enumerated() {
            count &+= inside
            let bound = place < bounds.count ? "\(bounds[place])" : "+Inf"
            add(.bucket, .whole(count), labels + [Label(name: "le", value: bound)])
        }
        add(.sum, .decimal(sum), labels)
        add(.count, .whole(count), labels)
    }

    package mutating func add(_ count: UInt64, _ labels: KeyValuePairs<String, String> = [:]) {
        add(.whole(count), labels)
    }

    package mutating func add(_ count: Int, _ labels: KeyValuePairs<String, String> = [:]) {
        add(.whole(UInt64(clamping: count)), labels)
    }

    /// With one number and no label.
    package init(_ name: String, _ kind: Kind, help: String?, _ value: UInt64) {
        self.init(name, kind, help: help)
        add(value)
    }
}

/// Families as text: the format 0.0.4 of Prometheus, or OpenMetrics 1.0.
package struct MetricsText: Sendable {
    package enum Format: Sendable { case prometheus, openMetrics }

    package let format: Format

    package init(_ format: Format) { self.format = format }

    /// The best format among those that a client accepts.
    package init(accepted: String) {
        self.init(accepted.contains("application/openmetrics-text") ? .openMetrics : .prometheus)
    }

    package var contentType: String {
        switch format {
        case .prometheus: "text/plain; version=0.0.4"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    package func text(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families where !family.samples.isEmpty { write(family, to: &text) }
        if format == .openMetrics { text += "# EOF\n" }
        return text
    }

    private func write(_ family: MetricFamily, to text: inout String) {
        let sampleName = family.name + suffix(of: family.kind)
        let isWhole = format == .prometheus
        let name = isWhole ? sampleName : family.name
        if let help = family.help { text += "# HELP \(name) \(help)\n" }
        let isInfo = family.kind == .info && isWhole
        text += "# TYPE \(name) \(isInfo ? "gauge" : family.kind.rawValue)\n"
        for sample in family.samples {
            text += sampleName
            text += sample.part.rawValue
            write(sample.labels, to: &text)
            switch sample.value {
            case .whole(let count): text += " \(count)\n"
            case .decimal(let number): text += " \(number)\n"
            }
        }
    }

    private func suffix(of kind: MetricFamily.Kind) -> String {
        switch kind {
        case .gauge, .histogram: ""
        case .counter: "_total"
        case .info: "_info"
        }
    }

    private func write(_ labels: [MetricFamily.Label], to text: inout String) {
        guard !labels.isEmpty else { return }
        text += "{"
        for (place, label) in labels.enumerated() {
            text += "\(place == 0 ? "" : ",")\(label.name)=\"\(Self.escaped(label.value))\""
        }
        text += "}"
    }

    /// What a stranger may have chosen.
    static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else {
            return value
        }
        return value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}
