import Configuration
import Reference
import Testing

/// Pages and files for operators say what the code does.
@Suite struct `The reference` {
    @Test func `is what the schema makes of it`() {
        let page = SourceTree.file("docs/configuration.md")?.lines.joined(separator: "\n")
        #expect(page == ConfigurationPage.text, "run make docs")
    }

    @Test func `has an example that the router takes without a word`() throws {
        let text = try #require(SourceTree.file("router.conf.example")).lines
            .joined(separator: "\n")
        let configuration = try RouterConfiguration(text: text, path: "router.conf.example")
        #expect(configuration.warnings.isEmpty)
    }

    /// Every attribute that the example shows commented out is right too.
    @Test func `has an example whose suggestions can be followed`() throws {
        let lines = try #require(SourceTree.file("router.conf.example")).lines.map { line in
            let body = line.drop { $0 == " " }
            return body.hasPrefix("#: ") ? body.dropFirst(3) : line
        }
        let text = lines.joined(separator: "\n")
        let configuration = try RouterConfiguration(text: text, path: "router.conf.example")
        #expect(configuration.warnings.isEmpty)
    }
}
