internal import Commands
internal import EventLoop

Program.end(Martlet.run(Program.arguments))
