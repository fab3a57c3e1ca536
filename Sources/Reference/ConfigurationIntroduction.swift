/// What the reference page says before its tables.
enum ConfigurationIntroduction {
    static let text = """
        # The configuration file

        <!-- Made by `make docs` from the schema in Sources/Schema: change that, not this page. -->

        `martletd -c FILE` reads a file in the grammar of `qdrouterd.conf`; `martletd --check FILE`
        says all that is wrong with it and exits with 1, or with 0 if the router would start. Without
        `-c`, `martletd` is a standalone router for clients on this machine: 127.0.0.1, port 5672,
        anonymous. Called by the name `qdrouterd` it reads `/etc/qpid-dispatch/qdrouterd.conf`, as the
        old router did.

        ## How it is written

            router {
                mode: interior
                id: A
            }
            listener { host: 0.0.0.0, port: 5672 }   # a section may stand on one line
            address {
                pattern: orders/*/#
                distribution: multicast
            }

        - A section is `NAME {`, attributes as `KEY: VALUE`, and `}`. Sections come in any order and
          number, but `router` and `policy` once at most.
        - A value runs to the end of its line. On a line with several attributes it ends where the next
          one begins; commas or semicolons may part them.
        - `#` begins a comment, within a value too, except in `pattern`, `bindingKey` and `hostname`,
          whose value is one word. In double quotes a value may hold anything.
        - A backslash begins an escape as in JSON: `\\t`, `\\n`, `\\u0041`, and `\\\\` for itself.
        - Maps (`openProperties`, `groups`) are JSON, or looser: names and texts without quotes, lines
          without commas, comments.
        - `ssl-profile` and `ssl_profile` mean `sslProfile`; so it is with every name.
        - A name of an enum may be given as its number, counted from 0.
        - Names (`name`) are unique in the file, over all sections. A section without one is called
          `TYPE/HOST:PORT`, `TYPE/NUMBER` or the like.
        - Old names of attributes work, with a warning in the log.
        - A file whose name ends in `.json` is an array of pairs: `[["listener", {"port": 5672}], …]`.

        Passwords may stand elsewhere: `env:VARIABLE` takes an environment variable, `file:PATH` the
        first line of a file. `pass:TEXT`, or the text alone, is the password itself.

        ## Reading it again

        On SIGHUP the file is read again. What has been added, changed or taken out is created, updated
        or deleted in the running router. A changed listener or connector is closed and made anew;
        connections that clients have to a listener stay. What cannot change while the router runs (all
        of `router` but `timestampsInUTC`, `timestampFormat` and `metadata`) is named in the log and left
        as it is. A file with errors changes nothing.
        Log files are opened anew, so that they can be moved away before.

        ## What is refused

        Martlet knows every section and attribute of qdrouterd 1.20. Where it does not do yet what a file
        asks for, it does not start, rather than leave doors open or messages astray. Such attributes and
        sections are marked below.

        """
}
