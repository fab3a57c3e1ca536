internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging

/// What ends the router, or has it read its file again.
extension Control {
    func take(_ signal: Signals.Signal) {
        switch signal {
        case .hangUp:
            guard phase == .running else { return }
            tellReloading()
            reload()
            tellReady()
        case .terminate, .quit, .interrupt:
            guard phase == .running, endSignal == nil else {
                log.write(.server, .notice, "Second signal: ending at once")
                phase = .ended
                return
            }
            endSignal = signal
            end(within: settings.shutdownDrainSeconds)
        }
    }

    func shutDown() {
        phase = .ending
        log.write(.server, .notice, "Shut Down")
        tellStopping()
        for token in listeners.keys { closeListener(token) }
        // Before the connectors: their peers too are told that the router goes down.
        for worker in workers { worker.mailbox.post(.shutDown) }
        for token in connectors.keys { stopConnector(token) }
    }

    func workerEnded() {
        endedWorkers += 1
        if endedWorkers == workers.count { phase = .ended }
    }
}
