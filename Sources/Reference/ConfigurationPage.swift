internal import Configuration
internal import Schema

/// The reference page of the configuration file, made from the schema.
package enum ConfigurationPage {
    package static var text: String {
        ([ConfigurationIntroduction.text] + ConfigurableTypes.all.map(section)).joined(
            separator: "\n")
    }

    private static func section(_ type: EntityType) -> String {
        var text = "## \(type.sectionName)\n\n\(type.summary)\n"
        text += "\n| attribute | takes | default | meaning |\n|---|---|---|---|\n"
        for attribute in type.attributes where !ConfigurableTypes.isReported(attribute, type) {
            text += row(attribute)
        }
        return text
    }

    private static func row(_ attribute: EntityType.Attribute) -> String {
        let cells = [
            "`\(attribute.name)`", takes(attribute), standard(attribute),
            meaning(attribute),
        ]
        return "| "
            + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }

    private static func takes(_ attribute: EntityType.Attribute) -> String {
        switch attribute.kind {
        case .string, .entityId: "text"
        case .path: "path"
        case .integer: "whole number"
        case .boolean: "yes, no"
        case .enumeration: attribute.tags.map { "`\($0)`" }.joined(separator: ", ")
        case .map, .properties: "map"
        case .list: "list"
        }
    }

    private static func standard(_ attribute: EntityType.Attribute) -> String {
        guard let standard = attribute.standard else {
            return attribute.traits.contains(.required) ? "must be given" : ""
        }
        switch attribute.kind {
        case .boolean: return standard == "true" ? "yes" : "no"
        case .string, .path, .entityId, .integer, .enumeration, .map, .properties, .list:
            return standard.isEmpty ? "" : "`\(standard)`"
        }
    }

    private static func meaning(_ attribute: EntityType.Attribute) -> String {
        var text = attribute.summary
        if let alias = attribute.alias { text += " Older name: `\(alias)`." }
        return text
    }
}
