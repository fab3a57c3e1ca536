internal import EventLoop
internal import Topology

/// The file in which a router keeps the number of its life over its end (`stateFile` of `router`), so
/// that the next one is later for everyone, whatever the clock says then.
///
///     instance 1700000000123
struct LifeFile {
    let path: String

    /// What the file holds is no number of a life.
    struct Unreadable: Error {}

    /// Nil if there is no file yet.
    func read() throws(Unreadable) -> Instance? {
        let text: String
        do throws(SystemError) {
            text = try FileText.read(path)
        } catch {
            guard error.fileFault == .missing else { throw Unreadable() }
            return nil
        }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == "instance",
            let instance = UInt64(words[1]).flatMap({ Instance($0) })
        else { throw Unreadable() }
        return instance
    }

    func write(_ instance: Instance) throws(SystemError) {
        try FileText.replace(path, by: "instance \(instance)\n")
    }
}
