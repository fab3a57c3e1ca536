internal import AMQP

extension Control {
    func takeRequest(_ message: Message) {
    }
}
