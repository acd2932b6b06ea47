// Package migrate carries out a sealed plan: it brings the bytes of every item
// where they belong, registers them with Synapse, and records each step in the
// run file, so that a run may be stopped at any instant and goes on where it
// stopped. It decides nothing that the plan has decided, and shows nothing:
// those who watch implement Observer.
//
// # The stages
//
// pipeline.go tells the story from top to bottom: feed, transfer, register,
// record.
//
// The feeder (feed.go) reads the run file in batches, in lanes that don't hold
// one another up. Items that need work on the S3 side go to transfer workers,
// which hand them on; those whose file handle is to be copied go in batches of
// 100, which one call copies; items that need neither go straight to the
// register workers. So the Synapse budget is never idle while anything is ready
// for it, whatever the order of the plan. The lane of an item follows from the
// plan alone, and what is in flight is remembered, so that no item is handed out
// twice. Queues are bounded; memory does not grow with the plan.
//
// Transfer workers run the item's action (package action). Register workers make
// its file handle and its entity (package register). The recorder (recorder.go)
// writes each step to the run file. Every call to the outside passes package
// effect, which says what is repeated, and what an error amounts to.
//
// # The way of an item
//
//	planned -> transferred -> handled -> done
//
// transferred: the bytes lie where they belong, and their MD5 is known.
// handled: the file handle exists. done: the file entity exists. An object
// that is registered where it lies goes from planned to handled. A state is
// recorded after its effect, with the IDs that the effect produced, and before
// the next effect of that item. Right before it is registered, such an object is
// looked at once more: it must still be the one whose MD5 is known.
//
// In the plan of a project, items may wait for others: a version for the one
// before it (copied) or for the current one (relocated), and one that shares a
// file handle for the one that brings it. The run file says which are ready;
// the feeder looks again when something has ended. An item that waited for one
// that failed fails too, and is retried along with it.
//
// A file of a project is made with its first version, the others are added to
// it in order, each with its label, comment, annotations and activity. A
// relocated file keeps its entity: one update gives the current version its new
// file handle and its new parent, and one call re-points each older version. The
// MD5 that the source's file handle says is compared with all bytes that pass
// through here.
//
// Where an item overwrites the object of a file that it replaces, the versions
// that point to it are kept first: the object is copied inside the bucket to a
// key of its own, a file handle with the version's MD5 is made for the copy, and
// the version is re-pointed to it. The versions themselves tell what has been
// done, whenever that is tried again.
//
// # After a crash
//
// What may have happened without an answer is looked up before it is repeated:
// an entity by its name in its parent, a version by its file handle and label, a
// relocation by the parent, an object by the one who copies it, an upload by its
// parts. A file handle and an activity have no look-up. Making one again leaves a
// record behind that nothing refers to: metadata without effect, which is never
// deleted, since the server would delete the object along with it.
//
// An upload or a copy through Synapse that another run of the same user works
// on is one and the same: what that run has completed is taken over.
//
// # What stops a run
//
// One item's failure is data: it is recorded, observed, and the run goes on.
// Only cancellation, a run file that cannot be written, refused credentials, a
// destination folder that is gone and the refusal of every one of the first
// items stop a run. A service that is down is waited for. When a run is drained,
// effects under way end and are recorded; what would have to wait is not begun,
// and its item stays in the state it has.
//
// # Words
//
//	plan        all items and folders; sealed, immutable
//	item        one row of the plan: one object or version, and where it goes
//	entry       an item with its state, as the run file holds it
//	action      what the plan does with an item: register, copy, stream, ...
//	run         one plan being carried out
//	stage       feed, transfer, register or record
//	lane        the stages that an item passes
//	in flight   read from the run file, and not at its end in this run
//	handout     an entry on its way to a worker
//	transfer    to do what an item needs on the S3 side
//	copy        to have S3 copy an object, server-side
//	stream      to read an object and write it, through this machine
//	register    to make a file handle and an entity: metadata only
//	reuse       to copy the record of a file handle
//	relocate    to take an entity of the source into the destination
//	re-point    to give a version another file handle
//	mirror      to bring what Synapse copied to the item's own key
//	effect      one call to the outside, and what it changes
//	operation   one kind of effect, in the service's own words
//	service     Synapse or a bucket: up or down as a whole
//	circuit     how one service stands
//	pause       a service is down, and is waited for
//	class       the kind of trouble that an error is
//	remedy      what helps against an error
//	decision    what is done about an error: retry, fail, stop, leave
//	attempt     one try at an item or a part
//	drain       to begin no more; what is under way ends
//	leave       to keep an item in the state it has, for another run
//	adopt       to take over an entity that is there and holds the item's content
//	outcome     the end of an item in a run
package migrate
