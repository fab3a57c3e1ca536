internal import AMQP
internal import Configuration
internal import Management
internal import Schema

/// Whether an entity may be made while the router runs: what a client asks for must be what a file
/// may ask for (MG-39), and what a file asks for must fit the router that runs.
extension Control {
    /// Adds all that stands against an entity, in the order in which qdrouterd looks (MG-115).
    func judge(_ declared: EntityDeclaration, _ faults: inout Faults) {
        if isTaken(declared) {
            let identity = declared.standardName
            faults.add(
                "adding \(EntityType.longName(identity)) duplicates unique attribute 'identity' "
                    + "from existing \(identity)")
        }
        for problem in declared.faults(in: settings.mode) { faults.add(error(problem, declared)) }
        faults.gather { () throws(ManagementError) in _ = try revealed(declared) }
    }

    func check(_ declared: EntityDeclaration) throws(ManagementError) {
        var faults = Faults()
        judge(declared, &faults)
        try faults.check()
    }

    /// With its passwords in clear.
    func revealed(_ declared: EntityDeclaration) throws(ManagementError) -> EntityDeclaration {
        do throws(Problem) {
            return try declared.revealed(.system)
        } catch {
            throw ManagementError(.badRequest, error.reason)
        }
    }

    /// A vhost that is wrong in itself is an error of its making (MG-115).
    func error(_ problem: Problem, _ declared: EntityDeclaration) -> ManagementError {
        declared.type.name == Schema.vhost.name
            ? ManagementError(.internalError, "PolicyError: \(problem.reason)")
            : ManagementError(.badRequest, problem.reason)
    }

    private func isTaken(_ declared: EntityDeclaration) -> Bool {
        guard !declared.isCounted, let kind = EntityKind.named(declared.type.name),
            kind.create != nil
        else { return false }
        return RouterSnapshot(self)[keyPath: kind.rows].contains {
            $0.identity == declared.standardName
        }
    }
}
