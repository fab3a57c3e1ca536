package import Configuration
internal import EventLoop

extension Surroundings {
    /// The process's environment, and the machine's files.
    package static let system = Surroundings(
        variable: Environment.variable,
        file: { path in
            do throws(SystemError) {
                return .success(try FileText.read(path))
            } catch {
                return .failure(Unreadable(reason: error.reason))
            }
        },
        directory: { path in
            do throws(SystemError) {
                return .success(try FileText.names(in: path))
            } catch {
                return .failure(Unreadable(reason: error.reason))
            }
        })
}
