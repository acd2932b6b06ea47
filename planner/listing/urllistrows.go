package listing

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/planner"
)

// maxRowBytes bounds a row: URLs that are signed with a session token have
// about two thousand bytes.
const maxRowBytes = 64 << 10

// The columns of a list, in the order that they have without a header.
const (
	columnURL = iota
	columnPath
	columnSize
	columnMD5
	columns
)

// columnNames are those of a header, and the keys of JSON lines.
var columnNames = [columns]string{"url", "path", "size", "md5"}

// rowFormat is how rows are written.
type rowFormat struct {
	// separator is a comma or a tab; 0 is JSON.
	separator rune
	// places are where the columns stand, -1 for one that is missing.
	places [columns]int
	// fields is the number of fields of each row; 0 is any that suffices.
	fields int
}

// What is wrong with a row. None of it repeats the row.
var (
	errRowLong     = fmt.Errorf("it is longer than %d bytes", maxRowBytes)
	errRowSyntax   = errors.New("it can't be read (a row is one line)")
	errRowFields   = errors.New("want url, path, size and md5; size and md5 may be left out")
	errRowColumns  = errors.New("want the columns url, path, size, md5 in the header, each once")
	errRowURL      = errors.New("want an https URL without a user name in it")
	errRowPath     = errors.New("want a path")
	errRowSize     = errors.New("the size is not a number of bytes")
	errRowMD5      = errors.New("the MD5 is not 32 hex digits")
	errRowJSONKeys = errors.New("want one JSON object with the keys url, path, size, md5")
)

// index reads all rows once.
func (m *URLList) index(size int64) error {
	lines := bufio.NewReaderSize(io.NewSectionReader(m.from, 0, size), maxRowBytes)
	var at int64
	begun := false
	for number := 1; ; number++ {
		line, err := lines.ReadSlice('\n')
		if err != nil && err != io.EOF {
			if errors.Is(err, bufio.ErrBufferFull) {
				err = errRowLong
			}
			return fmt.Errorf("%w: line %d: %w", ErrURLList, number, err)
		}
		from := at
		at += int64(len(line))
		text := bytes.TrimRight(line, "\r\n")
		if number == 1 {
			bare := bytes.TrimPrefix(text, []byte("\uFEFF"))
			from, text = from+int64(len(text)-len(bare)), bare
		}
		if len(bytes.TrimSpace(text)) > 0 {
			if rowErr := m.take(text, from, !begun); rowErr != nil {
				return fmt.Errorf("%w: line %d: %w", ErrURLList, number, rowErr)
			}
			begun = true
		}
		if err == io.EOF {
			return nil
		}
	}
}

// take adds a row; the first one tells the format, and may be a header.
func (m *URLList) take(line []byte, at int64, first bool) error {
	if first {
		header, err := m.format.recognise(line)
		if err != nil || header {
			return err
		}
	}
	row, err := m.format.row(line)
	if err != nil {
		return err
	}
	m.entries = append(m.entries, manifestEntry{
		path: row.Path, at: at, length: len(line), sum: rowSum(row),
	})
	return nil
}

// recognise finds out the format from the first row, and whether that is a
// header: one without a URL.
func (f *rowFormat) recognise(line []byte) (header bool, err error) {
	f.places = [columns]int{0, 1, 2, 3}
	switch {
	case bytes.TrimSpace(line)[0] == '{':
		return false, nil
	case bytes.ContainsRune(line, '\t'):
		f.separator = '\t'
	default:
		f.separator = ','
	}
	cells, err := f.cells(line)
	if err != nil || slices.ContainsFunc(cells, planner.IsURL) {
		return false, err
	}
	return true, f.header(cells)
}

// header reads the names of the columns. Others than those known are for
// other programs.
func (f *rowFormat) header(cells []string) error {
	f.places, f.fields = [columns]int{-1, -1, -1, -1}, len(cells)
	for i, cell := range cells {
		column := slices.Index(columnNames[:], strings.ToLower(strings.TrimSpace(cell)))
		if column < 0 {
			continue
		}
		if f.places[column] >= 0 {
			return errRowColumns
		}
		f.places[column] = i
	}
	if f.places[columnURL] < 0 || f.places[columnPath] < 0 {
		return errRowColumns
	}
	return nil
}

// cells takes a line apart.
func (f *rowFormat) cells(line []byte) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(line))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = f.separator, f.separator == '\t', -1
	cells, err := r.Read()
	if err != nil {
		return nil, errRowSyntax
	}
	return cells, nil
}

// row reads a row.
func (f *rowFormat) row(line []byte) (URLRow, error) {
	if f.separator == 0 {
		return jsonRow(line)
	}
	cells, err := f.cells(line)
	if err != nil {
		return URLRow{}, err
	}
	if f.fields > 0 && len(cells) != f.fields || len(cells) < 2 || f.fields == 0 && len(cells) > columns {
		return URLRow{}, errRowFields
	}
	cell := func(column int) string {
		if at := f.places[column]; at >= 0 && at < len(cells) {
			return cells[at]
		}
		return ""
	}
	size := strings.TrimSpace(cell(columnSize))
	row := URLRow{URL: cell(columnURL), Path: cell(columnPath), MD5: cell(columnMD5), SizeBytes: -1}
	if size != "" {
		n, err := strconv.ParseUint(size, 10, 63)
		if err != nil {
			return URLRow{}, errRowSize
		}
		row.SizeBytes = int64(n)
	}
	return row.checked()
}

// jsonRow reads a row of JSON lines.
func jsonRow(line []byte) (URLRow, error) {
	var document struct {
		URL  string `json:"url"`
		Path string `json:"path"`
		Size *int64 `json:"size"`
		MD5  string `json:"md5"`
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if d.Decode(&document) != nil {
		return URLRow{}, errRowJSONKeys
	}
	if _, err := d.Token(); err != io.EOF {
		return URLRow{}, errRowJSONKeys
	}
	row := URLRow{URL: document.URL, Path: document.Path, MD5: document.MD5, SizeBytes: -1}
	if document.Size != nil {
		if row.SizeBytes = *document.Size; row.SizeBytes < 0 {
			return URLRow{}, errRowSize
		}
	}
	return row.checked()
}

// checked is a row whose parts are what they should be. Whether its path can
// be used is a rule's business.
func (r URLRow) checked() (URLRow, error) {
	r.URL = strings.TrimSpace(r.URL)
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return URLRow{}, errRowURL
	}
	if r.Path == "" {
		return URLRow{}, errRowPath
	}
	if r.MD5 = strings.TrimSpace(r.MD5); r.MD5 != "" {
		sum, ok := planner.MD5Hex(r.MD5)
		if !ok {
			return URLRow{}, errRowMD5
		}
		r.MD5 = sum
	}
	return r, nil
}
