package listing

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// Errors of a URLList, for errors.Is.
var (
	// ErrURLList: the list can't be read as one. The error names the line,
	// and nothing of what stands in it.
	ErrURLList = errors.New("list of URLs can't be read")
	// ErrURLListChanged: the list's file was changed after it was read.
	ErrURLListChanged = errors.New("list of URLs has changed since it was read")
)

// manifestPage is how many rows a page of the listing has.
const manifestPage = 1000

// URLRow is one row of a list of URLs. Its URL is a secret: rows are not
// to be printed.
type URLRow struct {
	// URL is http or https, with its query.
	URL string
	// Path is the way below the destination folder, slash-joined.
	Path string
	// SizeBytes is negative where the list doesn't say.
	SizeBytes int64
	// MD5 is 32 lower-case hex digits, empty where the list doesn't say.
	MD5 string
}

// String is the path.
func (r URLRow) String() string { return r.Path }

// GoString is the path, so that no format prints the URL.
func (r URLRow) GoString() string { return r.Path }

// Format is String for every verb.
func (r URLRow) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, r.Path) }

// Bare is the URL without query and fragment.
func (r URLRow) Bare() string { return planner.BareURL(r.URL) }

// URLList is a list of URLs: a Lister of the objects that they lead to, with
// the paths as keys. It keeps the paths in memory, about a hundred bytes a
// row, and no URL: rows are read from the file again when they are needed. It
// is safe for concurrent use.
type URLList struct {
	from    io.ReaderAt
	format  rowFormat
	entries []manifestEntry
	digest  string
}

// manifestEntry is where a row is in the file, and how to recognise what is
// no secret in it.
type manifestEntry struct {
	path   string
	at     int64
	length int
	sum    [16]byte
}

// ReadURLList reads a list of size bytes: CSV or TSV with the columns url,
// path, size and md5 (in this order, or in that of a header), or JSON lines
// with keys of these names. Size and MD5 may be missing. What is wrong with
// it wraps ErrURLList.
func ReadURLList(from io.ReaderAt, size int64) (*URLList, error) {
	m := &URLList{from: from}
	if err := m.index(size); err != nil {
		return nil, err
	}
	if len(m.entries) == 0 {
		return nil, fmt.Errorf("%w: there is no URL in it", ErrURLList)
	}
	slices.SortFunc(m.entries, func(a, b manifestEntry) int {
		return cmp.Or(strings.Compare(a.path, b.path), slices.Compare(a.sum[:], b.sum[:]))
	})
	sum := sha256.New()
	for _, e := range m.entries {
		sum.Write(e.sum[:])
	}
	m.digest = hex.EncodeToString(sum.Sum(nil))
	return m, nil
}

// Rows is the number of rows.
func (m *URLList) Rows() int64 { return int64(len(m.entries)) }

// Digest is the SHA-256, in hex, over what is no secret in the rows: path,
// URL without query, size and MD5. It stays the same when URLs are signed
// anew, and whatever the order and the format of the list.
func (m *URLList) Digest() string { return m.digest }

// List lists the rows in the order of their paths; those with one path are
// listed once, as blocked. The bucket is not used.
func (m *URLList) List(
	ctx context.Context, _, prefix, startAfter string,
) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		var page []planner.Object
		for i := m.after(startAfter); i < len(m.entries); {
			next := i + 1
			for next < len(m.entries) && m.entries[next].path == m.entries[i].path {
				next++
			}
			o, err := m.object(m.entries[i], next-i > 1)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if i = next; !strings.HasPrefix(o.Key, prefix) {
				continue
			}
			if page = append(page, o); len(page) == manifestPage {
				if !yield(page, nil) {
					return
				}
				page = nil
			}
		}
		if len(page) > 0 {
			yield(page, nil)
		}
	}
}

// after is the index of the first entry behind a path.
func (m *URLList) after(path string) int {
	if path == "" {
		return 0
	}
	i, _ := slices.BinarySearchFunc(m.entries, path, func(e manifestEntry, p string) int {
		if e.path <= p {
			return -1
		}
		return 1
	})
	return i
}

// object is a row as a listing has it.
func (m *URLList) object(e manifestEntry, twice bool) (planner.Object, error) {
	row, err := m.read(e)
	if err != nil {
		return planner.Object{}, err
	}
	o := planner.Object{
		Bucket: row.Bare(), Key: row.Path, SizeBytes: max(row.SizeBytes, 0),
		Remark: &planner.Remark{MD5: row.MD5, Look: true},
	}
	switch {
	case !safePath(row.Path):
		*o.Remark = planner.Remark{Action: planner.ActionBlock, Rule: rules.SourceURLPathUnsafe}
	case twice:
		*o.Remark = planner.Remark{Action: planner.ActionBlock, Rule: rules.SourceURLPathTwice}
	}
	return o, nil
}

// Row is the row with a path; ErrNotFound where there is none.
func (m *URLList) Row(path string) (URLRow, error) {
	i, found := slices.BinarySearchFunc(m.entries, path, func(e manifestEntry, p string) int {
		return strings.Compare(e.path, p)
	})
	if !found {
		return URLRow{}, fmt.Errorf("no row with the path %q: %w", path, planner.ErrNotFound)
	}
	return m.read(m.entries[i])
}

// read reads a row again.
func (m *URLList) read(e manifestEntry) (URLRow, error) {
	line := make([]byte, e.length)
	if n, err := m.from.ReadAt(line, e.at); n < len(line) {
		return URLRow{}, fmt.Errorf("%w: %w", ErrURLListChanged, err)
	}
	row, err := m.format.row(line)
	if err != nil || rowSum(row) != e.sum {
		return URLRow{}, ErrURLListChanged
	}
	return row, nil
}

// rowSum is a digest of what is no secret in a row.
func rowSum(r URLRow) [16]byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %s", r.Path, r.Bare(), r.SizeBytes, r.MD5))
	return [16]byte(sum[:16])
}

// safePath reports whether a path is relative and leads down.
func safePath(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." || strings.Contains(segment, "\x00") {
			return false
		}
	}
	return true
}

// URL is the URL of an object of the plan.
func (m *URLList) URL(o planner.Object) (string, error) {
	row, err := m.Row(o.Key)
	if err != nil {
		return "", err
	}
	if row.Bare() != o.Bucket {
		return "", fmt.Errorf("the list has another URL for %q", o.Key)
	}
	return row.URL, nil
}

// Vouches reports whether the list says how large an object is, or what MD5 it
// has.
func (m *URLList) Vouches(o planner.Object) bool {
	row, err := m.Row(o.Key)
	return err == nil && (row.SizeBytes >= 0 || row.MD5 != "")
}

// Expected is an object as the list describes it.
func (m *URLList) Expected(key string) (planner.Object, error) {
	row, err := m.Row(key)
	return planner.Object{Bucket: row.Bare(), Key: row.Path, SizeBytes: row.SizeBytes}, err
}
