package import AMQP
package import Schema

extension EntityType {
    /// The attributes with the schema's defaults for those that are not given (MG-30, MG-116).
    package func completed(_ given: ValueMap) -> ValueMap {
        var all: ValueMap = [:]
        for attribute in attributes {
            if let value = given.present(attribute.name)
                ?? attribute.standardValue.map(Value.init)
            {
                all[attribute.name] = value
            }
        }
        return all
    }
}
