// Package front is what the faces of the built-in exchange have in common,
// whatever protocol they speak: connections and what waits to be written to
// them, subscriptions, rate limits, keys and signatures, the reading of request
// bodies, and the faults that happen to requests and frames.
//
// A face makes one [Desk] and keeps what is its protocol's own: paths, texts,
// codes, and the topics that are streamed. A connection is a [Session]; what a
// client says on it goes to the [Wire] of the face.
//
// Nothing here knows a code, a path or a name of a protocol.
package front
