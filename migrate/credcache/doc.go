// Package credcache keeps temporary credentials on disk, so that a program
// that is called for every request of other programs asks for new ones
// rarely, and once however many of it run at a time.
//
// Each entry is a file of mode 0600 in a folder of mode 0700, beside a lock
// file. Who finds the entry missing or too old takes the lock, looks again,
// asks, writes the entry under another name and renames it. Others wait for
// the lock, and then find it. A file that can't be read, that others could
// have written, or that holds something else is no entry: it is replaced.
//
// The names of entries are hashes: they tell nothing. The entries themselves
// are secrets for as long as the credentials live.
package credcache
