internal import AMQP
internal import Configuration
internal import Logging
internal import Management
internal import Schema

/// Entities that are kept and shown, of which listeners and connectors make use.
extension Control {
    func createKept(_ wanted: WantedEntity) -> Entity { keep(wanted.declared).entity() }

    func loadKept(_ declared: EntityDeclaration) { keep(declared) }

    @discardableResult
    private func keep(_ declared: EntityDeclaration) -> ConfiguredEntity {
        let new = ConfiguredEntity(declared)
        kept.append(new)
        switch declared.type.name {
        case Schema.sslProfile.name:
            define(declared)
            log.write(.connectionManager, .info, "Created SSL Profile with name \(new.name) ")
        case Schema.authServicePlugin.name:
            authServices[declared.fullName] = AuthServiceSettings(declared)
            log.write(
                .connectionManager, .info, "Created SASL plugin config with name \(new.name)")
        default: break
        }
        return new
    }

    /// UPDATE of a profile: the numbers of its certificates.
    func updateProfile(
        _ entity: Entity, _ attributes: ValueMap, _: Requester
    ) throws(ManagementError) -> Entity {
        guard let place = kept.firstIndex(where: { $0.identity == entity.identity }) else {
            return entity
        }
        kept[place].change(attributes)
        let changed = kept[place]
        number(
            changed.name, changed.attributes.number("ordinal") ?? 0,
            oldestValid: changed.attributes.number("oldestValidOrdinal") ?? 0)
        return changed.entity()
    }

    func deleteKept(_ entity: Entity) { drop(entity.identity) }

    func unloadKept(_ declared: EntityDeclaration) { drop(declared.standardName) }

    private func drop(_ identity: String) {
        for gone in kept where gone.identity == identity {
            switch gone.type {
            case Schema.sslProfile.name: profileSettings[gone.name] = nil
            case Schema.authServicePlugin.name: authServices[gone.name] = nil
            default: break
            }
        }
        kept.removeAll { $0.identity == identity }
    }

    /// The file says otherwise of a profile: new connections go by it.
    func replaceProfile(_ declared: EntityDeclaration) {
        unloadKept(declared)
        loadKept(declared)
        chooseProfilesAnew()
    }
}
