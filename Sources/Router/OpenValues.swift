internal import AMQP
internal import Configuration
internal import Schema

/// Values of `open` that come from configuration, or that the router understands in a peer's.
enum OpenValues {
    /// The `openProperties` attribute, as properties with symbol keys (MG-15).
    static func values(_ properties: SchemaValue) -> [(key: String, value: Value)] {
        guard case .map(let pairs) = properties else { return [] }
        return pairs.map { ($0.key, value($0.value)) }
    }

    private static func value(_ value: SchemaValue) -> Value {
        switch value {
        case .null: .null
        case .string(let text): .string(text)
        case .real(let number): .double(number)
        case .integer(let number): .long(Int64(number))
        case .boolean(let flag): .bool(flag)
        case .list(let values): .list(values.map(Self.value))
        case .map(let pairs):
            .map(ValueMap(pairs.map { (Value.string($0.key), Self.value($0.value)) }))
        }
    }

    private static let failoverList = "failover-server-list"

    /// Where else the peer can be found; nil if it does not say (RS-347).
    static func failoverPlaces(_ properties: Value?) -> [Connector.Place]? {
        guard let list = properties?.map?[failoverList] else { return nil }
        return (list.list ?? []).compactMap { entry in
            guard let map = entry.map, let host = map["network-host"]?.text else { return nil }
            let port = map["port"]
            return Connector.Place(
                host: host, port: port?.text ?? port?.integer.map(String.init) ?? "5672",
                scheme: map["scheme"]?.text ?? "amqp", hostname: map["hostname"]?.text)
        }
    }

    /// The property that tells clients of other routers: from `failoverUrls`, a list of
    /// `[scheme://]host[:port]` parted by commas (RS-349).
    static func failoverProperty(_ urls: String) -> (key: String, value: Value) {
        let places = urls.split(separator: ",").map { part -> Value in
            var text = part.drop { $0 == " " }
            while text.last == " " { text.removeLast() }
            var pairs: [(Value, Value)] = []
            if let separator = text.firstRange(of: "://") {
                pairs.append(
                    (.symbol("scheme"), .string(String(text[..<separator.lowerBound]))))
                text = text[separator.upperBound...]
            }
            let (host, port) = split(text)
            pairs.append((.symbol("network-host"), .string(host)))
            pairs.append((.symbol("port"), .string(port)))
            return .map(ValueMap(pairs))
        }
        return (failoverList, .list(places))
    }

    /// Parts `host`, `host:port`, `[v6]` and `[v6]:port`.
    private static func split(_ text: Substring) -> (host: String, port: String) {
        if text.first == "[", let end = text.firstIndex(of: "]") {
            let rest = text[text.index(after: end)...].drop { $0 == ":" }
            return (
                String(text[text.index(after: text.startIndex)..<end]),
                rest.isEmpty ? "5672" : String(rest)
            )
        }
        guard let colon = text.lastIndex(of: ":") else { return (String(text), "5672") }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
