import EventLoop
import TLS
import Testing

@Suite struct `A handshake` {
    @Test func `agrees on version and cipher, and tells who the peer is`() throws {
        let pair = try Pair(
            client: TLSDialling(.client(Authority.alice)),
            server: TLSService(.server(), demandsCertificate: true))
        #expect(pair.carry([1, 2, 3]) == [1, 2, 3])
        let facts = try #require(pair.far.facts)
        #expect(facts.version == "TLSv1.3")
        #expect(facts.cipher == "TLS_AES_256_GCM_SHA384")
        #expect(facts.bits == 256)
        #expect(facts.serverName == "localhost")
        #expect(facts.user == "CN=alice,OU=Dev,O=Acme,L=Raleigh,ST=NC,C=US")
        #expect(facts.peer?.issuer == "CN=Test CA")
        #expect(pair.near.facts?.peer?.names == ["DNS:localhost", "IP Address:127.0.0.1"])
    }

    @Test(arguments: [
        ("cou", "US;Acme;Dev"), ("n", "alice"),
        ("nxo", "CN=alice,OU=Dev,O=Acme,L=Raleigh,ST=NC,C=US"),
        ("slo", "NC;Raleigh;Acme"),
    ])
    func `makes the user of the fields that uidFormat names`(
        format: String, user: String
    ) throws {
        var settings = TLSSettings.server()
        settings.userFormat = UserFormat(format)
        let pair = try Pair(
            client: TLSDialling(.client(Authority.alice)),
            server: TLSService(settings, demandsCertificate: true))
        pair.shakeHands()
        #expect(pair.far.facts?.user == user)
    }

    @Test func `gives users the names that they are mapped to`() throws {
        var settings = TLSSettings.server()
        settings.userFormat = UserFormat("n")
        settings.userNames = ["alice": "the tester"]
        let pair = try Pair(
            client: TLSDialling(.client(Authority.alice)),
            server: TLSService(settings, demandsCertificate: true))
        pair.shakeHands()
        #expect(pair.far.facts?.user == "the tester")
    }

    @Test func `shows a fingerprint in small letters`() throws {
        var settings = TLSSettings.server()
        settings.userFormat = UserFormat("2")
        let pair = try Pair(
            client: TLSDialling(.client(Authority.alice)),
            server: TLSService(settings, demandsCertificate: true))
        pair.shakeHands()
        let user = try #require(pair.far.facts?.user)
        #expect(user.count == 64)
        #expect(user.allSatisfy { "0123456789abcdef".contains($0) })
    }

    @Test func `refuses a server of an authority that the profile does not trust`() throws {
        let pair = try Pair(
            client: TLSDialling(.client(trust: .stranger)), server: TLSService(.server()))
        pair.shakeHands()
        let words = Pair.words(pair.near)
        #expect(words.hasPrefix("certificate verify failed: the peer's certificate 'CN=localhost'"))
        #expect(words.contains("leads to 'CN=Test CA', which caCertFile"))
        pair.shakeHands()
        #expect(Pair.words(pair.far).contains("refused our certificate 'CN=localhost'"))
    }

    /// The system's authorities are in no profile that does not name them.
    @Test func `trusts nobody where no authority is named`() throws {
        let pair = try Pair(
            client: TLSDialling(.client(trust: nil)), server: TLSService(.server()))
        pair.shakeHands()
        #expect(Pair.words(pair.near).contains("sslProfile 'client' has no caCertFile"))
    }

    @Test func `refuses a server of another name, and says both`() throws {
        let pair = try Pair(
            client: TLSDialling(.client(), host: "router.example"), server: TLSService(.server()))
        pair.shakeHands()
        #expect(
            Pair.words(pair.near)
                == "certificate verify failed: the peer's certificate 'CN=localhost' "
                + "(DNS:localhost, IP Address:127.0.0.1) is not for 'router.example', "
                + "the host that was connected to")
    }

    @Test func `takes a server of another name where names are not checked`() throws {
        let pair = try Pair(
            client: TLSDialling(.client(), host: "router.example", ignoresName: true),
            server: TLSService(.server()))
        #expect(pair.carry([7]) == [7])
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `finds an address or a name in the certificate`(host: String) throws {
        let pair = try Pair(
            client: TLSDialling(.client(), host: host), server: TLSService(.server()))
        #expect(pair.carry([7]) == [7])
        #expect(pair.far.facts?.serverName == (host == "localhost" ? "localhost" : nil))
    }

    @Test func `refuses certificates out of their time, and gives the date`() throws {
        let old = try Pair(
            client: TLSDialling(.client()), server: TLSService(.server(Authority.oldServer)))
        old.shakeHands()
        #expect(Pair.words(old.near).contains("expired on 2021-01-01 00:00:00 UTC"))
        let early = try Pair(
            client: TLSDialling(.client()), server: TLSService(.server(Authority.earlyServer)))
        early.shakeHands()
        #expect(Pair.words(early.near).contains("is not valid before 2090-01-01 00:00:00 UTC"))
    }

    @Test func `demands a certificate of a client, and tells both ends why it ended`() throws {
        let pair = try Pair(
            client: TLSDialling(.client()),
            server: TLSService(.server(), demandsCertificate: true))
        _ = pair.carry([1])
        #expect(Pair.words(pair.far) == "the peer sent no certificate, and one is demanded")
        for _ in 0..<1_000 where pair.nearEnd == nil { _ = pair.receive(at: pair.near) }
        #expect(
            Pair.words(pair.near)
                == "the peer demands a certificate: sslProfile 'client' has no certFile")
    }

    @Test func `refuses a client of a stranger's`() throws {
        let pair = try Pair(
            client: TLSDialling(.client(Authority.strange)),
            server: TLSService(.server(), demandsCertificate: true))
        _ = pair.carry([1])
        #expect(Pair.words(pair.far).contains("'CN=mallory' is signed by 'CN=Stranger CA'"))
        #expect(pair.far.facts == nil)
    }

    @Test func `takes only clients that lead to an authority of trustedCertsFile`() throws {
        var settings = TLSSettings.server()
        settings.clientTrustFile = Authority.stranger.file
        let pair = try Pair(
            client: TLSDialling(.client(Authority.alice)),
            server: TLSService(settings, demandsCertificate: true))
        _ = pair.carry([1])
        #expect(
            Pair.words(pair.far).contains("leads to none of the authorities in trustedCertsFile"))
        settings.clientTrustFile = Authority.main.file
        let right = try Pair(
            client: TLSDialling(.client(Authority.alice)),
            server: TLSService(settings, demandsCertificate: true))
        #expect(right.carry([1]) == [1])
    }

    @Test func `refuses a certificate that was taken back`() throws {
        let authority = Authority("Revoking CA")
        let good = authority.issue("good", subject: "/CN=good")
        let bad = authority.issue("bad", subject: "/CN=bad")
        var settings = TLSSettings.server(trust: authority)
        settings.revocationFile = authority.revoke(bad)
        let service = try TLSService(settings, demandsCertificate: true)
        let pair = try Pair(client: TLSDialling(.client(good)), server: service)
        #expect(pair.carry([1]) == [1])
        let revoked = try Pair(client: TLSDialling(.client(bad)), server: service)
        _ = revoked.carry([1])
        #expect(Pair.words(revoked.far).contains("'CN=bad' was revoked by 'CN=Revoking CA'"))
    }

    @Test func `speaks only the versions that the profile names`() throws {
        var server = TLSSettings.server()
        server.protocols = "TLSv1.2"
        let pair = try Pair(client: TLSDialling(.client()), server: TLSService(server))
        #expect(pair.carry([1]) == [1])
        #expect(pair.far.facts?.version == "TLSv1.2")
        var client = TLSSettings.client()
        client.protocols = "TLSv1.3"
        let apart = try Pair(client: TLSDialling(client), server: TLSService(server))
        apart.shakeHands()
        #expect(
            Pair.words(apart.far)
                == "no version of TLS in common with the peer: sslProfile 'server' allows TLSv1.2")
        #expect(Pair.words(apart.near).contains("sslProfile 'client' allows TLSv1.3"))
    }

    @Test func `uses the ciphers and the suites that the profile names`() throws {
        var server = TLSSettings.server()
        server.ciphers = "TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"
        let new = try Pair(client: TLSDialling(.client()), server: TLSService(server))
        new.shakeHands()
        #expect(new.near.facts?.cipher == "TLS_CHACHA20_POLY1305_SHA256")
        server.protocols = "TLSv1.2"
        let old = try Pair(client: TLSDialling(.client()), server: TLSService(server))
        old.shakeHands()
        #expect(old.near.facts?.cipher == "ECDHE-ECDSA-AES128-GCM-SHA256")
        var client = TLSSettings.client()
        client.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"
        client.protocols = "TLSv1.2"
        let apart = try Pair(client: TLSDialling(client), server: TLSService(server))
        apart.shakeHands()
        #expect(Pair.words(apart.far).hasPrefix("no cipher in common with the peer"))
    }

    @Test func `shows the certificate for the host that the client asks for`() throws {
        let service = try TLSService(.server(), .server(Authority.other))
        let named = try Pair(
            client: TLSDialling(.client(), host: "other.example"), server: service)
        #expect(named.carry([1]) == [1])
        let first = try Pair(client: TLSDialling(.client()), server: service)
        #expect(first.carry([1]) == [1])
    }

    @Test func `goes on with an earlier session, the client's name with it`() throws {
        let service = try TLSService(.server(), demandsCertificate: true)
        let dialling = try TLSDialling(.client(Authority.alice), tickets: TLSTickets())
        for isResumed in [false, true, true] {
            let pair = try Pair(client: dialling, server: service)
            #expect(pair.carry([1]) == [1])
            // The ticket comes with the first bytes from the server.
            #expect(pair.carry([2], backwards: true) == [2])
            #expect(pair.far.facts?.isResumed == isResumed)
            #expect(pair.far.facts?.user?.hasPrefix("CN=alice") == true)
        }
    }

    /// A session made without a certificate must not open a listener that demands one.
    @Test func `does not carry a session over to where a certificate is demanded`() throws {
        let profile = try TLSProfile(.server())
        let tickets = TLSTickets()
        let client = try TLSDialling(.client(), tickets: tickets)
        let open = try Pair(
            client: client,
            server: TLSService(profiles: [profile], demandsCertificate: false, requiresTLS: false))
        #expect(open.carry([1]) == [1])
        #expect(open.carry([2], backwards: true) == [2])
        let closed = try Pair(
            client: client,
            server: TLSService(profiles: [profile], demandsCertificate: true, requiresTLS: false))
        _ = closed.carry([1])
        #expect(closed.far.facts == nil)
        #expect(Pair.words(closed.far) == "the peer sent no certificate, and one is demanded")
    }
}
