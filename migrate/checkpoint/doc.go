// Package checkpoint keeps the run file: one SQLite database that holds a plan
// and how far carrying it out has come, so that a run may be stopped at any
// instant and goes on where it stopped. FORMAT.md describes the file: every
// column, what is durable when, what is checked, and how the format changes.
//
// # The life of a run file
//
// Create makes it for a plan that is yet to be made. Append adds what was
// listed, batch by batch, with the place where the listing goes on; Amend
// changes what the whole list shows to be in the way. Seal finishes the plan
// under a digest: from then on its folders, items and findings never change.
//
// Begin notes a run of that plan, after it has checked the whole file. Ready
// and Pending hand out items, Record notes where each one stands and the IDs
// that its effects produced, RecordFolder does so for folders, SaveUpload for
// transfers under way. RetryFailed takes failed items up again. RecordRun
// notes how the run has gone.
//
// Open goes on with a file, OpenReadOnly looks at one, beside a run too:
// Counts, Failures, Entries and Runs say where it stands.
//
// # What may be relied on
//
// All changes pass through one goroutine. It takes what waits for it, makes
// the changes in one transaction, commits, and only then answers those who
// asked. So many callers share the cost of one flush to disk, and an answer
// without an error means that the change outlasts a power failure. Readers
// use connections of their own and see whole transactions only.
//
// An open run file is locked for one process by the operating system, which
// frees the lock however the process ends. OpenReadOnly needs no lock.
//
// The package does not decide what a run does next, and knows neither S3
// nor Synapse.
package checkpoint
