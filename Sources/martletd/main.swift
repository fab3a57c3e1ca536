internal import Configuration
internal import Glibc
internal import Logging
internal import Router

let file = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : ""
let text =
    fopen(file, "r").map { f in
        var s = ""
        var c = fgetc(f)
        while c != EOF {
            s.unicodeScalars.append(Unicode.Scalar(UInt8(c)))
            c = fgetc(f)
        }
        return s
    } ?? ""
let configuration = RouterConfiguration.load(text: text)
let signals = SignalSource()
let log = Log()
let control = Control(configuration, log: log, signals: signals)
try control.start(configuration)
control.run()
