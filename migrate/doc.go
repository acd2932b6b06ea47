// Package migrate carries out a sealed plan: it brings the bytes of every
// item where they belong, registers them with Synapse, and records each
// step in the run file, so that a run may be stopped at any instant and
// goes on where it stopped. It decides nothing that the plan has decided,
// and shows nothing: those who watch implement Observer.
//
// The way of an item:
//
//	planned -> transferred -> handled -> done
//
// transferred: the bytes lie where they belong, and their MD5 is known.
// handled: the file handle exists. done: the file entity exists. An object
// that is registered where it lies goes from planned to handled. A state is
// recorded after its effect, with the IDs that the effect produced, and
// before the next effect of that item. Right before it is registered, such an
// object is looked at once more: it must still be the one whose MD5 is known.
//
// A feeder reads the run file in batches, in lanes that don't hold one another
// up. Items that need work on the S3 side go to transfer workers (copy, stream,
// hash, upload, copies by Synapse), which hand them on; those whose file handle
// is to be copied go in batches of 100, which one call copies; items that need
// neither go straight to the register workers. So the Synapse budget is never
// idle while anything is ready for it, whatever the order of the plan. Which
// lane an item takes follows from the plan alone, and what is under way is
// remembered, hence no item is ever handed out twice. Queues are bounded;
// memory does not grow with the plan.
//
// In the plan of a project, items may wait for others: a version for the one
// before it (copied) or for the current one (moved), and one that shares a
// file handle for the one that brings it. The run file says which are ready;
// the feeder looks again when something has ended. Who waited for an item that
// failed fails too, to be retried along with it.
//
// A file of a project is made with its first version, the others are added to
// it in order, each with its label, comment, annotations and activity; or,
// moved, keeps its entity: one update gives the current version its new file
// handle and its new parent, and one call re-points each older version. The
// MD5 that the source's file handle says is compared with all bytes that pass
// through here.
//
// Where an item overwrites the object of a file that it replaces, the versions
// that point to it are kept first: the object is copied inside the bucket to a
// key of its own, a file handle with the version's MD5 is made for the copy, and
// the version is re-pointed to it. The versions themselves tell what has been
// done, whenever that is tried again.
//
// What may have happened without an answer is looked up before it is
// repeated: an entity by its name in its parent, a version by its file handle
// and label, a move by the parent, an object by the one who copies it, an
// upload by its parts. A file handle and an activity have no look-up. Creating
// one again leaves a record behind that nothing refers to: metadata without
// effect, which is never deleted, since the server would delete the object
// along with it.
//
// One item's failure is data: it is recorded, observed, and the run goes on.
// classify.go has the rules: each error has a class (temporary, throttled,
// credentials, permission, changed, conflict, invalid, gone), which is recorded
// with the failure, and a remedy: another attempt after a wait, a pause, to
// give the item up, or to stop the run. Only cancellation, a run file that
// cannot be written, refused credentials, a destination folder that is gone
// and the refusal of every one of the first items stop a run.
//
// While a whole side (Synapse, a bucket of the source, the destination's)
// can't be reached, or Synapse is in maintenance, its circuit is open: all
// that needs it waits, one effect at a time finds out whether it is back, and
// all go on when it is. That says nothing about the items, and counts none of
// their attempts. A list of URLs has no such side, unless it is this machine
// that reaches nobody.
//
// An upload or a copy through Synapse that another run of the same user works
// on is one and the same: what that run has completed is taken over.
//
// When a run is drained, effects under way end and are recorded. A call that
// would have to wait for the call budget is not begun, and its item stays in
// the state it has: since each state is recorded, no item need be finished.
package migrate
