/// Why an operation of management did not succeed: what goes into the response (MG-85).
package struct ManagementError: Error, Hashable, Sendable {
    package enum Status: Int32, Sendable {
        case badRequest = 400
        case forbidden = 403
        case notFound = 404
        case internalError = 500
        case notImplemented = 501

        /// The description when there is nothing more to say.
        package var text: String {
            switch self {
            case .badRequest: "Bad Request"
            case .forbidden: "Forbidden"
            case .notFound: "Not Found"
            case .internalError: "Internal Server Error"
            case .notImplemented: "Not Implemented"
            }
        }
    }

    package let status: Status
    package let description: String

    package init(_ status: Status, _ description: String? = nil) {
        self.status = status
        self.description = description ?? status.text
    }
}
