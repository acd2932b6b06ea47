// Package effect is the way of a run to the world outside. Every call that a
// run makes to Synapse or S3 passes Call, which names the operation, counts it,
// waits while the service is down (circuit.go), and makes an *Error of what
// comes back. What an error amounts to stands in one table (classify.go): its
// class, which is recorded with the item, and what helps against it.
//
// # What repeats what
//
// There are three layers, and no other. Each repeats what the one below has
// given up, and only what it alone can help.
//
// The request, in the client of the service, which alone knows whether a lost
// answer may be asked for again, and obeys Retry-After:
//
//	a call to Synapse               8 times, about 90 s; 4 if it can't be reached
//	                                (package synapse, retry.go)
//	a request to S3 or to a URL     5 times, 20 if it was throttled
//	                                (package objectstore, retry.go)
//	a body that broke off           from where it broke off, 8 replies in all
//	                                (package objectstore, read.go)
//	a request for credentials       4 times (package credentials, vend.go)
//	a part to a presigned URL       once: its body can't be sent twice
//
// A create whose answer was lost is not repeated by anybody: whoever made it
// looks for what it may have made.
//
// The part (Effects.Part), Options.Attempts times, 4 by default. It is for what
// the first layer can't repeat: sending bytes to a presigned URL and having them
// added. An upload may have ten thousand parts, and one must not end them all.
// What Synapse answered is not repeated here. A part that was given up is not
// tried in another attempt at its item (ErrGivenUp), so that the two don't
// multiply.
//
// The item (Effects.Item), Options.Attempts times, 4 by default, 1 s apart and
// doubling. An attempt goes on from the state that the run file holds, and looks
// up what the one before may have done. It is for what outlasts the requests,
// and for what asks for another decision: an etag that was stale, a name that
// was taken and then free, an upload that another run works on. Folders, and
// batches of file handles, are worked on in the same way.
//
// So the worst that one item can ask of Synapse is 4 times 8 sends of one call,
// and of S3 4 times 20 of one request.
//
// A service that is down is none of this. Its circuit is open, all that needs
// it waits in Call before it begins, and one effect at a time finds out whether
// it is back. Who met it is worked on again without counting an attempt, 3000
// times at most, each after a wait of up to 30 s: a day and more.
//
// Once a run is drained (Drain), no wait is begun or gone on with: ErrLeft, or
// synapse.ErrNotStarted.
package effect
