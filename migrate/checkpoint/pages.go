package checkpoint

import (
	"encoding/binary"
	"fmt"
	"hash/crc64"
	"io"
	"os"
	"sync"

	"synapse-migrate/migrate/checkpoint/vfs"
)

// A run file is a database of pages, each of which ends with a checksum over
// what is before it and its number. It is computed when a page is written to
// the file and compared whenever one is read, so that damage is noticed by
// whoever reads it: SQLite itself believes what it reads. Pages in SQLite's
// log have that one's own checksums, which it compares.

const (
	// pageBytes is the size of a page, checksumBytes what SQLite leaves free
	// at its end ("reserved space" in
	// https://www.sqlite.org/fileformat.html, section 1.3.4).
	pageBytes     = 4096
	checksumBytes = 8
	// headerBytes is the database's header, at the beginning of page 1.
	headerBytes = 100
)

// systemName is the VFS that run files are opened with.
const systemName = "run-file"

// registered makes sure that there is that VFS.
var registered = sync.OnceValue(func() error {
	return vfs.Register(systemName, checksums{})
})

// table is that of the CRC-64 of ECMA-182, which finds any change of up to 64
// bits in a row, and all others but one in 2^64.
var table = crc64.MakeTable(crc64.ECMA)

// checksum is that of a page at an offset of the file.
func checksum(page []byte, offset int64) uint64 {
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(offset/pageBytes)+1)
	sum := crc64.Update(0, table, number[:])
	return crc64.Update(sum, table, page[:pageBytes-checksumBytes])
}

// sealPage puts the checksum at the end of a page.
func sealPage(page []byte, offset int64) {
	binary.BigEndian.PutUint64(page[pageBytes-checksumBytes:], checksum(page, offset))
}

// isIntact compares a page with its checksum.
func isIntact(page []byte, offset int64) bool {
	return binary.BigEndian.Uint64(page[pageBytes-checksumBytes:]) == checksum(page, offset)
}

// checksums is the layer that keeps them in databases.
type checksums struct{}

// Open has databases watched, and nothing else.
func (checksums) Open(_ string, kind vfs.Kind) vfs.File {
	if kind != vfs.KindDatabase {
		return nil
	}
	return pages{}
}

// Delete lets a file be deleted.
func (checksums) Delete(string) vfs.Code { return 0 }

// pages is an open database. SQLite reads and writes whole pages, but for
// looks at the first bytes, all of which it reads again with page 1.
type pages struct{}

// isPage reports whether a piece of the file is a page.
func isPage(data []byte, offset int64) bool {
	return len(data) == pageBytes && offset%pageBytes == 0
}

// Read compares a page that was read with its checksum.
func (pages) Read(data []byte, offset int64) vfs.Code {
	switch {
	case isPage(data, offset) && !isIntact(data, offset),
		!isPage(data, offset) && offset+int64(len(data)) > headerBytes:
		return vfs.CodeChecksum
	}
	return 0
}

// Write gives a page its checksum before it is written.
func (pages) Write(data []byte, offset int64) vfs.Code {
	if !isPage(data, offset) {
		return vfs.CodeWrite
	}
	sealPage(data, offset)
	return 0
}

// Truncate lets the file be cut.
func (pages) Truncate(int64) vfs.Code { return 0 }

// Sync lets the file be flushed.
func (pages) Sync() vfs.Code { return 0 }

// firstPage is a database without a table, as SQLite makes it, but with room
// for checksums (https://www.sqlite.org/fileformat.html, sections 1.3 and
// 1.6, read November 2026).
func firstPage() []byte {
	page := make([]byte, pageBytes)
	copy(page, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(page[16:], pageBytes)
	page[18], page[19] = 1, 1 // rollback journal
	page[20] = checksumBytes
	page[21], page[22], page[23] = 64, 32, 32
	binary.BigEndian.PutUint32(page[28:], 1) // pages
	tree := page[headerBytes:]
	tree[0] = 13 // a leaf of a table
	binary.BigEndian.PutUint16(tree[5:], pageBytes-checksumBytes)
	sealPage(page, 0)
	return page
}

// useLog makes page 1 that of a database in WAL mode.
func useLog(page []byte) {
	page[18], page[19] = 2, 2
	sealPage(page, 0)
}

// checkFirst tells whether a file begins as a run file that this program
// reads. What it looks at never changes, so that a log beside the file
// doesn't matter.
func checkFirst(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	header := make([]byte, headerBytes)
	if n, err := io.ReadFull(file, header); err != nil && n < headerBytes {
		return fmt.Errorf("%w: not a run file", ErrFormat)
	}
	return checkHeader(header)
}

// checkHeader is checkFirst for the header itself.
func checkHeader(header []byte) error {
	application := binary.BigEndian.Uint32(header[68:])
	version := binary.BigEndian.Uint32(header[60:])
	switch {
	case string(header[:16]) != "SQLite format 3\x00", application != applicationID:
		return fmt.Errorf("%w: not a run file", ErrFormat)
	case version != formatVersion:
		return fmt.Errorf("%w: format %d, but this program reads format %d: "+
			"use the version of the program that wrote it",
			ErrFormat, version, formatVersion)
	case binary.BigEndian.Uint16(header[16:]) != pageBytes, header[20] != checksumBytes:
		return fmt.Errorf("%w: its pages have no checksums: %s", ErrFormat, damagedHint)
	}
	return nil
}
