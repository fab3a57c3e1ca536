internal import Configuration
internal import EventLoop
internal import Router

/// The file that the router is configured by.
struct ConfigurationFile {
    /// As it is given on the command line; nil for a router that works without one.
    let path: String?

    /// Reads and checks it.
    func read() throws(BadConfiguration) -> RouterConfiguration {
        guard let path else { return .standard }
        let text: String
        do throws(SystemError) {
            text = try FileText.read(path)
        } catch {
            throw BadConfiguration(problems: [
                Problem(
                    line: nil, "Not found: Configuration file could not be opened",
                    remedy: "\(path): \(error.reason)")
            ])
        }
        return try RouterConfiguration(text: text, path: path, surroundings: .system)
    }

    /// What to call it.
    var name: String { path ?? "The built-in configuration" }
}
