internal import Addressing
internal import Schema

/// Makes settings of the groups of one vhost, and keeps what is wrong with them (RS-506 to RS-508).
struct VhostGroupReader {
    let vhost: String
    let line: Int
    private(set) var problems: [Problem] = []

    init(vhost: String, line: Int) {
        self.vhost = vhost
        self.line = line
    }

    mutating func group(_ name: String, _ value: SchemaValue) -> VhostGroupSettings {
        var group = VhostGroupSettings()
        guard case .map(let members) = value else {
            wrong("Policy vhost '\(vhost)' user group '\(name)' is no map of options")
            return group
        }
        for member in members { take(member.key, member.value, of: name, into: &group) }
        for (names, pattern) in [("sources", "sourcePattern"), ("targets", "targetPattern")]
        where value[names] != nil && value[pattern] != nil {
            wrong(
                "Policy vhost '\(vhost)' user group '\(name)' specifies conflicting '\(names)' and "
                    + "'\(pattern)' attributes. Use only one or the other.")
        }
        return group
    }

    private mutating func take(
        _ option: String, _ value: SchemaValue, of name: String,
        into group: inout VhostGroupSettings
    ) {
        switch option {
        case "users": group.users = Self.items(value)
        case "remoteHosts": group.remoteHosts = hosts(value, of: name)
        case "sources": group.sources = names(value, option, of: name)
        case "targets": group.targets = names(value, option, of: name)
        case "sourcePattern": group.sources = patterns(value, option, of: name)
        case "targetPattern": group.targets = patterns(value, option, of: name)
        case "managementAccess": group.management = choice(value, option, of: name) ?? .all
        case "managementScope": group.managementScope = choice(value, option, of: name) ?? .mesh
        default:
            if let permission = VhostGroupSettings.Permissions.byAttribute[option] {
                guard let flag = flag(value, option, of: name) else { return }
                if flag {
                    group.allowed.insert(permission)
                } else {
                    group.allowed.remove(permission)
                }
            } else if let (path, range) = Self.numbers[option] {
                guard let number = number(value, range, option, of: name) else { return }
                path.set(number, &group)
            } else {
                problems.append(
                    Problem(
                        .warning, from: .policy, line: line,
                        "Policy vhost '\(vhost)' user group '\(name)' option '\(option)' is ignored."
                    ))
            }
        }
    }

    // MARK: Values

    /// Where a number goes.
    private struct Slot: Sendable {
        let set: @Sendable (Int, inout VhostGroupSettings) -> Void
    }

    private static let connections = 0...65_535
    private static let numbers: [String: (Slot, ClosedRange<Int>)] = [
        "maxConnectionsPerUser": (Slot { $1.maxConnectionsPerUser = $0 }, connections),
        "maxConnectionsPerHost": (Slot { $1.maxConnectionsPerHost = $0 }, connections),
        "maxMessageSize": (Slot { $1.maxMessageSize = $0 }, 0...Int.max),
        "maxFrameSize": (Slot { $1.maxFrameSize = $0 }, 0...Int(Int32.max)),
        "maxSessionWindow": (Slot { $1.maxSessionWindow = $0 }, 0...Int(Int32.max)),
        "maxSessions": (Slot { $1.maxSessions = $0 }, 0...65_535),
        "maxSenders": (Slot { $1.maxSenders = $0 }, 0...Int(Int32.max)),
        "maxReceivers": (Slot { $1.maxReceivers = $0 }, 0...Int(Int32.max)),
    ]

    /// A list, or a text with commas.
    private static func items(_ value: SchemaValue) -> [String] {
        let texts: [String]
        switch value {
        case .list(let values): texts = values.map(\.text)
        default: texts = value.text.split(separator: ",").map(String.init)
        }
        return texts.map(Trimmed.blanks).filter { !$0.isEmpty }
    }

    private mutating func flag(
        _ value: SchemaValue, _ option: String, of name: String
    ) -> Bool? {
        switch (value, value.text.lowercased()) {
        case (.boolean(let flag), _): return flag
        case (.string, "true"): return true
        case (.string, "false"): return false
        default:
            wrong(
                "Policy vhost '\(vhost)' user group '\(name)' option '\(option)' has illegal boolean "
                    + "value '\(value.text)'.", remedy: "write true or false")
            return nil
        }
    }

    private mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: SchemaValue, _ option: String, of name: String
    ) -> Choice? {
        if let choice = Choice(rawValue: value.text) { return choice }
        wrong(
            "Policy vhost '\(vhost)' user group '\(name)' option '\(option)' has illegal value "
                + "'\(value.text)'.",
            remedy: "write \(Choice.allCases.map(\.rawValue).joined(separator: " or "))")
        return nil
    }

    private mutating func number(
        _ value: SchemaValue, _ range: ClosedRange<Int>, _ option: String, of name: String
    ) -> Int? {
        let number: Int? =
            switch value {
            case .integer(let number): number
            case .string(let text): Int(Trimmed.blanks(text))
            default: nil
            }
        guard let number else {
            tell("Value '\(value.text)' does not resolve to an integer.", option, of: name)
            return nil
        }
        return check(number, range, option, of: name) ? number : nil
    }

    /// Tells if the number is outside; `name` is that of the group, nil for the vhost itself.
    @discardableResult
    mutating func check(
        _ number: Int, _ range: ClosedRange<Int>, _ option: String, of name: String?
    ) -> Bool {
        if number < range.lowerBound {
            tell("Value '\(number)' is below minimum '\(range.lowerBound)'.", option, of: name)
        } else if number > range.upperBound {
            tell("Value '\(number)' is above maximum '\(range.upperBound)'.", option, of: name)
        }
        return range.contains(number)
    }

    private mutating func tell(_ error: String, _ option: String, of name: String?) {
        let place =
            name.map { "Policy vhost '\(vhost)' user group '\($0)'" } ?? "Policy vhost '\(vhost)'"
        wrong("\(place) option '\(option)' has error '\(error)'.")
    }

    private mutating func hosts(_ value: SchemaValue, of name: String) -> [RemoteHosts] {
        var hosts: [RemoteHosts] = []
        for item in Self.items(value) {
            do throws(RemoteHosts.Unreadable) {
                hosts.append(try RemoteHosts(item))
            } catch {
                wrong(
                    "Policy vhost '\(vhost)' user group '\(name)' option 'remoteHosts' "
                        + "connectionOption '\(item)' failed to translate: \(error.reason)")
            }
        }
        return hosts
    }

    private mutating func names(
        _ value: SchemaValue, _ option: String, of name: String
    ) -> AllowedAddresses {
        .names(
            Self.items(value).compactMap { item in
                let isPrefix = item.hasSuffix("*")
                return text(isPrefix ? String(item.dropLast()) : item, item, option, of: name)
                    .map { AllowedName(text: $0, isPrefix: isPrefix) }
            })
    }

    private mutating func patterns(
        _ value: SchemaValue, _ option: String, of name: String
    ) -> AllowedAddresses {
        .patterns(
            Self.items(value).compactMap { item in
                guard let text = text(item, item, option, of: name) else { return nil }
                guard !PatternTree<Bool>.isTooLong(item) else {
                    wrong(
                        "Policy vhost '\(vhost)' user group '\(name)' policy key '\(option)' has an "
                            + "item of more than \(PatternTree<Bool>.mostTokens) tokens")
                    return nil
                }
                guard text.isAtAnEnd else {
                    wrong(
                        "Policy vhost '\(vhost)' user group '\(name)' policy key '\(option)' item "
                            + "'\(item)' may contain match pattern '\(UserText.mark)' as a prefix or a "
                            + "suffix only.")
                    return nil
                }
                return text
            })
    }

    private mutating func text(
        _ text: String, _ item: String, _ option: String, of name: String
    ) -> UserText? {
        guard let text = UserText(text) else {
            wrong(
                "Policy vhost '\(vhost)' user group '\(name)' policy key '\(option)' item '\(item)' "
                    + "contains multiple user subtitution tokens")
            return nil
        }
        return text
    }

    // MARK: Users

    /// A user is of one group. A group without users is nobody's (RS-508).
    mutating func checkUsers(of groups: [String: VhostGroupSettings]) {
        var owners: [String: String] = [:]
        for (name, group) in groups.sorted(by: { $0.key < $1.key }) {
            for user in Set(group.users).sorted() {
                if let owner = owners[user] {
                    wrong(
                        "Policy vhost '\(vhost)' user '\(user)' is in multiple user groups '\(owner)' "
                            + "and '\(name)'")
                }
                owners[user] = name
            }
        }
    }

    mutating func wrong(_ reason: String, line other: Int? = nil, remedy: String? = nil) {
        problems.append(
            Problem(
                from: .policy, line: other ?? line, "Policy '\(vhost)' is invalid: \(reason)",
                remedy: remedy))
    }
}
