internal import AMQP
internal import Basis
internal import Client
internal import EventLoop

/// A router's management node, and the questions one may ask it (MG-81 to MG-86).
final class ManagementNode {
    private let client: Client
    private let place: String
    /// The router meant, if not the one connected to.
    private var distant: String?
    private var requester: Requester

    /// Connects as the options say, to the node they name (MG-242).
    init(_ arguments: Arguments, loop: ClientLoop = ClientLoop()) throws {
        let url = try arguments.busURL()
        var options = try arguments.clientOptions()
        options.properties = [(OpenProperty.management, true)]
        place = options.peer
        let address =
            url.address ?? arguments[.router].map(Self.address(ofRouter:))
            ?? arguments[.edgeRouter].map { "_edge/\($0)/$management" } ?? "$management"
        distant = url.address == nil ? arguments[.router] ?? arguments[.edgeRouter] : nil
        do throws(ClientError) {
            client = try Client(options, loop: loop)
        } catch {
            throw Failure(error, at: place)
        }
        do throws(ClientError) {
            requester = try Requester(client, to: address)
        } catch {
            client.abandon()
            throw Failure(error, at: place, router: distant)
        }
    }

    static func address(ofRouter router: String) -> String { "_topo/0/\(router)/$management" }

    /// Asks another router from now on.
    func turn(toRouter router: String) throws(Failure) {
        distant = router
        do throws(ClientError) {
            requester = try Requester(client, to: Self.address(ofRouter: router))
        } catch {
            throw Failure(error, at: place, router: distant)
        }
    }

    func close() { client.close() }

    // MARK: Requests

    /// Calls an operation; gives the body of the answer if its status is `status`.
    func call(
        _ operation: String, _ properties: ValueMap = ValueMap(), body: Value = .map(ValueMap()),
        expecting status: Int64 = 200
    ) throws(Failure) -> Value {
        var properties = properties
        properties["operation"] = .string(operation)
        let request = Message(applicationProperties: properties, body: .value(body))
        let reply: Message
        do throws(ClientError) {
            reply = try requester.ask(request)
        } catch {
            throw Failure(error, at: place, router: distant)
        }
        try Self.check(reply, expecting: status)
        guard case .value(let value) = reply.body else { return .null }
        return value
    }

    /// An operation of the management node itself.
    func callSelf(
        _ operation: String, entityType: String? = nil, _ more: ValueMap = ValueMap(),
        body: Value = .map(ValueMap())
    ) throws(Failure) -> Value {
        var properties: ValueMap = ["name": "self", "type": "org.amqp.management"]
        if let entityType { properties["entityType"] = .string(entityType) }
        for pair in more { properties.pairs.append(pair) }
        return try call(operation, properties, body: body)
    }

    /// The nodes of all routers known, each `amqp:/_topo/0/ROUTER/$management` (MG-123).
    func managementNodes() throws(Failure) -> [String] {
        (try callSelf("GET-MGMT-NODES").list ?? []).compactMap(\.text)
    }

    /// A larger page than this may be more than one message can carry (MG-103).
    private static let pageMax = 500

    /// Entities of a type, page by page; all attributes if none are named, all entities if the
    /// limit is zero.
    func query(
        _ type: String?, attributes: [String] = [], limit: Int = 0
    ) throws(Failure) -> [Entity] {
        var names: [String] = []
        var rows: [[Value]] = []
        var wanted = limit > 0 ? min(limit, Self.pageMax) : Self.pageMax
        var offset = 0
        while true {
            let body = try callSelf(
                "QUERY", entityType: type,
                ["offset": .long(Int64(offset)), "count": .long(Int64(wanted))],
                body: ["attributeNames": .list(attributes.map { .string($0) })])
            let page = body.map?["results"]?.list ?? []
            if names.isEmpty {
                names = (body.map?["attributeNames"]?.list ?? []).map { $0.text ?? "" }
            }
            rows += page.map { $0.list ?? [] }
            guard page.count == wanted, limit == 0 || rows.count < limit else { break }
            offset += wanted
            if limit > 0 { wanted = min(wanted, limit - rows.count) }
        }
        return rows.map { Entity(names: names, values: $0) }
    }

    private static func check(_ reply: Message, expecting status: Int64) throws(Failure) {
        let code = reply.applicationProperties?["statusCode"]?.integer ?? 0
        guard code != status else { return }
        let text = reply.applicationProperties?["statusDescription"]?.text ?? "None"
        if 200..<300 ~= code {
            throw Failure("ValueError", "Response was \(code) but expected \(status): \(text)")
        }
        let kind: String =
            switch code {
            case 400: "BadRequestStatus"
            case 401: "UnauthorizedStatus"
            case 403: "ForbiddenStatus"
            case 404: "NotFoundStatus"
            case 500: "InternalServerErrorStatus"
            case 501: "NotImplementedStatus"
            default: "ManagementError"
            }
        throw Failure(kind, text)
    }
}

/// One row of a query's answer.
struct Entity {
    /// Each attribute once, in the order of the answer.
    let attributes: ValueMap

    init(_ attributes: ValueMap) { self.attributes = attributes }

    init(names: [String], values: [Value]) {
        attributes = ValueMap(zip(names.map { Value.string($0) }, values)).uniqued
    }

    /// The attribute's value, null if it has none.
    subscript(_ name: String) -> Value { attributes[name] ?? .null }

    func has(_ name: String) -> Bool { attributes[name] != nil }

    /// Without the nulls.
    var cleaned: ValueMap {
        var cleaned = attributes
        cleaned.pairs.removeAll { $0.value.isNull }
        return cleaned
    }
}
