// Package credcache keeps temporary credentials on disk. It is for programs that
// are started once for each request, such as a credential_process: they ask for
// new credentials rarely, and only once however many of them run at a time.
//
// Each entry is a file of mode 0600 in a folder of mode 0700, with a lock file
// beside it. A process that finds the entry missing or too old takes the lock,
// looks again, asks for credentials, writes the entry under another name and
// renames it. Other processes wait for the lock and then find the entry. A file
// that can't be read, that other users can write, or that holds anything else is
// replaced.
//
// File names are hashes and reveal nothing. The content of an entry is secret for
// as long as the credentials are valid.
package credcache
