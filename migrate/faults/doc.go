// Package faults breaks migrations in every way that it knows, and looks
// whether they come out right: nothing lost, nothing twice. It holds tests
// alone.
//
// A world is a Synapse, an S3 and their clients, joined by connections in
// memory, in a bubble whose clock stands still while anything is going on.
// Scenarios fill it and plan a migration with the real planner and a real run
// file. What a run leaves behind is compared, line by line, with what a run
// that nothing disturbed leaves.
//
// What may be left over besides is counted and reported, never hidden: file
// handles and activities that nothing refers to, and uploads under way.
package faults
