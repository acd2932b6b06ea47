package objectstore

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse/webpage"
)

// ErrPage means that a server answers with a web page, which is hardly the file: a page
// to log in, or one that says why there is no file. An object that was planned
// as another one has changed: it wraps transfer.ErrChanged.
var ErrPage = fmt.Errorf("%w: the answer is a web page (text/html)", transfer.ErrChanged)

// sniffBytes is how much of an answer is looked at for a page.
const sniffBytes = 512

// page reports whether an answer is a web page in the place of a file, where
// nothing else would show it: the list of URLs says neither size nor MD5, and
// the path's name is not that of a page. Synapse's download URLs have both.
func (w *Web) page(o planner.Object, resp *http.Response) bool {
	if o.Download != nil || resp.StatusCode >= http.StatusMultipleChoices || namesPage(o.Key) ||
		w.options.Vouched != nil && w.options.Vouched(o) {
		return false
	}
	return webpage.Typed(resp.Header.Get("Content-Type")) ||
		resp.StatusCode == http.StatusOK && webpage.Typed(http.DetectContentType(peek(resp)))
}

// peek is the begin of an answer's body, which can be read as before.
func peek(resp *http.Response) []byte {
	body := bufio.NewReaderSize(resp.Body, sniffBytes)
	start, _ := body.Peek(sniffBytes) // what there is: an error shows when the body is read
	resp.Body = peeked{body, resp.Body}
	return start
}

// peeked is a body whose begin was looked at.
type peeked struct {
	io.Reader
	io.Closer
}

// namesPage reports whether a path is named like a web page.
func namesPage(key string) bool {
	switch strings.ToLower(path.Ext(key)) {
	case ".html", ".htm", ".xhtml", ".xht", ".shtml":
		return true
	}
	return false
}
