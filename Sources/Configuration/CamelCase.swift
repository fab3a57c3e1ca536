/// The spelling of section and attribute names (MG-21).
enum CamelCase {
    /// `ssl-profile`, `ssl_profile` and `ssl profile` become `sslProfile`. The first word is kept as
    /// it is; of each later one only the first letter is upper case.
    static func name(_ text: String) -> String {
        let words = text.split { " _-.".contains($0) }
        guard let first = words.first else { return text }
        return words.dropFirst().reduce(String(first)) { name, word in
            name + word.prefix(1).uppercased() + word.dropFirst().lowercased()
        }
    }
}
