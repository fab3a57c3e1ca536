/// What is wrong with a request, gathered so that all of it can be said at once: in the order in which
/// qdrouterd looks, which says only the first.
package struct Faults {
    private var errors: [ManagementError] = []
    /// Those beyond this are only counted.
    private static let mostNamed = 10
    private var unnamed = 0

    package init() {}

    package mutating func add(_ error: ManagementError) {
        guard !errors.contains(error) else { return }
        if errors.count < Self.mostNamed { errors.append(error) } else { unnamed += 1 }
    }

    package mutating func add(_ description: String) {
        add(ManagementError(.badRequest, description))
    }

    /// Gives what `body` makes; nil if that fails, which is added.
    @discardableResult
    package mutating func gather<Result>(
        _ body: () throws(ManagementError) -> Result
    ) -> Result? {
        do throws(ManagementError) {
            return try body()
        } catch {
            add(error)
            return nil
        }
    }

    /// Throws one error for all: the first one's status, and everyone's text.
    package func check() throws(ManagementError) {
        guard let first = errors.first else { return }
        var texts = errors.map(\.description)
        if unnamed > 0 { texts.append("and \(unnamed) more") }
        throw ManagementError(first.status, texts.joined(separator: "; "))
    }
}
