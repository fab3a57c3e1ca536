internal import CProton

/// Frees many links at once.
extension Connection {
    /// Runs `free`, which frees the links of this connection that are `right`, and their session.
    ///
    /// A link that Proton frees with its session it looks for among those that are left, and
    /// comparing takes it dozens of nanoseconds each: seconds for ten thousand links. With a
    /// reference held to each, all are first taken out of the session's list, and there is nothing
    /// left to be searched when the last reference goes. Wraps `pn_incref` and `pn_decref`.
    func holdingLinks(where isRight: (Link) -> Bool, _ free: () -> Void) {
        var held: [OpaquePointer] = []
        var next = pn_link_head(handle, 0)
        while let link = next {
            if isRight(Link(handle: link)) { held.append(link) }
            next = pn_link_next(link, 0)
        }
        for link in held { pn_incref(UnsafeMutableRawPointer(link)) }
        free()
        for link in held { pn_decref(UnsafeMutableRawPointer(link)) }
    }
}
