import EventLoop
import Foundation
import TLS
import Testing

@Suite struct `A profile` {
    private func fault(_ settings: TLSSettings) -> TLSFault? {
        do throws(TLSFault) {
            _ = try TLSProfile(settings)
            return nil
        } catch {
            return error
        }
    }

    @Test func `says which file is not there`() throws {
        var settings = TLSSettings.server()
        settings.certificateFile = "/nowhere/cert.pem"
        let found = try #require(fault(settings))
        #expect(found.attribute == "certFile")
        #expect(
            found.description == "certFile '/nowhere/cert.pem' cannot be read: "
                + "No such file or directory: write the path of a file that is there")
        settings = .server()
        settings.keyFile = "/nowhere/key.pem"
        #expect(fault(settings)?.attribute == "privateKeyFile")
        settings = .server()
        settings.trustFile = "/nowhere/ca.pem"
        #expect(fault(settings)?.attribute == "caCertFile")
        settings = .server()
        settings.revocationFile = "/nowhere/crl.pem"
        #expect(fault(settings)?.attribute == "crlFile")
    }

    @Test func `says that a file holds something else`() throws {
        var settings = TLSSettings.server()
        settings.certificateFile = Authority.server.key
        #expect(fault(settings)?.reason.hasSuffix("holds no certificate") == true)
        settings = .server()
        settings.keyFile = Authority.main.file
        #expect(fault(settings)?.reason.hasSuffix("holds no private key") == true)
        settings.keyFile = Authority.other.key
        #expect(
            fault(settings)?.reason.contains("is not that of the certificate 'CN=localhost'")
                == true)
    }

    @Test func `opens a key with its password only`() throws {
        let path = Authority.main.path("sealed.key")
        Authority.main.openssl([
            "pkey", "-in", Authority.server.key, "-aes256", "-passout", "pass:s3cret", "-out", path,
        ])
        var settings = TLSSettings.server()
        settings.keyFile = path
        #expect(fault(settings)?.reason.contains("is encrypted, and no password is given") == true)
        settings.password = "wrong"
        #expect(fault(settings)?.reason.contains("the password does not open the key") == true)
        #expect(fault(settings)?.description.contains("wrong") == false)
        settings.password = "s3cret"
        #expect(fault(settings) == nil)
    }

    @Test func `takes certificate and key from one file`() throws {
        let both =
            try String(contentsOfFile: Authority.server.key, encoding: .utf8)
            + String(contentsOfFile: Authority.server.certificate, encoding: .utf8)
        var settings = TLSSettings.server()
        settings.certificateFile = Authority.main.write("both.pem", both)
        settings.keyFile = nil
        #expect(fault(settings) == nil)
    }

    @Test func `takes a key by the URI of a store`() throws {
        var settings = TLSSettings.server()
        settings.keyFile = "file:" + Authority.server.key
        #expect(fault(settings) == nil)
        settings.keyFile = "pkcs11:object=none"
        #expect(fault(settings)?.reason.contains("cannot be opened as a store") == true)
    }

    @Test(arguments: ["SSLv3", "TLSv1.2 TLSv9", "", " "])
    func `says that a version is none`(text: String) {
        var settings = TLSSettings.server()
        settings.protocols = text
        #expect(fault(settings)?.attribute == "protocols")
    }

    @Test func `says that no cipher is known`() {
        var settings = TLSSettings.server()
        settings.ciphers = "NO-SUCH-CIPHER"
        #expect(fault(settings)?.attribute == "ciphers")
        settings.ciphers = "TLS_NO_SUCH_SUITE"
        #expect(fault(settings)?.attribute == "ciphers")
    }

    @Test func `tells of dates and of a missing name`() throws {
        // The certificates are made when they are first asked for: later than this line.
        let now = Clock.unixSeconds + 3_600
        let old = try TLSProfile(.server(Authority.oldServer)).findings(at: now)
        #expect(old.first?.reason.contains("expired on 2021-01-01") == true)
        let early = try TLSProfile(.server(Authority.earlyServer)).findings(at: now)
        #expect(early.first?.reason.contains("is not valid before 2090-01-01") == true)
        let nameless = try TLSProfile(.server(Authority.alice)).findings(at: now)
        #expect(nameless.first?.reason.contains("no subject alternative name") == true)
        #expect(try TLSProfile(.server()).findings(at: now).isEmpty)
    }

    @Test func `is no listener's without a certificate, nor a connector's without trust`() {
        let empty = TLSSettings(name: "p")
        #expect(empty.faultOfListener(demandsCertificate: false)?.attribute == "certFile")
        #expect(empty.faultOfConnector?.attribute == "caCertFile")
        let server = TLSSettings.server(trust: nil)
        #expect(server.faultOfListener(demandsCertificate: false) == nil)
        #expect(server.faultOfListener(demandsCertificate: true)?.attribute == "caCertFile")
    }
}
