import Options
import Testing

@testable import Commands

@Suite struct `Scripts and manual pages` {
    @Test(arguments: Completion.Shell.allCases)
    func `complete every command and every long option`(shell: Completion.Shell) {
        let script = Completion.script(shell)
        for command in Martlet.everyCommand {
            #expect(script.contains("_martlet_\(command.name)()"), "\(command.name)")
            for option in command.options {
                #expect(script.contains("--\(option.name)"), "\(command.name) \(option.name)")
            }
        }
    }

    @Test func `tell of every command and option`() {
        let page = ManualPage.text(.martlet)
        for command in Martlet.commands {
            #expect(page.contains("\n.SS \(command.name) "), "\(command.name)")
            for option in command.options {
                let name = ManualPage.escaped("--\(option.name)")
                #expect(page.contains(name), "\(command.name) \(option.name)")
            }
        }
    }

    @Test func `have no text that roff takes for a request`() {
        #expect(ManualPage.escaped(".x") == "\\&.x")
        #expect(ManualPage.escaped("'x") == "\\&'x")
        #expect(ManualPage.escaped(#"a\b-c"d""#) == #"a\eb\-c\(dqd\(dq"#)
    }

    @Test func `have options that differ within each command`() {
        for command in Martlet.everyCommand {
            let names = command.options.map(\.name)
            #expect(Set(names).count == names.count, "\(command.name)")
            let letters = command.options.compactMap(\.letter)
            #expect(Set(letters).count == letters.count, "\(command.name)")
        }
    }
}
