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
// Two feeders read the run file in batches. One hands items that need work
// on the S3 side to transfer workers (copy, stream, hash, upload), and these
// hand them on; the other hands items that need none straight to the
// register workers. So the Synapse budget is never idle while anything is
// ready for it, whatever the order of the plan. Which feeder an item belongs
// to follows from the plan alone, hence no item is ever handed out twice.
// Queues are bounded; memory does not grow with the plan.
//
// What may have happened without an answer is looked up before it is
// repeated: an entity by its name in its parent, an object by the one who
// copies it, an upload by its parts. A file handle has no look-up. Creating
// one again leaves a record behind that nothing refers to: metadata without
// effect, which is never deleted, since the server would delete the object
// along with it.
//
// One item's failure is data: it is recorded, observed, and the run goes on.
// Only cancellation, a run file that cannot be written, refused credentials
// and a destination folder that is gone stop a run. While a whole side can't
// be reached, or Synapse is in maintenance, items wait: that says nothing
// about them.
//
// When a run is drained, effects under way end and are recorded. A call that
// would have to wait for the call budget is not begun, and its item stays in
// the state it has: since each state is recorded, no item need be finished.
package migrate
