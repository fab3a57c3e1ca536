/// The options of the router's program (MG-226 to MG-229); its manual page is made from them, too.
package enum DaemonOptions {
    package static let all = [
        Option("c", "config", argument: "PATH", help: "Read the configuration from this file"),
        Option(nil, "check", help: "Check the configuration of -c or FILE, then exit"),
        Option("d", "daemon", help: "Run in the background"),
        Option("P", "pidfile", argument: "PATH", help: "With -d: write the process ID there"),
        Option("U", "user", argument: "NAME", help: "With -d: run as this user"),
        Option("I", "include", argument: "PATH", help: "For old scripts; without effect"),
        Option("T", "test-hooks", help: "For tests: look for stuck messages sooner"),
        Option("v", "version", help: "Print the version, then exit"),
        Option("h", "help", help: "Print this help, then exit"),
    ]
}
