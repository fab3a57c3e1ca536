import Configuration
import Schema
import Testing

/// Vhosts in files of their own (MG-56).
@Suite struct `A policy directory` {
    private func surroundings(_ files: [String: String]) -> Surroundings {
        Surroundings(
            file: { path in
                files[path].map(Result.success) ?? .failure(.init(reason: "Permission denied"))
            },
            directory: { path in
                guard path == "/p" else {
                    return .failure(.init(reason: "No such file or directory"))
                }
                return .success(
                    files.keys.map { String($0.dropFirst("/p/".count)) }.sorted() + ["gone.json"])
            })
    }

    private let text = "policy {\n policyDir: /p\n}\nvhost {\n hostname: own\n}"

    @Test func `adds the vhosts of its json files, and nothing else of them`() {
        let files = [
            "/p/b.json": #"[["vhost", {"hostname": "b1"}], ["vhost", {"id": "b2"}]]"#,
            "/p/a.json": #"[["vhost", {"hostname": "a"}], ["listener", {}], ["zork", {}]]"#,
            "/p/c.conf": "no json", "/p/gone.json": "[]",
        ]
        let configuration = Reading.configuration(text, surroundings(files))
        #expect(
            configuration?.declarations(of: Schema.vhost).map { $0.text("hostname") }
                == ["own", "a", "b1", "b2"])
        #expect(configuration?.declarations(of: Schema.listener).isEmpty == true)
        #expect(
            configuration?.warnings.map { $0.text(path: "r.conf") } == [
                "/p/b.json:1: warning: Attribute 'id' of entity 'vhost' has been deprecated. "
                    + "Use 'hostname' instead"
            ])
    }

    @Test func `names what is wrong in its files, and which file it is`() {
        let files = [
            "/p/a.json":
                "[[\"vhost\", {\n\"hostname\": \"own\"}],\n[\"vhost\", {\"hostnam\": \"x\"}]]",
            "/p/b.json": "{}",
        ]
        let problems = Reading.problems(text, surroundings(files))
        #expect(
            problems.map { $0.split(separator: ": ")[0] } == [
                "/p/a.json:1", "/p/a.json:3", "/p/a.json:3", "/p/b.json:1", "/p/gone.json",
            ])
        #expect(problems[0].contains("adding vhost/own duplicates unique attribute 'name'"))
        #expect(problems[1].contains("did you mean 'hostname'?"))
    }

    @Test func `that cannot be listed is an error`() {
        let problems = Reading.problems("policy {\n policyDir: /none\n}", surroundings([:]))
        #expect(problems.count == 1)
        #expect(problems[0].hasPrefix("r.conf:2: error: No such file or directory: '/none'"))
    }
}
