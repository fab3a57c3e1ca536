internal import AMQP
internal import Basis
internal import EventLoop

/// What control and the other workers say.
extension Worker {
    func handle(_ letter: WorkerLetter) {
        switch letter {
        case .adopt(let newcomer, let id, let plan, let counters):
            adopt(newcomer, id, plan, counters)
        case .admitted(let ticket, let grant): admitted(ticket, grant)
        case .turnedAway(let ticket, let error): turnedAway(ticket, error)
        case .close(let id, let error, let awaitsAnswer):
            if let connection = connection(of: id) {
                beginClose(connection, error, awaitsAnswer: awaitsAnswer)
            }
        case .cut(let id):
            if let connection = connection(of: id) { cut(connection) }
        case .loginAnswered(let ticket, let said): loginAnswered(ticket, said)
        case .serviceAnswered(let ticket, let said): serviceAnswered(ticket, said)
        case .traceFrames(let id, let isOn): traceFrames(of: id, isOn)
        case .ping(let round): post(.isAlive(worker: handle.number, round: round))
        case .drain: drainAll()
        case .shutDown: shutDown()
        case .attached(let ticket, let direction, let attachment):
            attached(ticket, direction, attachment)
        case .refused(let ticket, let direction, let error): refused(ticket, direction, error)
        case .detachKnown(let ticket): answerDetach(ticket)
        case .attachAutoLink(let ticket, let order): attachAutoLink(ticket, order)
        case .detachAutoLink(let ticket, let number): detachAutoLink(ticket, number)
        case .passOn(let wanted): passOn(wanted)
        case .routed(let end, let word): hear(word, end)
        case .routeOpened(let description): openRoute(description)
        case .routeClosed(let id): closeRoute(id)
        case .outletAdded(let id, let description): addOutlet(id, description)
        case .outletRemoved(let id, let place): removeOutlet(id, place)
        case .exchangeChanged(let id, let exchange): changeExchange(id, exchange)
        case .remotesChanged(let id, let remotes): changeRemotes(id, remotes)
        case .resolved(let key, let id): resolved(key, id)
        case .routerChanged(let index, let description): changeRouter(index, description)
        case .originsChanged(let origins):
            self.origins = origins
            meshChanged()
        case .radiusChanged(let radius): self.radius = radius
        case .attachUplinkLink(let link): attach(link)
        case .detachUplinkLink(let id, let number): detachUplinkLink(id, number)
        case .controlMessage(let ticket, let chunk, let isUrgent):
            sendControl(ticket, chunk, priority: isUrgent ? 9 : 4)
        case .controlMessageTaken(let ticket, let octets): controlTaken(ticket, octets)
        case .originate(let route, let chunk): originate(route, chunk)
        case .send(let ticket, let chunk): originate(chunk, on: ticket)
        case .parcel(let parcel): take(parcel)
        case .more(let origin, let chunk, let isLast, let isAborted):
            takeMore(origin, chunk, isLast: isLast, isAborted: isAborted)
        case .resolvedCopy(let group, let outcome, let isSettled):
            parcelResolved(group, outcome, isSettled: isSettled)
        case .left(let group, let worker, let bytes, let isWhole):
            parcelLeft(group, from: worker, bytes: bytes, isWhole: isWhole)
        case .senderChanged(let origin, let outcome, let isSettled):
            parcelSenderChanged(origin, outcome, isSettled: isSettled)
        }
    }

    /// Nil if it has gone meanwhile.
    func connection(of id: ConnectionID) -> PeerConnection? {
        connections.tickets.first { connections[$0].id == id }.map { connections[$0] }
    }
}
