// Package limittest runs tests in which files can't grow beyond a size, as with
// a quota. It works on Linux alone.
package limittest
