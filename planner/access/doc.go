// Package access compares who can reach a project's files where they are with
// who could reach them in the destination, and says who would gain access and
// which access requirements would no longer hold.
package access
