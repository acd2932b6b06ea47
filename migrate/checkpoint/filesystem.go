package checkpoint

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrFileSystem means that the run file lies on a file system on which its log or its
// lock is not safe. The message names it.
var ErrFileSystem = errors.New("a run file is not safe on this file system")

// network are the file systems of other machines, by the names that
// fileSystem gives them. SQLite's log needs memory that all who use the file
// share, which hosts don't ("WAL does not work over a network filesystem",
// https://www.sqlite.org/wal.html), and locks there may be refused, or hold on
// one host only, as the mount says (local_lock in nfs(5), localflock of
// Lustre's mount.lustre(8); all read November 2026). From inside, a lock that
// works looks like one that holds on one host.
var network = map[string]string{
	"nfs": "NFS", "smb": "SMB", "cifs": "SMB", "smb2": "SMB", "smbfs": "SMB", "afpfs": "AFP", "webdav": "WebDAV",
	"lustre": "Lustre", "gpfs": "GPFS", "beegfs": "BeeGFS", "ceph": "CephFS", "afs": "AFS", "orangefs": "OrangeFS",
	"coda": "Coda", "ncp": "NCP", "9p": "9P", "ocfs2": "OCFS2", "gfs2": "GFS2", "remote": "a network drive",
}

// checkFileSystem refuses to use a run file where others may use it from
// another host. The kind of a file system that can't be found out is no
// reason: then its locks and its memory tell (see lacking).
func checkFileSystem(path string, fileSystem func(folder string) (string, error)) error {
	kind, err := fileSystem(filepath.Dir(path))
	if err != nil {
		return nil
	}
	if name, ok := network[kind]; ok {
		return fmt.Errorf("%w (%s): its log doesn't work between machines, and locks may not hold there",
			ErrFileSystem, name)
	}
	return nil
}

// lacking marks an error that tells of locks or shared memory that the file
// system doesn't have, as Lustre does without flock, or FUSE.
func lacking(err error) error {
	var e *sqlite.Error
	lacks := errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOLCK)
	if errors.As(err, &e) {
		switch e.Code() {
		case sqlite3.SQLITE_IOERR_LOCK, sqlite3.SQLITE_IOERR_RDLOCK, sqlite3.SQLITE_IOERR_UNLOCK,
			sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMLOCK,
			sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_PROTOCOL:
			lacks = true
		}
	}
	if lacks {
		return fmt.Errorf("%w: it refuses locks or shared memory: %w", ErrFileSystem, err)
	}
	return err
}
