// Package choose decides what is done with one object of a bucket, or with one
// version of a project's file: whether it is left out, and otherwise the
// cheapest action whose needs are met. It asks nobody anything: what it needs
// to know, it says in its decision.
package choose
