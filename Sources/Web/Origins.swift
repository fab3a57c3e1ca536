/// From which pages a browser may come. Any page of the Internet may have its reader's browser open
/// a WebSocket to any host, this one too; what is no browser names no origin.
public struct Origins: Hashable, Sendable {
    private let allowed: Set<String>

    /// Origins parted by commas or blanks, as browsers write them: `https://console.example:8443`;
    /// `*` for all. The router's own pages may always.
    public init(_ text: String = "") {
        allowed = Set(
            text.split { ", \t\n".contains($0) }.map { $0.lowercased() }
                .map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
    }

    func admits(_ head: RequestHead) -> Bool {
        guard let origin = head["origin"]?.lowercased() else { return true }
        if allowed.contains("*") || allowed.contains(origin) { return true }
        guard let host = head["host"]?.lowercased(), let colon = origin.firstRange(of: "://")
        else { return false }
        return Self.withoutUsualPort(origin[colon.upperBound...])
            == Self.withoutUsualPort(host[...])
    }

    private static func withoutUsualPort(_ host: Substring) -> Substring {
        for port in [":80", ":443"] where host.hasSuffix(port) { return host.dropLast(port.count) }
        return host
    }
}
