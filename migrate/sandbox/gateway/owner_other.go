//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package gateway

import "os"

// own does nothing: without locks that end with their process, nobody can
// tell whether a folder's owner lives.
func own(string) (*os.File, error) { return nil, nil }

// removeIfStale does nothing.
func removeIfStale(string) {}
