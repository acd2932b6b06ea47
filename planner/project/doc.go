// Package project plans the migration of a Synapse project, or of a folder of
// one: it walks the tree, chooses for each version of each file, settles what
// becomes of a file's versions together, and finishes the plan.
package project
