// Package vfs puts layers between SQLite and the files of the operating
// system: each sees what is read, written, flushed and deleted, and may
// change or refuse it. Package checkpoint has one that keeps a checksum in
// every page; its tests have others, which fill the disk up and cut the power.
//
// A VFS of this package forwards all calls to SQLite's own
// (https://www.sqlite.org/vfs.html, read November 2026). Files are not mapped
// into memory, so that every page passes the layers.
package vfs
