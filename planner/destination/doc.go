// Package destination finds out what a destination folder is and what it
// holds: its storage location, the files and sub-folders on the way to what
// is planned, the versions that an overwritten object must be kept for, and
// the files that refer to an object.
package destination
