/// What somebody may have meant.
package enum Misspelling {
    /// The word that is fewest edits away, if that is few for its length.
    package static func nearest(to word: String, among words: [String]) -> String? {
        let distances = words.map { (word: $0, distance: distance(word, $0)) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, word.count / 3) ? best.word : nil
    }

    /// Insertions, removals and replacements of one character, and exchanges of two neighbours.
    private static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for line in left.indices {
            var row = [line + 1]
            for column in right.indices {
                let replaced = last[column] + (left[line] == right[column] ? 0 : 1)
                var least = min(replaced, last[column + 1] + 1, row[column] + 1)
                if line > 0, column > 0, left[line] == right[column - 1],
                    left[line - 1] == right[column]
                {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                row.append(least)
            }
            (beforeLast, last) = (last, row)
        }
        return last[right.count]
    }
}
