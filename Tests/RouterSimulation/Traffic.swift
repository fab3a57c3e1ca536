/// What the routers have sent so far, hop by hop.
package struct Traffic: Sendable {
    package internal(set) var messages = 0
    package internal(set) var octets = 0
    package internal(set) var hello = 0
    package internal(set) var lost = 0
}
