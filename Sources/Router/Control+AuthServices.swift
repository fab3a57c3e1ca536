internal import Configuration
internal import Forwarding
internal import Basis
internal import RemoteSASL
internal import TLS

/// Services that answer for logins (RS-338, RS-536 to RS-540).
extension Control {
    /// How the service of that name is asked. One that cannot be answers for nobody.
    func access(toService name: String) -> AuthServiceAccess {
        let settings = authServices[name]
        let place = AuthService.Place(
            name: name, host: settings?.host ?? "", port: settings?.port ?? "",
            realm: settings?.realm, product: RouterVersion.product, version: RouterVersion.text)
        return AuthServiceAccess(theAuthService, at: place, transport(to: settings))
    }

    private func transport(to settings: AuthServiceSettings?) -> AuthService.Transport {
        guard let settings else {
            return .unusable("there is no such 'authServicePlugin', or it names no host")
        }
        guard let profile = settings.sslProfile else { return .clear }
        do throws(TLSFault) {
            return .secure(try dialling(profile, host: settings.host))
        } catch {
            return .unusable(error.description)
        }
    }

    private var theAuthService: AuthService {
        if let startedAuthService { return startedAuthService }
        let new = AuthService()
        startedAuthService = new
        return new
    }
}
