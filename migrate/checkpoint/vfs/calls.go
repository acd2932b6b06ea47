package vfs

import (
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// The functions that SQLite calls of a VFS. All but xOpen and xDelete only
// forward to the base.

type (
	openCall    = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	deleteCall  = func(*libc.TLS, uintptr, uintptr, int32) int32
	accessCall  = func(*libc.TLS, uintptr, uintptr, int32, uintptr) int32
	pathCall    = func(*libc.TLS, uintptr, uintptr, int32, uintptr) int32
	bytesCall   = func(*libc.TLS, uintptr, int32, uintptr) int32
	sleepCall   = func(*libc.TLS, uintptr, int32) int32
	timeCall    = func(*libc.TLS, uintptr, uintptr) int32
	dlOpenCall  = func(*libc.TLS, uintptr, uintptr) uintptr
	dlErrorCall = func(*libc.TLS, uintptr, int32, uintptr)
	dlSymCall   = func(*libc.TLS, uintptr, uintptr, uintptr) uintptr
	dlCloseCall = func(*libc.TLS, uintptr, uintptr)
)

func fillVFS(v *sqlite3.Tsqlite3_vfs) {
	store[openCall](&v.FxOpen, open)
	store[deleteCall](&v.FxDelete, remove)
	store[accessCall](&v.FxAccess, func(t *libc.TLS, v, name uintptr, flags int32, out uintptr) int32 {
		b := systemOf(v).base
		return function[accessCall](at[sqlite3.Tsqlite3_vfs](b).FxAccess)(t, b, name, flags, out)
	})
	store[pathCall](&v.FxFullPathname, func(t *libc.TLS, v, name uintptr, n int32, out uintptr) int32 {
		b := systemOf(v).base
		return function[pathCall](at[sqlite3.Tsqlite3_vfs](b).FxFullPathname)(t, b, name, n, out)
	})
	store[bytesCall](&v.FxRandomness, func(t *libc.TLS, v uintptr, n int32, out uintptr) int32 {
		b := systemOf(v).base
		return function[bytesCall](at[sqlite3.Tsqlite3_vfs](b).FxRandomness)(t, b, n, out)
	})
	store[sleepCall](&v.FxSleep, func(t *libc.TLS, v uintptr, micros int32) int32 {
		b := systemOf(v).base
		return function[sleepCall](at[sqlite3.Tsqlite3_vfs](b).FxSleep)(t, b, micros)
	})
	store[timeCall](&v.FxCurrentTime, func(t *libc.TLS, v, out uintptr) int32 {
		b := systemOf(v).base
		return function[timeCall](at[sqlite3.Tsqlite3_vfs](b).FxCurrentTime)(t, b, out)
	})
	store[timeCall](&v.FxCurrentTimeInt64, func(t *libc.TLS, v, out uintptr) int32 {
		b := systemOf(v).base
		return function[timeCall](at[sqlite3.Tsqlite3_vfs](b).FxCurrentTimeInt64)(t, b, out)
	})
	store[bytesCall](&v.FxGetLastError, func(t *libc.TLS, v uintptr, n int32, out uintptr) int32 {
		b := systemOf(v).base
		return function[bytesCall](at[sqlite3.Tsqlite3_vfs](b).FxGetLastError)(t, b, n, out)
	})
	// No extension is ever loaded.
	store[dlOpenCall](&v.FxDlOpen, func(*libc.TLS, uintptr, uintptr) uintptr { return 0 })
	store[dlErrorCall](&v.FxDlError, func(*libc.TLS, uintptr, int32, uintptr) {})
	store[dlSymCall](&v.FxDlSym, func(*libc.TLS, uintptr, uintptr, uintptr) uintptr { return 0 })
	store[dlCloseCall](&v.FxDlClose, func(*libc.TLS, uintptr, uintptr) {})
}

func open(t *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	s, base := systemOf(vfs), file+headBytes
	at[fileHead](file).methods = 0
	// SQLite reads the parameters of a URI from behind the name: it is
	// handed on as it is.
	code := function[openCall](at[sqlite3.Tsqlite3_vfs](s.base).FxOpen)(t, s.base, name, base, flags, out)
	if code != sqlite3.SQLITE_OK {
		if at[sqlite3.Tsqlite3_file](base).FpMethods != 0 {
			f := &openFile{base: base}
			_ = function[fileCall](f.methods().FxClose)(t, base)
		}
		return full(t, code)
	}
	f := &openFile{base: base}
	if name != 0 {
		path, kind := libc.GoString(name), kindOf(flags)
		for _, layer := range s.layers {
			if part := layer.Open(path, kind); part != nil {
				f.parts = append(f.parts, part)
			}
		}
	}
	head := at[fileHead](file)
	head.handle, head.methods = newHandle(f), fileMethods()
	return sqlite3.SQLITE_OK
}

func remove(t *libc.TLS, vfs, name uintptr, syncFolder int32) int32 {
	s := systemOf(vfs)
	for _, layer := range s.layers {
		if code := layer.Delete(libc.GoString(name)); code != codeOK {
			return int32(code)
		}
	}
	return function[deleteCall](at[sqlite3.Tsqlite3_vfs](s.base).FxDelete)(t, s.base, name, syncFolder)
}
