internal import CLinux
internal import Glibc

/// Streams over IP: names to addresses, listening, connecting.
public enum Socket {
    /// Where a socket is, as numbers.
    public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
        public let host: String
        public let port: String
        public var description: String { "\(host):\(port)" }

        public init(host: String, port: String) {
            self.host = host
            self.port = port
        }
    }

    /// Listens on every address of `host` and `port`, at least one; an empty host means every
    /// address of the machine, port 0 one of the kernel's choice, the same everywhere. Names and
    /// numbers are both right. What the machine has not, IPv6 perhaps, is passed over; an address
    /// that another listens on is an error, whatever the others are.
    public static func listen(host: String, port: String) throws(SystemError) -> [Descriptor] {
        let addresses = try resolve(host: host, port: port, passive: true)
        var failure = SystemError(.resolve, code: ENOENT)
        for _ in 0..<(port == "0" ? triesForPort : 1) {
            do throws(SystemError) {
                return try listen(at: addresses)
            } catch {
                failure = error
                guard error.isAddressInUse else { break }
            }
        }
        throw failure
    }

    /// How often the kernel is asked for a port that is free at every address.
    private static let triesForPort = 16

    /// Starts to connect; the socket becomes writable when that has succeeded or failed.
    public static func connect(host: String, port: String) throws(SystemError) -> Descriptor {
        var failure = SystemError(.resolve, code: ENOENT)
        for address in try resolve(host: host, port: port, passive: false) {
            do throws(SystemError) { return try connect(to: address) } catch { failure = error }
        }
        throw failure
    }

    /// Why a connect that was started has failed, or nil if it has succeeded.
    public static func connectFailure(_ socket: Descriptor) -> SystemError? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket.number, SOL_SOCKET, SO_ERROR, &code, &length)
        return code == 0 ? nil : SystemError(.connect, code: code)
    }

    /// What an accept came to.
    public enum Accepted: Sendable {
        case connection(Descriptor, peer: Endpoint)
        case none
        case failed(SystemError)
    }

    /// Takes one waiting connection. Wraps `accept4`.
    public static func accept(_ listener: Descriptor) -> Accepted {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = withUnsafeMutableBytes(of: &address) { bytes in
            accept4(
                listener.number, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length,
                Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
        }
        guard number >= 0 else {
            return switch errno {
            case EAGAIN, EINTR, ECONNABORTED: .none
            default: .failed(SystemError(.accept))
            }
        }
        let socket = Descriptor(number: number)
        sendWithoutDelay(socket)
        return .connection(socket, peer: endpoint(of: address, length: length))
    }

    /// The address that a socket is bound to.
    public static func local(_ socket: Descriptor) -> Endpoint {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutableBytes(of: &address) { bytes in
            getsockname(
                socket.number, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return endpoint(of: address, length: length)
    }

    // MARK: One address

    fileprivate struct Address: Hashable {
        let family: Int32
        var bytes: [UInt8]

        /// In the order of the network. It stands in one place in the addresses of IPv4 and IPv6.
        var port: ArraySlice<UInt8> {
            get { bytes[2..<4] }
            set { bytes.replaceSubrange(2..<4, with: newValue) }
        }
    }

    private static func listen(at addresses: [Address]) throws(SystemError) -> [Descriptor] {
        var sockets: [Descriptor] = []
        var port: ArraySlice<UInt8>?
        var failure = SystemError(.resolve, code: ENOENT)
        for var address in addresses {
            if let port { address.port = port }
            do throws(SystemError) {
                let socket = try listen(at: address)
                sockets.append(socket)
                port = port ?? localPort(socket, address)
            } catch {
                failure = error
                guard error.isAddressInUse else { continue }
                for socket in sockets { socket.close() }
                throw error
            }
        }
        guard !sockets.isEmpty else { throw failure }
        return sockets
    }

    private static func localPort(
        _ socket: Descriptor, _ address: Address
    ) -> ArraySlice<UInt8> {
        var bound = address
        var length = socklen_t(bound.bytes.count)
        _ = bound.bytes.withUnsafeMutableBytes { bytes in
            getsockname(
                socket.number, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return bound.port
    }

    private static func listen(at address: Address) throws(SystemError) -> Descriptor {
        let socket = try open(address.family)
        var one: Int32 = 1
        setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        // So that IPv4 has its own socket beside it.
        if address.family == AF_INET6 {
            setsockopt(socket.number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &one, 4)
        }
        guard address.with({ bind(socket.number, $0, $1) }) == 0 else {
            let error = SystemError(.bind)
            socket.close()
            throw error
        }
        guard Glibc.listen(socket.number, 1_024) == 0 else {
            let error = SystemError(.listen)
            socket.close()
            throw error
        }
        return socket
    }

    private static func connect(to address: Address) throws(SystemError) -> Descriptor {
        let socket = try open(address.family)
        sendWithoutDelay(socket)
        let code = address.with { Glibc.connect(socket.number, $0, $1) }
        guard code == 0 || errno == EINPROGRESS else {
            let error = SystemError(.connect)
            socket.close()
            throw error
        }
        return socket
    }

    private static func open(_ family: Int32) throws(SystemError) -> Descriptor {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(family, kind, 0)
        guard number >= 0 else { throw SystemError(.socket) }
        return Descriptor(number: number)
    }

    private static func sendWithoutDelay(_ socket: Descriptor) {
        var one: Int32 = 1
        setsockopt(socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    /// Takes no more than `bytes` that the kernel has not sent yet, so that what is written later
    /// need not wait behind much. Wraps `setsockopt(TCP_NOTSENT_LOWAT)`.
    public static func limitUnsent(_ socket: Descriptor, bytes: Int) {
        var limit = UInt32(clamping: bytes)
        setsockopt(socket.number, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &limit, 4)
    }

    // MARK: Names

    /// The addresses of a host, as numbers.
    public static func addresses(of host: String) throws(SystemError) -> [String] {
        var found: [String] = []
        for address in try resolve(host: host, port: "0", passive: false) {
            let text = address.bytes.withUnsafeBytes { bytes in
                var storage = sockaddr_storage()
                withUnsafeMutableBytes(of: &storage) {
                    $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix($0.count)))
                }
                return endpoint(of: storage, length: socklen_t(bytes.count)).host
            }
            if !found.contains(text) { found.append(text) }
        }
        return found
    }

    private static func resolve(
        host: String, port: String, passive: Bool
    ) throws(SystemError) -> [Address] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = passive ? AI_PASSIVE : 0
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host.isEmpty ? nil : host, number(of: port), &hints, &list)
        guard code == 0 else {
            throw SystemError(.resolve, code: code, text: String(cString: gai_strerror(code)))
        }
        defer { freeaddrinfo(list) }
        var addresses: [Address] = []
        var next = list
        while let info = next?.pointee {
            let bytes = UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen))
            let address = Address(family: info.ai_family, bytes: Array(bytes))
            if !addresses.contains(address) { addresses.append(address) }
            next = info.ai_next
        }
        return addresses
    }

    /// AMQP's own service names, which the system's database may lack (MG-53).
    private static func number(of port: String) -> String {
        switch port {
        case "amqp": "5672"
        case "amqps": "5671"
        default: port
        }
    }

    private static func endpoint(of address: sockaddr_storage, length: socklen_t) -> Endpoint {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        withUnsafeBytes(of: address) { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            _ = getnameinfo(
                start, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                NI_NUMERICHOST | NI_NUMERICSERV)
        }
        return Endpoint(host: text(host), port: text(port))
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

extension Socket.Address {
    fileprivate func with<Result>(
        _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { raw in
            body(raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
    }
}
