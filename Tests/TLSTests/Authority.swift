import Foundation

/// Certificates for tests, made with the `openssl` command in a directory of their own.
final class Authority: Sendable {
    let directory: String
    /// The file that trusts this authority.
    var file: String { path("ca.pem") }
    let name: String
    /// Tests run side by side, and the command keeps one list of what it has issued.
    private let isIssuing = NSLock()

    /// Made once for all tests; EC keys, which are quick to make.
    static let main = Authority("Test CA")
    static let stranger = Authority("Stranger CA")

    init(_ name: String) {
        self.name = name
        signal(SIGPIPE, SIG_IGN)
        Self.cleaning
        directory = Self.home() + "/" + UUID().uuidString
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        write("index.txt", "")
        write("serial", "1000\n")
        write("crlnumber", "1000\n")
        write(
            "ca.cnf",
            """
            [ca]
            default_ca = here
            [here]
            database = \(path("index.txt"))
            serial = \(path("serial"))
            crlnumber = \(path("crlnumber"))
            new_certs_dir = \(directory)
            default_md = sha256
            policy = any
            copy_extensions = copy
            unique_subject = no
            preserve = yes
            [any]
            countryName = optional
            stateOrProvinceName = optional
            localityName = optional
            organizationName = optional
            organizationalUnitName = optional
            commonName = optional
            [req]
            distinguished_name = dn
            [dn]

            """)
        openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", path("ca.key"), "-out", path("ca.pem"), "-days", "30", "-subj",
            "/CN=\(name)",
        ])
    }

    /// The directory of this process's authorities, which goes with it.
    private static func home() -> String { NSTemporaryDirectory() + "martlet-tls-\(getpid())" }

    private static let cleaning: Void = {
        atexit { try? FileManager.default.removeItem(atPath: Authority.home()) }
    }()

    func path(_ name: String) -> String { directory + "/" + name }

    @discardableResult
    func write(_ name: String, _ text: String) -> String {
        try? text.write(toFile: path(name), atomically: true, encoding: .utf8)
        return path(name)
    }

    /// A certificate and its key; `from` and `to` as OpenSSL writes dates.
    struct Issued {
        let certificate: String
        let key: String
    }

    func issue(
        _ name: String, subject: String, names: String? = nil, from: String? = nil,
        to: String? = nil
    ) -> Issued {
        isIssuing.lock()
        defer { isIssuing.unlock() }
        let issued = Issued(certificate: path("\(name).pem"), key: path("\(name).key"))
        openssl(
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", issued.key, "-out", path("\(name).csr"), "-subj", subject,
            ] + (names.map { ["-addext", "subjectAltName=\($0)"] } ?? []))
        openssl(
            [
                "ca", "-batch", "-notext", "-config", path("ca.cnf"), "-cert", file, "-keyfile",
                path("ca.key"), "-in", path("\(name).csr"), "-out", issued.certificate,
            ] + (from.map { ["-startdate", $0] } ?? [])
                + (to.map { ["-enddate", $0] } ?? ["-days", "20"]))
        return issued
    }

    /// Takes a certificate back; gives the file of the list that says so.
    func revoke(_ issued: Issued) -> String {
        isIssuing.lock()
        defer { isIssuing.unlock() }
        let here = ["-config", path("ca.cnf"), "-cert", file, "-keyfile", path("ca.key")]
        openssl(["ca"] + here + ["-revoke", issued.certificate])
        openssl(["ca"] + here + ["-gencrl", "-crldays", "5", "-out", path("crl.pem")])
        return path("crl.pem")
    }

    @discardableResult
    func openssl(_ arguments: [String]) -> Bool { Command(arguments).run() == 0 }

    // MARK: Issued once

    static let server = main.issue(
        "server", subject: "/CN=localhost", names: "DNS:localhost,IP:127.0.0.1")
    static let other = main.issue(
        "other", subject: "/CN=other.example", names: "DNS:other.example")
    static let alice = main.issue(
        "alice", subject: "/C=US/ST=NC/L=Raleigh/O=Acme/OU=Dev/CN=alice")
    static let oldServer = main.issue(
        "old", subject: "/CN=localhost", names: "DNS:localhost", from: "20200101000000Z",
        to: "20210101000000Z")
    static let earlyServer = main.issue(
        "early", subject: "/CN=localhost", names: "DNS:localhost", from: "20900101000000Z",
        to: "20910101000000Z")
    static let strange = stranger.issue("strange", subject: "/CN=mallory")
}

/// The `openssl` command.
struct Command {
    let process = Process()
    let output = Pipe()
    let input = Pipe()

    init(_ arguments: [String]) {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        process.standardInput = input
    }

    func start() { try? process.run() }

    func run() -> Int32 {
        start()
        _ = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
