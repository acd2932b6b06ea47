// Package seal does what needs the whole list of a plan: it blocks items whose
// paths clash, and finds the folders with too many children.
package seal
