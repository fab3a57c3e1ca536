internal import AMQP
internal import Forwarding
internal import Sessions

/// A terminus in the log's words.
extension TerminusReport {
    /// As between the braces of "source={…}": the address, then what is not the default. An absent
    /// terminus is told like one without an address, since the router serves both alike.
    var line: String {
        guard kind != .coordinator else { return "<coordinator>" }
        var text = (isDynamic ? "(dyn)" : "") + (address ?? "<none>")
        switch durability {
        case 1: text += " dur:config"
        case 2: text += " dur:deliveries"
        default: break
        }
        switch expiry {
        case .link: text += " expire:link"
        case .session: text += " expire:sess"
        case .connection: text += " expire:conn"
        case .never: break
        }
        if timeout > 0 { text += " timeout:\(timeout)" }
        switch distributionMode {
        case .copy: text += " dist:copy"
        case .move: text += " dist:move"
        case .unspecified: break
        }
        for (name, value) in [("props", properties), ("flt", filter), ("caps", capabilities)] {
            if let value { text += " \(name):\(value.inspected)" }
        }
        return text
    }
}
