// Package checkpoint keeps the run file: one SQLite database that holds a
// plan and how far carrying it out has come, so that a run may be stopped at
// any instant and goes on where it stopped.
//
// Terms: the plan tables (folders, items, findings) grow while planning,
// are sealed under a digest, and never change again; the state tables say
// where each item stands, with the IDs that its effects produced. A group is
// a set of changes that share one commit.
//
// All changes pass through one goroutine. It takes what waits for it, makes
// the changes in one transaction, commits, and only then answers those who
// asked; so many callers share the cost of one flush to disk, and an answer
// without an error means that the change outlasts a power failure. Readers
// use connections of their own and see whole groups only.
//
// A run file is locked for one process at a time by the operating system,
// which frees the lock however the process ends. OpenReadOnly needs no lock.
//
// The package does not decide what a run does next, and knows neither S3
// nor Synapse. FORMAT.md describes the file.
package checkpoint
