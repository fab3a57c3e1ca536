internal import Basis

/// Rows under heads, printed the way that scripts know from `qdstat` (MG-257).
struct Table: Hashable {
    /// May be several lines.
    let title: String
    let heads: [String]
    /// As many cells each as there are heads; a row that is short ends in empty cells.
    private(set) var rows: [[String]]
    /// The column that gives way where lines would be longer than `lineMax`.
    private var yielding: Int?

    init(_ title: String, heads: [String], rows: [[String]]) {
        self.title = title
        self.heads = heads
        self.rows = rows.map { row in
            row + Array(repeating: "", count: max(0, heads.count - row.count))
        }
    }

    /// Rows in order of the cells under one head; rows with equal cells keep their order.
    func sorted(by head: String) -> Table {
        guard let column = heads.firstIndex(of: head) else { return self }
        var table = self
        table.rows.sort { left, right in
            left[column].unicodeScalars.lexicographicallyPrecedes(right[column].unicodeScalars)
        }
        return table
    }

    /// With the cells under one head cut in the middle where lines would be too long.
    func fitted(byCutting head: String) -> Table {
        var table = self
        table.yielding = heads.firstIndex(of: head)
        return table
    }

    private static let indent = "  "
    private static let spacing = 2
    private static let lineMax = 100
    /// A cell is never cut to less.
    private static let cellMin = 16

    /// In columns. A table without rows is its title alone.
    func text(_ style: TextStyle = .plain) -> String {
        var text = style.strong(title) + "\n"
        guard !rows.isEmpty else { return text }
        var rows = rows.map { $0.map(\.harmless) }
        var widths = widths(of: rows)
        if let yielding {
            let surplus = Self.indent.count + widths.reduce(0, +) - Self.lineMax
            let room = max(Self.cellMin, widths[yielding] - Self.spacing - max(0, surplus))
            for row in rows.indices {
                rows[row][yielding] = Self.cut(rows[row][yielding], to: room)
            }
            widths = self.widths(of: rows)
        }
        text += Self.indent + style.head(Self.line(heads, widths)) + "\n"
        text += Self.indent + style.faint(String(repeating: "=", count: widths.reduce(0, +))) + "\n"
        for row in rows { text += Self.indent + Self.line(row, widths) + "\n" }
        return text
    }

    private func widths(of rows: [[String]]) -> [Int] {
        heads.indices.map { column in
            rows.reduce(heads[column].unicodeScalars.count) {
                max($0, $1[column].unicodeScalars.count)
            } + Self.spacing
        }
    }

    /// Its beginning and its end, if it is longer than so many characters.
    private static func cut(_ text: String, to width: Int) -> String {
        let scalars = Array(text.unicodeScalars)
        guard scalars.count > width else { return text }
        let end = (width - 1) / 2
        var short = String.UnicodeScalarView(scalars.prefix(width - 1 - end))
        short.append("…")
        short.append(contentsOf: scalars.suffix(end))
        return String(short)
    }

    /// The last cell of a line is not padded.
    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            line += cell
            guard column < cells.count - 1 else { break }
            let width = cell.unicodeScalars.count
            line += String(repeating: " ", count: max(0, widths[column] - width))
        }
        return line
    }

    /// Every cell that is not empty in double quotes, commas between.
    var csv: String {
        var text = title + "\n"
        guard !rows.isEmpty else { return text }
        for line in [heads] + rows {
            text += line.map(Self.quoted).joined(separator: ",") + "\n"
        }
        return text
    }

    private static func quoted(_ cell: String) -> String {
        guard !cell.isEmpty else { return "" }
        return "\""
            + cell.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}

/// How a terminal shows parts of a text.
struct TextStyle {
    let hasColour: Bool

    static let plain = TextStyle(hasColour: false)

    func strong(_ text: String) -> String { wrap(text, "1") }
    func head(_ text: String) -> String { wrap(text, "36") }
    func faint(_ text: String) -> String { wrap(text, "2") }
    func good(_ text: String) -> String { wrap(text, "32") }
    func bad(_ text: String) -> String { wrap(text, "31") }

    private func wrap(_ text: String, _ code: String) -> String {
        hasColour && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
