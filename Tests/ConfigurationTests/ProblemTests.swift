import Configuration
import Testing

/// Every way to be wrong, and what is said of it: where, what, and what to do (MG-25 to MG-57).
@Suite struct `What is said of a wrong file` {
    @Test(arguments: [
        // Syntax.
        (
            "host: x",
            """
            r.conf:1: error: Attribute 'host' stands outside of any section: put it between the \
            braces of a section: NAME { … }
            """
        ),
        (
            "}",
            """
            r.conf:1: error: '}' closes nothing: take it out, or look for a section closed too \
            early
            """
        ),
        (
            "listener",
            """
            r.conf:1: error: Expecting a section, not 'listener': write NAME {, then attributes \
            as KEY: VALUE, then }
            """
        ),
        ("listener {\n port: 1", "r.conf:1: error: Section 'listener' is not closed: add a '}'"),
        (
            "listener {\n name: x }\n",
            """
            r.conf:1: error: Section 'listener' is not closed: the '}' that ends line 2 belongs \
            to the value: put it on a line of its own
            """
        ),
        (
            "listener {\n port: 1\nrouter {\n}",
            """
            r.conf:1: error: Section 'listener' is not closed: close it with a '}' before line 3
            """
        ),
        ("listener {\n port = 1\n}", "r.conf:2: error: Expecting ':' after 'port': write port: 1"),
        ("listener {\n port\n}", "r.conf:2: error: Expecting ':' after 'port': write port: VALUE"),
        (
            "listener {\n port:\n}",
            """
            r.conf:2: error: Attribute 'port' has no value: write port: VALUE, or take the line \
            out
            """
        ),
        (
            "listener {\n ???\n}",
            """
            r.conf:2: error: Expecting an attribute, not '???': write KEY: VALUE
            """
        ),
        (
            "listener {\n name: a\"b\n}",
            """
            r.conf:2: error: A '"' within the value of 'name': write the value without quotes, \
            or put all of it in quotes
            """
        ),
        (
            "listener {\n name: \"a\" b\n}",
            """
            r.conf:2: error: Text follows a value in quotes: put all of the value in quotes, or \
            none of it
            """
        ),
        // Types and attributes.
        (
            "foo {\n}",
            """
            r.conf:1: error: No such entity type 'org.apache.qpid.dispatch.foo': sections are \
            address, authServicePlugin, autoLink, binding, connector, console, exchange, \
            linkRoute, listener, log, policy, router, sslProfile, vhost
            """
        ),
        (
            "listner {\n}",
            """
            r.conf:1: error: No such entity type 'org.apache.qpid.dispatch.listner': did you \
            mean 'listener'?
            """
        ),
        (
            "waypoint {\n}",
            """
            r.conf:1: error: No such entity type 'org.apache.qpid.dispatch.waypoint': use \
            'address' with 'waypoint: yes', and two 'autoLink' sections
            """
        ),
        (
            "connection {\n}",
            """
            r.conf:1: error: Can't find implementation 'ConnectionEntity' for \
            'org.apache.qpid.dispatch.connection': 'connection' shows the state of a running \
            router and cannot be configured
            """
        ),
        (
            "listener {\n prot: 1\n}",
            """
            r.conf:2: error: org.apache.qpid.dispatch.listener: Unknown attribute 'prot' for \
            'org.apache.qpid.dispatch.listener': did you mean 'port'?
            """
        ),
        (
            "listener {\n max-frameSize: 1\n}",
            """
            r.conf:2: error: org.apache.qpid.dispatch.listener: Unknown attribute \
            'maxFramesize' for 'org.apache.qpid.dispatch.listener': did you mean 'maxFrameSize'?
            """
        ),
        (
            "listener {\n type: x\n}",
            """
            r.conf:2: error: 'type' attribute cannot be specified for \
            'org.apache.qpid.dispatch.listener': take the line out
            """
        ),
        (
            "listener {\n identity: x\n}",
            """
            r.conf:2: error: 'identity' attribute cannot be specified for \
            'org.apache.qpid.dispatch.listener': take the line out
            """
        ),
        (
            "router {\n linkCount: 1\n}",
            """
            r.conf:2: warning: 'linkCount' of 'router' is reported, not configured: take the \
            line out: it has no effect
            """
        ),
        (
            "log {\n enable: info\n}",
            """
            r.conf:1: error: org.apache.qpid.dispatch.log: Missing required attribute 'module': 'log' needs module: ROUTER or \
            ROUTER_CORE or ROUTER_HELLO or ROUTER_LS or ROUTER_MA or MESSAGE or SERVER or AGENT \
            or AUTHSERVICE or CONTAINER or ERROR or POLICY or HTTP or CONN_MGR or PYTHON or \
            PROTOCOL or DEFAULT
            """
        ),
        // Values.
        (
            "listener {\n cost: 1.5\n}",
            """
            r.conf:2: error: org.apache.qpid.dispatch.listener: invalid literal for int() with base 10: '1.5': 'cost' takes a \
            whole number
            """
        ),
        (
            "listener {\n http: maybe\n}",
            """
            r.conf:2: error: org.apache.qpid.dispatch.listener: Invalid Boolean value ''maybe'': 'http' takes yes or no
            """
        ),
        (
            "router {\n mode: foo\n}",
            """
            r.conf:2: error: org.apache.qpid.dispatch.router: Invalid value for enum['standalone', 'interior', 'edge']: 'foo': \
            'mode' takes one of these
            """
        ),
        (
            "router {\n mode: Interior\n}",
            """
            r.conf:2: error: org.apache.qpid.dispatch.router: Invalid value for enum['standalone', 'interior', 'edge']: \
            'Interior': did you mean interior for 'mode'?
            """
        ),
        (
            "listener {\n openProperties: x\n}",
            """
            r.conf:2: error: org.apache.qpid.dispatch.listener: Properties must be a map: write openProperties: { "KEY": VALUE, … }
            """
        ),
        (
            "listener {\n openProperties: {\"ä\": 1}\n}",
            """
            r.conf:2: error: org.apache.qpid.dispatch.listener: Property keys must be ASCII encoded: rename 'ä'
            """
        ),
        (
            "vhost {\n hostname: h\n groups: x\n}",
            """
            r.conf:3: error: org.apache.qpid.dispatch.vhost: 'groups' must be a map: write groups: { "KEY": VALUE, … }
            """
        ),
        (
            "listener {\n host: { a: 1 }\n}",
            """
            r.conf:2: error: org.apache.qpid.dispatch.listener: 'host' must be a text: write host: VALUE
            """
        ),
        (
            "listener {\n port: 70000\n}",
            """
            r.conf:2: error: Invalid port '70000': 'port' takes a number up to 65535 or the \
            name of a service
            """
        ),
        (
            "log {\n module: DEFAULT\n enable: loud\n}",
            """
            r.conf:3: error: Configuration: 'loud' is not a valid log level. Should be \
            one of {none, trace, debug, info, notice, warning, error, critical}.: add '+' for \
            the level and all above it, as in info+
            """
        ),
        // Names.
        (
            "listener {\n}\nlistener {\n}",
            """
            r.conf:3: error: adding listener/:amqp duplicates unique attribute 'name' from \
            existing listener/:amqp: give it a 'name' other than that of line 1
            """
        ),
        (
            "listener {\n name: x\n}\naddress {\n name: x\n prefix: p\n}",
            """
            r.conf:4: error: adding address/0 duplicates unique attribute 'name' from existing \
            listener/:amqp:x: give it a 'name' other than that of line 1
            """
        ),
        (
            "router {\n id: A\n}\nlistener {\n name: router/A\n}",
            """
            r.conf:4: error: adding listener/:amqp:router/A duplicates unique attribute 'name' \
            from existing router/A: give it a 'name' other than that of line 1
            """
        ),
        (
            "router {\n}\nrouter {\n}",
            """
            r.conf:3: error: Adding org.apache.qpid.dispatch.router singleton when \
            org.apache.qpid.dispatch.router already exists: join it with the section of line 1
            """
        ),
        ("sslProfile {\n}", "r.conf:1: error: 'sslProfile' has no name: write name: NAME"),
        // The router.
        (
            "router {\n id: A B\n}",
            """
            r.conf:2: error: Router id attribute containing character ' ' in id 'A B' is \
            disallowed.: use letters, digits and signs, without blanks
            """
        ),
        (
            "router {\n workerThreads: 0\n}",
            """
            r.conf:2: error: 'workerThreads' cannot be 0: take one for each core, or leave it \
            out
            """
        ),
        // Roles.
        (
            "listener {\n role: inter-router\n}",
            """
            r.conf:2: error: role='standalone' not allowed to connect to or accept connections \
            from other routers.: write 'mode: interior' in the router section, or take this \
            section out
            """
        ),
        (
            "router {\n mode: interior\n}\nlistener {\n role: inter-router\n openProperties: {\"a\": 1}\n}",
            """
            r.conf:6: error: openProperties not allowed for role inter-router
            """
        ),
        (
            "listener {\n openProperties: {\"qd.x\": 1}\n}",
            """
            r.conf:2: error: Reserved key 'qd.x' not allowed in openProperties: the router sets \
            it: take it out
            """
        ),
        (
            "vhost {\n hostname: h\n allowUnknownUser: yes\n}",
            """
            r.conf:3: error: Policy 'h' is invalid: Policy vhost 'h' allows connections by \
            default but default settings are not defined: add a group named $default
            """
        ),
        (
            "listener {\n failoverUrls: amqp://:5\n}",
            """
            r.conf:2: error: Value: No network host \
            in failover item: write [amqp://]HOST[:PORT], parted by commas
            """
        ),
        // MG-54
        (
            "console {\n proxy: x\n home: y\n}",
            """
            r.conf:1: warning: Console entity is deprecated: Use http:yes on listener entity \
            instead
            """
        ),
    ])
    func `is where it is, what it is, and what to do`(text: String, problem: String) {
        #expect(Reading.problems(text) == [problem])
    }

    @Test func `comes all at once, in the order of the file`() {
        let problems = Reading.problems(
            """
            router {
                mode: interor
            }
            listener {
                http: 7
                sslProfile: p
            }
            adress {
            """)
        #expect(problems.count == 5)
        let lines = problems.map { $0.split(separator: ":")[1] }
        #expect(lines == ["2", "5", "6", "8", "8"])
    }

    @Test func `names router ids that are too long`() {
        let id = String(repeating: "x", count: 128)
        #expect(
            Reading.problems("router {\n id: \(id)\n}") == [
                "r.conf:2: error: Router ID \"\(id)\" exceeds the maximum allowed length "
                    + "(127 characters)"
            ])
        #expect(Reading.problems("router {\n id: \(id.dropLast())\n}").isEmpty)
    }

    @Test func `has the words that scripts look for`() {
        do throws(BadConfiguration) {
            _ = try RouterConfiguration(text: "foo {\n}", path: "/etc/r.conf")
            Issue.record("accepted")
        } catch {
            #expect(
                error.problems.first?.failure(path: "/etc/r.conf").hasPrefix(
                    "Python: Exception: Cannot load configuration file /etc/r.conf: "
                        + "No such entity type 'org.apache.qpid.dispatch.foo'") == true)
        }
        do throws(BadConfiguration) {
            _ = try RouterConfiguration(
                text: "listener {\n openProperties: {\"port\": 1}\n}", path: "r.conf")
            Issue.record("accepted")
        } catch {
            #expect(
                error.problems.first?.failure(path: "r.conf").hasPrefix(
                    "Python: ValidationError: Reserved key 'port'") == true)
        }
    }
}
