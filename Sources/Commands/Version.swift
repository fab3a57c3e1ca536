internal import Basis

/// The version as each name of the program says it.
enum Version {
    /// Scripts expect the bare version of the router from the old names (MG-240).
    static func line(of program: String) -> String {
        program.hasPrefix("martlet")
            ? "martlet \(RouterVersion.martlet)\n" : "\(RouterVersion.text)\n"
    }
}
