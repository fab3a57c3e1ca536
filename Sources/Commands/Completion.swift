internal import Options
internal import Schema

/// Scripts that let a shell complete the program's commands, options and some arguments.
enum Completion {
    enum Shell: String, CaseIterable { case bash, zsh }

    static func script(_ shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        }
    }

    /// What may be put for an option's argument.
    private enum Offer {
        case files
        case words([String])
        case nothing

        init?(_ option: Option) {
            guard let argument = option.argument, !option.isArgumentOptional else { return nil }
            if option.name == Option.type.name {
                self = .words(Schema.all.types.map(\.name))
            } else if argument.contains("|") {
                self = .words(argument.split(separator: "|").map(String.init))
            } else {
                self = ["FILE", "DIRECTORY", "PATH"].contains(argument) ? .files : .nothing
            }
        }
    }

    private static var spellings: (Option) -> [String] {
        { option in ["--\(option.name)"] + (option.letter.map { ["-\($0)"] } ?? []) }
    }

    // MARK: bash

    private static var bash: String {
        var text = """
            # Completion of martlet, qdstat and qdmanage for bash; made by martlet completion bash.
            _martlet_offer() {
                COMPREPLY=($(compgen -W "$1" -- "$current"))
            }

            """
        for command in Martlet.everyCommand { text += bashFunction(command) }
        let names = Martlet.commands.map(\.name).joined(separator: " ")
        return text + """
            _martlet() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} place
                for ((place = 1; place < COMP_CWORD; place++)); do
                    if [[ ${COMP_WORDS[place]} != -* ]]; then
                        declare -F "_martlet_${COMP_WORDS[place]}" >/dev/null &&
                            "_martlet_${COMP_WORDS[place]}"
                        return
                    fi
                done
                _martlet_offer "\(names) --help --version"
            }
            _martlet_named() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
                "_martlet_$1"
            }
            complete -F _martlet martlet
            complete -F _martlet_named qdstat qdmanage

            """
    }

    private static func bashFunction(_ command: Command) -> String {
        var text = "_martlet_\(command.name)() {\n    case $previous in\n"
        for option in command.options {
            guard let offer = Offer(option) else { continue }
            let action =
                switch offer {
                case .files: "COMPREPLY=($(compgen -f -- \"$current\"))"
                case .words(let words): "_martlet_offer \"\(words.joined(separator: " "))\""
                case .nothing: "COMPREPLY=()"
                }
            text += "        \(spellings(option).joined(separator: " | "))) \(action) ;;\n"
        }
        let words = command.options.map { "--\($0.name)" } + command.offeredOperands
        return text + "        *) _martlet_offer \"\(words.joined(separator: " "))\" ;;\n"
            + "    esac\n}\n"
    }

    // MARK: zsh

    private static var zsh: String {
        var text = """
            #compdef martlet qdstat qdmanage
            # Completion of martlet, qdstat and qdmanage for zsh; made by martlet completion zsh.

            """
        for command in Martlet.everyCommand { text += zshFunction(command) }
        let entries = Martlet.commands.map { command in
            "        " + quoted("\(command.name):\(command.summary)")
        }
        return text + """
            _martlet_commands() {
                local -a commands=(
            \(entries.joined(separator: "\n"))
                )
                _describe command commands
            }
            _martlet() {
                local curcontext=$curcontext state line
                case $service in
                    qdstat | qdmanage) "_martlet_$service"; return ;;
                esac
                _arguments -C '(-h --help)'{-h,--help}'[Show help]' '--version[Show the version]' \\
                    '1: :_martlet_commands' '*:: :->rest'
                if [[ $state == rest ]] && (( $+functions[_martlet_$line[1]] )); then
                    "_martlet_$line[1]"
                fi
            }
            _martlet "$@"

            """
    }

    private static func zshFunction(_ command: Command) -> String {
        var lines = command.options.map(zshOption)
        let operands = command.offeredOperands
        lines.append(
            quoted(
                operands.isEmpty ? "*: :" : "1:operand:(\(operands.joined(separator: " ")))"))
        return "_martlet_\(command.name)() {\n    _arguments -s \\\n        "
            + lines.joined(separator: " \\\n        ") + "\n}\n"
    }

    /// `'(-r --router)'{-r+,--router=}'[Ask this router]:ROUTER-ID: '`
    private static func zshOption(_ option: Option) -> String {
        var help = ""
        for character in option.help {
            if "[]:\\".contains(character) { help.append("\\") }
            help.append(character)
        }
        var tail = "[\(help)]"
        if let argument = option.argument, let offer = Offer(option) {
            let label = argument.contains("|") ? option.name : argument
            switch offer {
            case .files: tail += ":\(label):_files"
            case .words(let words): tail += ":\(label):(\(words.joined(separator: " ")))"
            case .nothing: tail += ":\(label): "
            }
        } else if let argument = option.argument {
            tail += "::\(argument): "
        }
        let isWithArgument = option.argument != nil
        let long =
            "--\(option.name)" + (option.isArgumentOptional ? "=-" : isWithArgument ? "=" : "")
        guard let letter = option.letter else { return quoted("*" + long + tail) }
        let short = "-\(letter)" + (option.isArgumentOptional ? "-" : isWithArgument ? "+" : "")
        return "'*'{\(short),\(long)}" + quoted(tail)
    }

    private static func quoted(_ text: String) -> String {
        "'"
            + text.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
    }
}
