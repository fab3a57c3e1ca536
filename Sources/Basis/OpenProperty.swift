/// Properties of `open` that Martlet's programs know each other by.
package enum OpenProperty {
    /// True for a client that is there to ask the management node, and for nothing else.
    package static let management = "martlet.management"
}
