package vfs

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// The functions that SQLite calls of an open file.

type (
	fileCall     = func(*libc.TLS, uintptr) int32
	dataCall     = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	truncateCall = func(*libc.TLS, uintptr, int64) int32
	numberCall   = func(*libc.TLS, uintptr, int32) int32
	outCall      = func(*libc.TLS, uintptr, uintptr) int32
	controlCall  = func(*libc.TLS, uintptr, int32, uintptr) int32
	mapCall      = func(*libc.TLS, uintptr, int32, int32, int32, uintptr) int32
	lockCall     = func(*libc.TLS, uintptr, int32, int32, int32) int32
	barrierCall  = func(*libc.TLS, uintptr)
)

// methods are those of all open files. They are in SQLite's version 2, which
// has no mapping of files into memory.
var methods sqlite3.Tsqlite3_io_methods

var fileMethods = sync.OnceValue(func() uintptr {
	m := &methods
	m.FiVersion = 2
	store[fileCall](&m.FxClose, closeFile)
	store[dataCall](&m.FxRead, read)
	store[dataCall](&m.FxWrite, write)
	store[truncateCall](&m.FxTruncate, truncate)
	store[numberCall](&m.FxSync, flush)
	store[outCall](&m.FxFileSize, func(t *libc.TLS, file, out uintptr) int32 {
		f := fileOf(file)
		return function[outCall](f.methods().FxFileSize)(t, f.base, out)
	})
	store[numberCall](&m.FxLock, func(t *libc.TLS, file uintptr, level int32) int32 {
		f := fileOf(file)
		return function[numberCall](f.methods().FxLock)(t, f.base, level)
	})
	store[numberCall](&m.FxUnlock, func(t *libc.TLS, file uintptr, level int32) int32 {
		f := fileOf(file)
		return function[numberCall](f.methods().FxUnlock)(t, f.base, level)
	})
	store[outCall](&m.FxCheckReservedLock, func(t *libc.TLS, file, out uintptr) int32 {
		f := fileOf(file)
		return function[outCall](f.methods().FxCheckReservedLock)(t, f.base, out)
	})
	store[controlCall](&m.FxFileControl, func(t *libc.TLS, file uintptr, what int32, arg uintptr) int32 {
		f := fileOf(file)
		return full(t, function[controlCall](f.methods().FxFileControl)(t, f.base, what, arg))
	})
	store[fileCall](&m.FxSectorSize, func(t *libc.TLS, file uintptr) int32 {
		f := fileOf(file)
		return function[fileCall](f.methods().FxSectorSize)(t, f.base)
	})
	store[fileCall](&m.FxDeviceCharacteristics, func(t *libc.TLS, file uintptr) int32 {
		f := fileOf(file)
		// Without this SQLite reads what overflows a page past its cache, and
		// not in whole pages.
		const inParts = sqlite3.SQLITE_IOCAP_SUBPAGE_READ
		return function[fileCall](f.methods().FxDeviceCharacteristics)(t, f.base) &^ inParts
	})
	fillShared(m)
	return uintptr(unsafe.Pointer(m))
})

// fillShared has the memory that processes share forwarded.
func fillShared(m *sqlite3.Tsqlite3_io_methods) {
	store[mapCall](&m.FxShmMap, func(t *libc.TLS, file uintptr, region, size, extend int32, out uintptr) int32 {
		f := fileOf(file)
		call := f.methods().FxShmMap
		if call == 0 {
			return sqlite3.SQLITE_IOERR_SHMMAP
		}
		return full(t, function[mapCall](call)(t, f.base, region, size, extend, out))
	})
	store[lockCall](&m.FxShmLock, func(t *libc.TLS, file uintptr, offset, n, flags int32) int32 {
		f := fileOf(file)
		return function[lockCall](f.methods().FxShmLock)(t, f.base, offset, n, flags)
	})
	store[barrierCall](&m.FxShmBarrier, func(t *libc.TLS, file uintptr) {
		f := fileOf(file)
		function[barrierCall](f.methods().FxShmBarrier)(t, f.base)
	})
	store[numberCall](&m.FxShmUnmap, func(t *libc.TLS, file uintptr, remove int32) int32 {
		f := fileOf(file)
		return function[numberCall](f.methods().FxShmUnmap)(t, f.base, remove)
	})
}

func closeFile(t *libc.TLS, file uintptr) int32 {
	f := fileOf(file)
	code := function[fileCall](f.methods().FxClose)(t, f.base)
	handles.Delete(at[fileHead](file).handle)
	return code
}

func read(t *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	f := fileOf(file)
	code := function[dataCall](f.methods().FxRead)(t, f.base, data, n, offset)
	if code != sqlite3.SQLITE_OK {
		return code // too short: SQLite knows what that means where it is
	}
	for i := len(f.parts) - 1; i >= 0; i-- {
		if code := f.parts[i].Read(bytesAt(data, n), offset); code != codeOK {
			return int32(code)
		}
	}
	return sqlite3.SQLITE_OK
}

func write(t *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	f := fileOf(file)
	for _, part := range f.parts {
		if code := part.Write(bytesAt(data, n), offset); code != codeOK {
			return int32(code)
		}
	}
	return full(t, function[dataCall](f.methods().FxWrite)(t, f.base, data, n, offset))
}

func truncate(t *libc.TLS, file uintptr, size int64) int32 {
	f := fileOf(file)
	for _, part := range f.parts {
		if code := part.Truncate(size); code != codeOK {
			return int32(code)
		}
	}
	return full(t, function[truncateCall](f.methods().FxTruncate)(t, f.base, size))
}

func flush(t *libc.TLS, file uintptr, flags int32) int32 {
	f := fileOf(file)
	for _, part := range f.parts {
		if code := part.Sync(); code != codeOK {
			return int32(code)
		}
	}
	return full(t, function[numberCall](f.methods().FxSync)(t, f.base, flags))
}
