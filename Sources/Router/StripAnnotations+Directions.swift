internal import Configuration

extension StripAnnotations {
    var stripsIncoming: Bool { self == .in || self == .both }
    var stripsOutgoing: Bool { self == .out || self == .both }
}
