internal import CProton

/// The error of an endpoint or of a rejection: a symbol, a text, further facts.
public struct Condition {
    @usableFromInline let handle: OpaquePointer

    @inlinable
    init(handle: OpaquePointer) { self.handle = handle }

    /// There is an error. Wraps `pn_condition_is_set`.
    public var isSet: Bool { pn_condition_is_set(handle) }

    /// The symbol, if set. Wraps `pn_condition_get_name`.
    public var name: String? { pn_condition_get_name(handle).map { String(cString: $0) } }

    /// The text for people, if any. Wraps `pn_condition_get_description`.
    public var text: String? {
        pn_condition_get_description(handle).map { String(cString: $0) }
    }

    /// Further facts, if any. Wraps `pn_condition_info`.
    public var info: Value? { value(of: pn_condition_info(handle)) }

    /// Sets symbol, text and facts.
    public func set(_ error: AMQPError) {
        pn_condition_set_name(handle, error.name)
        pn_condition_set_description(handle, error.text)
        if let info = error.info { info.replace(pn_condition_info(handle)) }
    }

    /// The error as a value, if set.
    public var error: AMQPError? {
        guard let name else { return nil }
        return AMQPError(name: name, text: text, info: info)
    }
}

/// An AMQP error (AMQP 2.8.14) as it travels in detach, close and rejected.
public struct AMQPError: Error, Hashable, Sendable {
    public let name: String
    public let text: String?
    public let info: Value?

    public init(name: String, text: String?, info: Value? = nil) {
        self.name = name
        self.text = text
        self.info = info
    }
}
