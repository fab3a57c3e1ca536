internal import Configuration
internal import EventLoop
internal import Logging
internal import Topology

/// The life of the router that begins with its start, and those that it has to begin later.
extension Control {
    /// The time, if no former life is known that is later.
    func firstInstance() -> Instance {
        let time = Instance(platform.startedAt) ?? 1
        guard let file = lifeFile else { return time }
        var former: Instance?
        do throws(LifeFile.Unreadable) {
            former = try file.read()
        } catch {
            log.write(
                .router, .error,
                "stateFile \(file.path) cannot be read, or is not the router's: it should have one "
                    + "line, 'instance' and a number. It is written anew")
        }
        let instance = former.map { $0 < time ? time : $0.following() } ?? time
        keep(instance)
        return instance
    }

    func keep(_ instance: Instance) {
        guard let file = lifeFile else { return }
        do throws(SystemError) {
            try file.write(instance)
        } catch {
            log.write(
                .router, .error,
                "stateFile \(file.path) cannot be written (\(error)): without it, a router whose "
                    + "clock is set back may not be reached for some seconds after its start")
        }
    }

    private var lifeFile: LifeFile? { settings.stateFile.map { LifeFile(path: $0) } }
}
