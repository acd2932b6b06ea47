// Package fileowner tells whose a file is, and whether others may have written
// it. Where a system shows no owners, no file is others'.
package fileowner

import "io/fs"

// Foreign reports whether a file belongs to neither this user nor root.
func Foreign(info fs.FileInfo) bool {
	id, known := owner(info)
	return known && id != self() && id != 0
}

// Mine reports whether a file belongs to this user.
func Mine(info fs.FileInfo) bool {
	id, known := owner(info)
	return !known || id == self()
}

// OthersWrite reports whether a file's mode lets its group or everybody write
// to it. A link's mode says nothing.
func OthersWrite(info fs.FileInfo) bool {
	_, known := owner(info)
	return known && info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o022 != 0
}
