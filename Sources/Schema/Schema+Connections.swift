/// How connections come about: listeners, connectors, and what secures them.
extension Schema {
    package static let sslProfile = EntityType(
        "sslProfile", extends: configurationEntity,
        operations: ["CREATE", "DELETE", "UPDATE"],
        summary: """
            A named bundle of TLS files and settings that listeners and connectors refer \
            to.
            """,
        attributes: [
            .init(
                "ciphers", .create,
                """
                Allowed ciphers in OpenSSL list syntax. Names that begin with TLS_ are suites of \
                TLS 1.3.
                """),
            .init(
                "protocols", .create,
                "Allowed TLS versions, separated by spaces; unset leaves it to the system."),
            .init(
                "caCertFile", kind: .path, alias: "certDb", .create,
                """
                PEM file, or directory, of trusted certificate authorities. No others are \
                trusted, the system's neither.
                """),
            .init(
                "crlFile", kind: .path, .create,
                """
                PEM file of revocation lists, one for each authority: certificates that they \
                name are refused, and those of an authority without one.
                """),
            .init(
                "certFile", kind: .path, .create,
                """
                PEM certificate this end presents, with those between it and its authority; or \
                the URI of a store of OpenSSL's.
                """),
            .init(
                "privateKeyFile", kind: .path, alias: "keyFile", .create,
                """
                PEM private key of that certificate, or the URI of a store of OpenSSL's, such as \
                pkcs11:object=key. Without it certFile has both.
                """),
            .init(
                "passwordFile", kind: .path, [.create, .deprecated],
                "Obsolete: file holding the key's passphrase; ignored if password is given."),
            .init(
                "password", [.create, .hidden],
                "Passphrase of the key: plain, or with prefix pass:, literal:, env: or file:."),
            .init(
                "uidFormat", .create,
                """
                Letters naming the certificate fields (c s l o u n) or fingerprints (1 2 5) \
                that are joined by ";" to form the user id.
                """),
            .init(
                "uidNameMappingFile", alias: "displayNameFile", .create,
                "File that maps such user ids to display names."),
            .init(
                "ordinal", kind: .integer, standard: "0", [.create, .update],
                """
                Number of the present certificates: raising it reads the files again, and new \
                connections bear it. A connector to another router makes a new connection beside \
                the one it has, which takes its place.
                """),
            .init(
                "oldestValidOrdinal", kind: .integer, standard: "0", [.create, .update],
                """
                Connections with a lower ordinal are closed; one to another router when another \
                one has taken its place, within 10 seconds.
                """),
            .count("generation", "How often the files have been read with success."),
            .init("certificateSubject", [], "Whom this end's certificate names."),
            .init("certificateExpires", [], "When this end's certificate ends."),
            .init("fault", [], "Why the files cannot be used as they are now."),
        ])

    package static let authServicePlugin = EntityType(
        "authServicePlugin", extends: configurationEntity, operations: ["CREATE", "DELETE"],
        summary: "Experimental: a remote service to which SASL authentication is delegated.",
        attributes: [
            .init(
                "authService", [.create, .deprecated],
                "Obsolete: host:port of the authentication service."),
            .init("host", standard: "", .create, "Host of the authentication service."),
            .init("port", standard: "amqp", .create, "Port of the authentication service."),
            .init(
                "realm", alias: "saslInitHostname", .create,
                "Hostname to announce in the sasl-init frame."),
            .init(
                "sslProfile", alias: "authSslProfile", .create,
                "Profile used for TLS to the service."),
        ])

    package static let listener = EntityType(
        "listener", extends: configurationEntity, operations: ["CREATE", "DELETE"],
        summary: "A socket on which the router accepts connections.",
        attributes: [
            .init(
                "host", standard: "", .create,
                "Address or name to bind; empty binds all local addresses."),
            .init(
                "port", standard: "amqp", .create,
                "Port number or service name; 0 lets the system choose."),
            .init(
                "socketAddressFamily", kind: .enumeration, tags: ["IPv4", "IPv6"],
                alias: "protocolFamily", .create,
                "Restricts the address family; unset follows the address."),
            .role,
            .cost,
            .sslProfile,
            .init("saslMechanisms", .create, "Accepted SASL mechanisms, separated by spaces."),
            .init(
                "authenticatePeer", kind: .boolean, standard: "false", .create,
                "Refuse peers that have not authenticated."),
            .init(
                "saslPlugin", .create,
                "Name of the authServicePlugin that answers for logins, in place of the SASL library."
            ),
            .init(
                "requireEncryption", kind: .boolean, standard: "false", .create,
                "Refuse connections that are not encrypted."),
            .init(
                "requireSsl", kind: .boolean, standard: "false", .create,
                "Refuse connections that do not use TLS."),
            .init(
                "trustedCertsFile", kind: .path, alias: "trustedCerts", .create,
                """
                PEM file of authorities: clients' certificates must lead to one of them, beside \
                one of the profile's caCertFile.
                """),
            .maxFrameSize,
            .maxSessions,
            .maxSessionFrames,
            .idleTimeoutSeconds,
            .webSocketPingSeconds,
            .init(
                "initialHandshakeTimeoutSeconds", kind: .integer, standard: "10", .create,
                """
                Seconds within which the peer must send Open, or the head of an HTTP request; \
                zero for no limit.
                """),
            .stripAnnotations,
            .linkCapacity,
            .init(
                "multiTenant", kind: .boolean, standard: "false", .create,
                "Prefix addresses with the peer's vhost (the hostname in its Open)."),
            .init(
                "failoverUrls", alias: "failoverList", .create,
                "Comma-separated alternatives announced to connecting clients."),
            .init(
                "healthz", kind: .boolean, standard: "true", .create,
                "Serve /healthz, /livez, /readyz and /startupz (HTTP listeners)."),
            .init(
                "metrics", kind: .boolean, standard: "true", .create,
                "Serve /metrics (HTTP listeners)."),
            .init(
                "metricsOldNames", kind: .boolean, standard: "true", .create,
                "Tell on /metrics what qdrouterd told too, under its names (qdr_…)."),
            .init(
                "websockets", kind: .boolean, standard: "true", .create,
                "Accept AMQP over WebSocket (HTTP listeners)."),
            .init(
                "http", kind: .boolean, standard: "false", .create,
                "Speak HTTP and WebSocket instead of plain AMQP."),
            .init(
                "httpRootDir", kind: .path, alias: "httpRoot", .create,
                "Directory of static files to serve."),
            .init(
                "httpOrigins", .create,
                """
                Comma-separated origins of pages whose scripts may open a WebSocket here, as in \
                https://console.example:8443, beside pages of the same host; * for all.
                """),
            .init(
                "httpMaxConnections", kind: .integer, standard: "256", .create,
                "HTTP connections at once, WebSockets left out (at most 65535)."),
            .init(
                "httpMaxConnectionsPerHost", kind: .integer, .create,
                "How many of them one host may have; a quarter if unset."),
            .init(
                "httpMaxHeadBytes", kind: .integer, standard: "16384", .create,
                "Largest head of a request; its target may be half of it (1024 to 65536)."),
            .init(
                "httpMaxHeadFields", kind: .integer, standard: "100", .create,
                "Most fields in a request's head (8 to 1000)."),
            .init(
                "httpMaxBodyBytes", kind: .integer, standard: "65536", .create,
                "Largest body of a request, which nothing here reads (at most 1048576)."),
            .init(
                "httpIdleTimeoutSeconds", kind: .integer, standard: "5", .create,
                "Seconds until the next request on the same HTTP connection."),
            .messageLoggingComponents,
            .init(
                "policyVhost", .create,
                """
                Vhost whose policy applies to all connections of this listener, whatever \
                hostname the peer sends.
                """),
            .openProperties,
        ])

    package static let connector = EntityType(
        "connector", extends: configurationEntity, operations: ["CREATE", "DELETE"],
        summary: "A connection the router keeps trying to make to somewhere else.",
        attributes: [
            .init("host", standard: "127.0.0.1", .create, "Address or name to connect to."),
            .init(
                "port", standard: "amqp", .create,
                "Where to connect: a number, or a name from the services database."),
            .init(
                "protocolFamily", kind: .enumeration, tags: ["IPv4", "IPv6"], .create,
                "Restricts the address family; unset follows the address."),
            .role,
            .cost,
            .sslProfile,
            .init("saslMechanisms", .create, "SASL mechanisms to offer, separated by spaces."),
            .init(
                "connectTimeoutSeconds", kind: .integer, standard: "10", .create,
                "Seconds within which the peer must take the connection; zero for no limit."),
            .init(
                "allowRedirect", kind: .boolean, standard: "true", .create,
                "Follow the peer when it points elsewhere."),
            .maxFrameSize,
            .maxSessions,
            .maxSessionFrames,
            .idleTimeoutSeconds,
            .webSocketPingSeconds,
            .stripAnnotations,
            .linkCapacity,
            .init(
                "verifyHostname", kind: .boolean, standard: "true", alias: "verifyHostName",
                .create,
                "Check that the peer's certificate names the host connected to."),
            .init(
                "webSocket", kind: .boolean, standard: "false", .create,
                """
                Speak AMQP over WebSocket, in clear or with sslProfile under TLS: for a site \
                where only HTTP gets out.
                """),
            .init(
                "httpPath", standard: "/", .create,
                "Path at which the server is asked for the WebSocket."),
            .init(
                "httpProxy", .create,
                "HOST:PORT of an HTTP proxy through which to connect, with or without WebSocket."),
            .init("httpProxyUser", .create, "User name for the proxy."),
            .init(
                "httpProxyPassword", [.create, .hidden],
                "Password for the proxy: plain, or with prefix pass:, env: or file:."),
            .init(
                "required", kind: .boolean, standard: "false", .create,
                "Without this connection the router is not ready (/readyz)."),
            .init("saslUsername", .create, "User name to authenticate with."),
            .init(
                "saslPassword", [.create, .hidden],
                "Password: plain, or with prefix pass:, env: or file:."),
            .messageLoggingComponents,
            .init(
                "failoverUrls", alias: "failoverList", [],
                "Read-only: the configured URL followed by any alternatives the peer announced."),
            .init("connectionStatus", [], "Read-only: CONNECTING, SUCCESS or FAILED."),
            .init("connectionMsg", [], "Read-only: last connection event in words."),
            .init(
                "policyVhost", .create,
                "Vhost whose $connector group settings apply to this connection."),
            .openProperties,
        ])
}
