/// A point on the monotonic clock, or on a test's virtual one. Only differences mean anything.
public struct Instant: Hashable, Comparable, Sendable {
    public let nanoseconds: UInt64

    @inlinable
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    @inlinable
    public init(milliseconds: UInt64) { nanoseconds = milliseconds &* 1_000_000 }

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The last instant, which does not come.
    @inlinable
    public static var never: Instant { Instant(nanoseconds: .max) }

    /// An instant too far to be counted is `never`.
    @inlinable
    public static func + (instant: Instant, span: Milliseconds) -> Instant {
        let (length, isTooLong) = span.count.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isTooFar) = instant.nanoseconds.addingReportingOverflow(length)
        return isTooLong || isTooFar ? .never : Instant(nanoseconds: sum)
    }

    /// The whole milliseconds from `earlier` to this instant; none if it is not later.
    @inlinable
    public func since(_ earlier: Instant) -> Milliseconds {
        earlier < self
            ? Milliseconds((nanoseconds &- earlier.nanoseconds) / 1_000_000) : Milliseconds(0)
    }
}

/// A span of time.
public struct Milliseconds: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral {
    public let count: UInt64

    @inlinable
    public init(_ count: UInt64) { self.count = count }

    @inlinable
    public init(integerLiteral count: UInt64) { self.count = count }

    /// A span too long to be counted is the longest that can be.
    @inlinable
    public static func seconds(_ count: UInt64) -> Milliseconds {
        let (product, isTooLong) = count.multipliedReportingOverflow(by: 1_000)
        return Milliseconds(isTooLong ? .max : product)
    }

    @inlinable
    public static func < (left: Milliseconds, right: Milliseconds) -> Bool {
        left.count < right.count
    }
}
