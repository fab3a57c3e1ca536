/// Stops the program, saying why, if something that cannot be false is false.
@inlinable @inline(always)
public func invariant(
    _ holds: Bool,
    _ reason: @autoclosure () -> StaticString,
    file: StaticString = #fileID,
    line: UInt = #line
) {
    if !holds { fatalError("\(reason())", file: file, line: line) }
}
