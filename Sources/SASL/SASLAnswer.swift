/// What a step of a server's conversation came to.
public enum SASLAnswer: Hashable, Sendable {
    /// To be sent to the client, who goes on.
    case challenge([UInt8])
    /// The client has proved to be the user.
    case accepted(user: String)
    /// The client has not. The reason is for the log, not for the client.
    case denied(reason: String)
    /// Too many wait to be heard: the client may come again (sasl-code 4, `sys-temp`).
    case busy
}

/// What a step of a client's conversation came to.
public enum SASLReply: Hashable, Sendable {
    /// The first message of the mechanism; nil for none, which is not the same as an empty one.
    case initial([UInt8]?)
    case response([UInt8])
    case failed(reason: String)
}
