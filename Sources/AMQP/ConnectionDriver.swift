internal import Basis
public import CProton
internal import CProtonGuard

/// The engine of one connection: bytes in, events and bytes out. It does no I/O of its own.
///
/// Frees the connection with its sessions, links and deliveries when it goes. One thread at a
/// time may use it and everything reached from it.
public final class ConnectionDriver {
    @usableFromInline let engine: UnsafeMutablePointer<pn_connection_driver_t>

    /// Makes an engine for a connection that a peer opens (`server`), or that we open.
    ///
    /// Wraps `pn_connection_driver_init`.
    public init(server: Bool) {
        engine = .allocate(capacity: 1)
        engine.initialize(to: pn_connection_driver_t())
        let code = pn_connection_driver_init(engine, nil, nil)
        invariant(code == 0, "Proton could not make an engine")
        if server { pn_transport_set_server(engine.pointee.transport) }
    }

    deinit {
        pn_connection_driver_destroy(engine)
        engine.deallocate()
    }

    /// The connection's own endpoint.
    @inlinable
    public var connection: Connection { Connection(handle: engine.pointee.connection) }

    /// Framing, limits and security layers below the connection.
    @inlinable
    public var transport: Transport { Transport(handle: engine.pointee.transport) }

    /// Joins connection and transport, so that bytes make events. Wraps
    /// `pn_connection_driver_bind`.
    ///
    /// Limits and security must be set before, and the container's name too.
    public func bind() {
        _ = pn_connection_driver_bind(engine)
    }

    /// Room for what the socket has, `size` bytes if the frame limit allows; empty if the peer may
    /// not send any more.
    ///
    /// Wraps `pn_connection_driver_read_buffer_sized`, which gives nothing when a frame larger than
    /// `size` has filled the buffer, and then `pn_connection_driver_read_buffer`, which makes it
    /// larger.
    @inlinable
    public func readBuffer(size: Int) -> UnsafeMutableRawBufferPointer {
        var room = pn_connection_driver_read_buffer_sized(engine, size)
        if room.size == 0 { room = pn_connection_driver_read_buffer(engine) }
        return UnsafeMutableRawBufferPointer(start: room.start, count: room.size)
    }

    /// Takes in the first `count` bytes of the read buffer. False if the engine cannot go on: then
    /// nothing but freeing it is left. Wraps `pn_connection_driver_read_done`.
    public func readDone(_ count: Int) -> Bool { martlet_read_done(engine, count) }

    /// Says that the peer sends no more. Wraps `pn_connection_driver_read_close`.
    @inlinable
    public func readClose() { pn_connection_driver_read_close(engine) }

    /// The bytes to be written now; empty if there are none. Wraps
    /// `pn_connection_driver_write_buffer`.
    @inlinable
    public func writeBuffer() -> UnsafeRawBufferPointer {
        let bytes = pn_connection_driver_write_buffer(engine)
        return UnsafeRawBufferPointer(start: bytes.start, count: bytes.size)
    }

    /// Removes the first `count` bytes of the write buffer. Wraps
    /// `pn_connection_driver_write_done`.
    @inlinable
    public func writeDone(_ count: Int) { _ = pn_connection_driver_write_done(engine, count) }

    /// Ends both directions without a word to the peer. Wraps `pn_connection_driver_close`.
    @inlinable
    public func close() { pn_connection_driver_close(engine) }

    /// Both directions have ended and every event was taken. Wraps
    /// `pn_connection_driver_finished`.
    @inlinable
    public var isFinished: Bool { pn_connection_driver_finished(engine) }

    /// Nothing will be read any more. Wraps `pn_connection_driver_read_closed`.
    @inlinable
    public var isReadClosed: Bool { pn_connection_driver_read_closed(engine) }

    /// Nothing will be written any more. Wraps `pn_connection_driver_write_closed`.
    @inlinable
    public var isWriteClosed: Bool { pn_connection_driver_write_closed(engine) }

    /// The next thing that happened, if any. Valid until the next call. Wraps
    /// `pn_connection_driver_next_event`.
    @inlinable
    public func nextEvent() -> Event? {
        guard let event = pn_connection_driver_next_event(engine) else { return nil }
        return Event(handle: event)
    }
}
