/// The routers of the mesh by their numbers, which are small.
struct RouterTable {
    private var places: [RouterDescription?] = []

    subscript(index: RouterIndex) -> RouterDescription? {
        @inline(__always)
        get { index.number < places.count ? places[index.number] : nil }
        set {
            while places.count <= index.number { places.append(nil) }
            places[index.number] = newValue
        }
    }
}
