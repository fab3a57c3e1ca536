internal import CProton

/// The SASL layer of one connection (AMQP 5.3), answered from outside: what the peer says is taken
/// from it, and what is to be said is put in whenever that is known. The engine frames it.
///
/// `ANONYMOUS` and `EXTERNAL` of a client are answered at once: nothing is to be looked up for them.
/// One that is relayed knows nothing itself: somebody else says what a client is offered, and answers
/// for all mechanisms. To be kept as long as the transport lives.
public final class SASLLayer {
    /// What the peer has said, and waits for an answer to.
    public enum Heard: Hashable, Sendable {
        /// A client waits for the mechanisms that it is offered; of a layer that is relayed.
        case began
        /// A client begins with a mechanism that it was offered.
        case initiated(mechanism: String, initial: [UInt8]?)
        /// A client answers a challenge.
        case response([UInt8])
        /// A server offers mechanisms, as far as we allow them.
        case mechanisms([String])
        /// A server challenges us.
        case challenge([UInt8])
    }

    /// What a server offers; to be set before a client's first bytes are taken in.
    public var offered: [String] = []
    /// To be set before a client's first bytes are taken in.
    public var isRelayed = false
    /// What a server has decided; nil until then.
    public private(set) var decision: Decision?
    public enum Decision: Sendable { case accepted, denied, undecided }
    /// The user that a client's certificate names, for `EXTERNAL`.
    public var identity: String?
    /// Whether a server that lets us in has proved what its mechanism asks of it, with the data of its
    /// outcome; nil if nothing is asked.
    public var isServerProved: (([UInt8]) -> Bool)?

    private let transport: OpaquePointer
    private var heard: Heard?
    /// The peer waits for us.
    private(set) var owesAnswer = false
    private var hasBegun = false
    private var isOver = false
    /// What the engine has pointers to.
    private var texts: [UnsafeMutablePointer<CChar>] = []

    /// More than this the engine has no room for.
    static let mostOffered = 31

    /// Takes the place of the engine's own.
    public init(_ transport: Transport) {
        self.transport = transport.handle
        SASLImplementation.install(self, transport.handle)
    }

    deinit { for text in texts { text.deallocate() } }

    /// What the peer has said since this was last asked.
    public func takeHeard() -> Heard? {
        defer { heard = nil }
        return heard
    }

    /// The peer has spoken, and the connection waits for our answer: it can say nothing more yet.
    public var isWaiting: Bool { owesAnswer && !isOver }

    // MARK: A server's answers

    /// Offers mechanisms to a client that waits for them.
    public func offer(_ mechanisms: [String]) {
        guard answers() else { return }
        offered = mechanisms
        pnx_sasl_set_desired_state(transport, SASL_POSTED_MECHANISMS)
    }

    /// Asks the client for more.
    public func challenge(_ bytes: [UInt8]) { say(bytes, SASL_POSTED_CHALLENGE) }

    /// The client is who he says.
    public func accept(user: String) {
        guard answers() else { return }
        isOver = true
        pnx_sasl_set_succeeded(transport, keep(user), nil)
        post(SASL_POSTED_OUTCOME, nil)
    }

    /// The client is not; or, if `isBusy`, that is not known now.
    public func deny(isBusy: Bool = false) {
        guard answers() else { return }
        isOver = true
        pnx_sasl_set_failed(transport)
        if isBusy { pn_sasl_done(pn_sasl(transport), PN_SASL_TEMP) }
        post(SASL_POSTED_OUTCOME, nil)
    }

    // MARK: A client's answers

    /// The host name that we ask for with the mechanism; none without it.
    public func setHostname(_ name: String) {
        pnx_sasl_set_local_hostname(transport, keep(name))
    }

    /// Begins with a mechanism of the server's.
    public func initiate(_ mechanism: String, initial: [UInt8]?) {
        guard answers() else { return }
        pnx_sasl_set_selected_mechanism(transport, mechanism)
        post(SASL_POSTED_INIT, initial)
    }

    /// Answers the server's challenge.
    public func respond(_ bytes: [UInt8]) { say(bytes, SASL_POSTED_RESPONSE) }

    /// Nothing that we have is good for the server.
    public func giveUp() {
        guard answers() else { return }
        isOver = true
        pn_sasl_done(pn_sasl(transport), PN_SASL_PERM)
        post(SASL_RECVED_FAILURE, nil)
    }

    // MARK: To the engine

    /// Nothing is said that was not asked for: the answer may come when all is over.
    private func answers() -> Bool {
        defer { owesAnswer = false }
        return owesAnswer && !isOver
    }

    private func say(_ bytes: [UInt8], _ state: pnx_sasl_state) {
        guard answers() else { return }
        post(state, bytes)
    }

    /// An empty message is not the same as none.
    private func post(_ state: pnx_sasl_state, _ bytes: [UInt8]?) {
        if let bytes {
            let text = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
            for (index, byte) in bytes.enumerated() { text[index] = CChar(bitPattern: byte) }
            text[bytes.count] = 0
            texts.append(text)
            pnx_sasl_set_bytes_out(transport, pn_bytes(bytes.count, text))
        } else {
            pnx_sasl_set_bytes_out(transport, pn_bytes(0, nil))
        }
        pnx_sasl_set_desired_state(transport, state)
    }

    private func keep(_ text: String) -> UnsafeMutablePointer<CChar> {
        let kept = Array(text.utf8CString)
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: kept.count)
        copy.initialize(from: kept, count: kept.count)
        texts.append(copy)
        return copy
    }

    // MARK: From the engine

    var offeredText: UnsafePointer<CChar> {
        UnsafePointer(keep(offered.prefix(Self.mostOffered).joined(separator: " ")))
    }

    /// False if the mechanisms cannot be said yet. The engine asks again and again.
    func clientBegan() -> Bool {
        guard isRelayed else { return true }
        guard !hasBegun else { return false }
        hasBegun = true
        owesAnswer = true
        heard = .began
        return false
    }

    func clientInitiated(_ mechanism: String, _ initial: [UInt8]?) {
        owesAnswer = true
        guard offered.contains(mechanism) else { return deny() }
        switch mechanism {
        case _ where isRelayed: heard = .initiated(mechanism: mechanism, initial: initial)
        case "ANONYMOUS": accept(user: "anonymous")
        case "EXTERNAL":
            if let identity { accept(user: identity) } else { deny() }
        default: heard = .initiated(mechanism: mechanism, initial: initial)
        }
    }

    func clientResponded(_ bytes: [UInt8]) {
        // A client that does not wait for our answer will not get one.
        guard !owesAnswer else { return deny() }
        owesAnswer = true
        heard = .response(bytes)
    }

    func serverOffers(_ mechanisms: [String]) {
        owesAnswer = true
        heard = .mechanisms(mechanisms)
    }

    func serverChallenges(_ bytes: [UInt8]) {
        guard !owesAnswer else { return giveUp() }
        owesAnswer = true
        heard = .challenge(bytes)
    }

    func serverDecides(_ data: [UInt8]) {
        switch pn_sasl_outcome(pn_sasl(transport)) {
        case PN_SASL_OK: decision = .accepted
        case PN_SASL_AUTH: decision = .denied
        default: decision = .undecided
        }
        guard decision == .accepted, let isServerProved, !isServerProved(data) else { return }
        decision = .denied
        pnx_sasl_set_failed(transport)
    }
}
