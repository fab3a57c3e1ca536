/// Where logins come from: an address of IPv4, or the first half of one of IPv6, of which a site has
/// the other half to itself.
public struct LoginSource: Hashable, Sendable {
    let text: String

    /// `host` is an address as a number.
    public init(host: String) {
        let address = host.split(separator: "%").first.map(String.init) ?? host
        guard address.contains(":"), !address.contains(".") else {
            text = address.split(separator: ":").last.map(String.init) ?? address
            return
        }
        let halves = address.components(separatedBy: "::")
        var groups = halves[0].split(separator: ":").map(String.init)
        if halves.count > 1 {
            let rest = halves[1].split(separator: ":").map(String.init)
            groups += Array(repeating: "0", count: max(0, 8 - groups.count - rest.count)) + rest
        }
        text = groups.prefix(4).joined(separator: ":")
    }
}

extension String {
    /// The parts before and after the first `separator`, or the whole.
    fileprivate func components(separatedBy separator: String) -> [String] {
        guard let range = firstRange(of: separator) else { return [self] }
        return [String(self[..<range.lowerBound]), String(self[range.upperBound...])]
    }
}
