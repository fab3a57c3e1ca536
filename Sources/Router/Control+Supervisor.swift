internal import Addressing
internal import Basis
internal import EventLoop

/// What systemd is told: that the start is over, that the router goes down, and as long as all threads
/// are alive, that they are.
extension Control {
    func tellReady() {
        supervisor?.tell("READY=1", "STATUS=\(workers.count) workers serve router \(identity.id)")
    }

    func tellReloading() {
        supervisor?.tell("RELOADING=1", "MONOTONIC_USEC=\(Clock.now.nanoseconds / 1_000)")
    }

    func tellStopping() { supervisor?.tell("STOPPING=1", "STATUS=The router goes down") }

    /// Half of the supervisor's patience after the last time: a router that is busy is no dead one.
    func watchdogTimerFired() {
        guard let patience = supervisor?.patience else { return }
        timers.add(Self.watchdogToken, due: now + Milliseconds(max(1, patience.count / 2)))
        startLivenessRound()
        liveness?.isForSupervisor = true
    }
}
