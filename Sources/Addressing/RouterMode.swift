/// Which part a router takes in a network (MG-38).
package enum RouterMode: String, Sendable { case standalone, interior, edge }
