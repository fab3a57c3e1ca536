/// The stages of an opening, as text.
struct OpeningReport {
    let stages: [Opening.Stage]
    let failure: String?
    /// On each connection.
    let links: Int

    /// What was added from one stage to the next, for each connection.
    private struct Step {
        let connections: Int
        let microseconds: Double
        let processorMicroseconds: Double
        let kilobytes: Double
        let resident: Int
    }

    private var steps: [Step] {
        zip(stages, stages.dropFirst()).map { before, after in
            let count = Double(max(1, after.connections - before.connections))
            let processorTime = after.processorTime - before.processorTime
            return Step(
                connections: after.connections,
                microseconds: (after.seconds - before.seconds) * 1e6 / count,
                processorMicroseconds: Double(processorTime) / 1e3 / count,
                kilobytes: Double(after.resident - before.resident) / count,
                resident: after.resident)
        }
    }

    var json: String {
        var object = JSONObject()
        object.add("links", links)
        object.add("residentBefore", stages.first?.resident ?? 0)
        object.add("residentAfter", stages.last?.resident ?? 0)
        object.add(
            "stages",
            steps.map { step in
                var stage = JSONObject()
                stage.add("connections", step.connections)
                stage.add("microseconds", step.microseconds)
                stage.add("processorMicroseconds", step.processorMicroseconds)
                stage.add("kilobytes", step.kilobytes)
                stage.add("resident", step.resident)
                return stage
            })
        if let failure { object.add("failure", failure) }
        return object.text
    }

    var text: String {
        var lines = steps.map { step in
            "\(step.connections) connections: \(step.microseconds.rounded(to: 1)) µs each; router "
                + "\(step.processorMicroseconds.rounded(to: 1)) µs each, "
                + "\(step.kilobytes.rounded(to: 1)) kB each, \(step.resident) kB resident"
        }
        if let failure { lines.append(failure) }
        return lines.joined(separator: "\n")
    }
}
