internal import Commands
internal import Glibc

exit(Martlet.run(CommandLine.arguments))
