internal import AMQP
internal import Configuration
internal import Management
internal import Schema

/// Settings of listeners and connectors, to and from the attributes that management shows.
extension ListenerSettings {
    init(name: String?, _ attributes: ValueMap) {
        self.init()
        let given = Schema.listener.completed(attributes)
        self.name = name
        host = given["host"]?.text ?? ""
        port = given["port"]?.text ?? "amqp"
        role = given["role"]?.text.flatMap(Role.init(rawValue:)) ?? .normal
        cost = given.number("cost") ?? 1
        maxFrameSize = max(512, given.number("maxFrameSize") ?? 16_384)
        maxSessions = Self.sessions(given)
        maxSessionFrames = given.number("maxSessionFrames").flatMap { $0 > 0 ? $0 : nil }
        idleTimeoutSeconds = max(0, given.number("idleTimeoutSeconds") ?? 16)
        initialHandshakeTimeoutSeconds =
            max(0, given.number("initialHandshakeTimeoutSeconds") ?? 0)
        linkCapacity = Self.capacity(given)
        stripAnnotations =
            given["stripAnnotations"]?.text.flatMap(StripAnnotations.init(rawValue:)) ?? .both
        saslMechanisms = given["saslMechanisms"]?.text
        isMultiTenant = given["multiTenant"]?.boolean ?? false
        openProperties = given.present("openProperties").flatMap(SchemaValue.init)
        failoverUrls = given["failoverUrls"]?.text
    }

    /// 0 and more than the protocol has stand for all that it has (MG-50).
    static func sessions(_ given: ValueMap) -> Int {
        given.number("maxSessions").flatMap { 1...32_768 ~= $0 ? $0 : nil } ?? 32_768
    }

    static func capacity(_ given: ValueMap) -> Int {
        given.number("linkCapacity").flatMap { $0 > 0 ? $0 : nil } ?? 250
    }

    var attributes: ValueMap {
        var map: ValueMap = [
            "host": .string(host), "port": .string(port), "role": .string(role.rawValue),
            "cost": .integer(cost), "maxFrameSize": .integer(maxFrameSize),
            "maxSessions": .integer(maxSessions),
            "idleTimeoutSeconds": .integer(idleTimeoutSeconds),
            "initialHandshakeTimeoutSeconds": .integer(initialHandshakeTimeoutSeconds),
            "linkCapacity": .integer(linkCapacity),
            "stripAnnotations": .string(stripAnnotations.rawValue),
            "multiTenant": .bool(isMultiTenant),
        ]
        map["maxSessionFrames"] = maxSessionFrames.map(Value.integer)
        map["saslMechanisms"] = saslMechanisms.map(Value.string)
        map["openProperties"] = openProperties.map(Value.init)
        map["failoverUrls"] = failoverUrls.map(Value.string)
        return map
    }
}

extension ConnectorSettings {
    init(name: String?, _ attributes: ValueMap) {
        self.init()
        let given = Schema.connector.completed(attributes)
        self.name = name
        host = given["host"]?.text ?? "127.0.0.1"
        port = given["port"]?.text ?? "amqp"
        role = given["role"]?.text.flatMap(Role.init(rawValue:)) ?? .normal
        cost = given.number("cost") ?? 1
        maxFrameSize = max(512, given.number("maxFrameSize") ?? 16_384)
        maxSessions = ListenerSettings.sessions(given)
        maxSessionFrames = given.number("maxSessionFrames").flatMap { $0 > 0 ? $0 : nil }
        idleTimeoutSeconds = max(0, given.number("idleTimeoutSeconds") ?? 16)
        linkCapacity = ListenerSettings.capacity(given)
        stripAnnotations =
            given["stripAnnotations"]?.text.flatMap(StripAnnotations.init(rawValue:)) ?? .both
        saslMechanisms = given["saslMechanisms"]?.text
        saslUsername = given["saslUsername"]?.text
        saslPassword = given["saslPassword"]?.text
        openProperties = given.present("openProperties").flatMap(SchemaValue.init)
    }

    var attributes: ValueMap {
        var map: ValueMap = [
            "host": .string(host), "port": .string(port), "role": .string(role.rawValue),
            "cost": .integer(cost), "maxFrameSize": .integer(maxFrameSize),
            "maxSessions": .integer(maxSessions),
            "idleTimeoutSeconds": .integer(idleTimeoutSeconds),
            "linkCapacity": .integer(linkCapacity),
            "stripAnnotations": .string(stripAnnotations.rawValue),
        ]
        map["maxSessionFrames"] = maxSessionFrames.map(Value.integer)
        map["saslMechanisms"] = saslMechanisms.map(Value.string)
        map["saslUsername"] = saslUsername.map(Value.string)
        map["saslPassword"] = saslPassword.map(Value.string)
        map["openProperties"] = openProperties.map(Value.init)
        return map
    }
}

extension Value {
    init(_ value: SchemaValue) {
        self =
            switch value {
            case .string(let text): .string(text)
            case .integer(let number): .integer(number)
            case .boolean(let flag): .bool(flag)
            case .list(let values): .list(values.map(Value.init))
            case .map(let pairs):
                .map(ValueMap(pairs.map { (Value.string($0.key), Value($0.value)) }))
            }
    }
}

extension SchemaValue {
    /// Nil for a value that a configuration cannot hold.
    init?(_ value: Value) {
        if let text = value.text {
            self = .string(text)
        } else if let number = value.integer {
            self = .integer(Int(number))
        } else if let flag = value.boolean {
            self = .boolean(flag)
        } else if let list = value.list {
            self = .list(list.compactMap(SchemaValue.init))
        } else if let map = value.map {
            self = .map(
                map.compactMap { pair in
                    guard let key = pair.key.text, let value = SchemaValue(pair.value) else {
                        return nil
                    }
                    return (key, value)
                })
        } else {
            return nil
        }
    }
}
