package vfs

import (
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Kind is what SQLite uses a file for.
type Kind string

// The kinds; files of others have none.
const (
	KindDatabase Kind = "database"
	KindLog      Kind = "log"
	KindJournal  Kind = "journal"
)

// kindOf reads the flags with which SQLite opens a file.
func kindOf(flags int32) Kind {
	switch {
	case flags&sqlite3.SQLITE_OPEN_MAIN_DB != 0:
		return KindDatabase
	case flags&sqlite3.SQLITE_OPEN_WAL != 0:
		return KindLog
	case flags&sqlite3.SQLITE_OPEN_MAIN_JOURNAL != 0:
		return KindJournal
	}
	return ""
}

// Code is one of SQLite's result codes (https://www.sqlite.org/rescode.html),
// as a layer refuses with it.
type Code int32

// The codes that layers use.
const (
	CodeFull      Code = sqlite3.SQLITE_FULL
	CodeChecksum  Code = sqlite3.SQLITE_IOERR_DATA
	CodeWrite     Code = sqlite3.SQLITE_IOERR_WRITE
	CodeSync      Code = sqlite3.SQLITE_IOERR_FSYNC
	codeOK        Code = sqlite3.SQLITE_OK
	codeShortRead Code = sqlite3.SQLITE_IOERR_SHORT_READ
)

// Layer sees what SQLite does to files. Its methods are called by several
// goroutines at once, and return 0 to let a call go on.
type Layer interface {
	// Open is told of a file that was opened, and created if it wasn't
	// there; nil takes no part in what becomes of it.
	Open(path string, kind Kind) File
	// Delete is asked before a file is deleted.
	Delete(path string) Code
}

// File is the part of a layer in one open file.
type File interface {
	// Read may refuse what was read at an offset.
	Read(data []byte, offset int64) Code
	// Write may change what will be written at an offset, or refuse it.
	Write(data []byte, offset int64) Code
	Truncate(size int64) Code
	// Sync is asked before what was written is flushed.
	Sync() Code
}

// system is a registered VFS: one of SQLite's with layers over it.
type system struct {
	base   uintptr
	layers []Layer
}

// openFile is an open file: what the operating system's part is, and the
// layers that take part.
type openFile struct {
	base  uintptr
	parts []File
}

// Handles stand for Go values in SQLite's memory.
var (
	handles    sync.Map
	lastHandle atomic.Uintptr
)

func newHandle(value any) uintptr {
	h := lastHandle.Add(1)
	handles.Store(h, value)
	return h
}

// fileHead stands before the base's own part of a sqlite3_file.
type fileHead struct {
	methods uintptr
	handle  uintptr
}

// headBytes keeps what follows the head aligned to 8 bytes.
const headBytes = 16

// Register makes a VFS of that name over SQLite's default one. What is
// written passes the layers from the first to the last, what is read from the
// last to the first. It stays for the life of the process.
func Register(name string, layers ...Layer) error {
	tls := libc.NewTLS()
	defer tls.Close()
	base := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if base == 0 {
		return fmt.Errorf("SQLite has no file system")
	}
	cname, err := libc.CString(name)
	if err != nil {
		return err
	}
	own := sqlite3.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	if own == 0 {
		return fmt.Errorf("registering %s: no memory", name)
	}
	*at[sqlite3.Tsqlite3_vfs](own) = sqlite3.Tsqlite3_vfs{}
	v, b := at[sqlite3.Tsqlite3_vfs](own), at[sqlite3.Tsqlite3_vfs](base)
	v.FiVersion = 2
	v.FszOsFile = headBytes + b.FszOsFile
	v.FmxPathname = b.FmxPathname
	v.FzName = cname
	v.FpAppData = newHandle(&system{base, layers})
	fillVFS(v)
	if code := sqlite3.Xsqlite3_vfs_register(tls, own, 0); code != sqlite3.SQLITE_OK {
		return fmt.Errorf("registering %s: SQLite's code %d", name, code)
	}
	return nil
}

// at is what a pointer of SQLite's points to.
func at[T any](pointer uintptr) *T {
	return *(**T)(unsafe.Pointer(&pointer))
}

// function is what a pointer of SQLite's to a function calls.
func function[F any](pointer uintptr) F {
	return *(*F)(unsafe.Pointer(&struct{ uintptr }{pointer}))
}

// store puts a function where SQLite looks for it.
func store[F any](into *uintptr, f F) { *(*F)(unsafe.Pointer(into)) = f }

// bytesAt are n bytes of SQLite's.
func bytesAt(pointer uintptr, n int32) []byte {
	return unsafe.Slice(at[byte](pointer), int(n))
}

func systemOf(vfs uintptr) *system {
	value, _ := handles.Load(at[sqlite3.Tsqlite3_vfs](vfs).FpAppData)
	return value.(*system)
}

func fileOf(file uintptr) *openFile {
	value, _ := handles.Load(at[fileHead](file).handle)
	return value.(*openFile)
}

// methodsOf are those of the base's part of a file.
func (f *openFile) methods() *sqlite3.Tsqlite3_io_methods {
	return at[sqlite3.Tsqlite3_io_methods](at[sqlite3.Tsqlite3_file](f.base).FpMethods)
}
