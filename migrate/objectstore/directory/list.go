package directory

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

const (
	// listPage is how many files a page of a listing has, as S3's.
	listPage = 1000
	// listWindow is how many names of one directory are held in memory; a
	// larger one is read several times.
	listWindow = 200_000
	// readNames is how many names are read at once.
	readNames = 4096
)

// List lists the files below a Dir as S3 would: in the binary
// order of their slash-joined paths. It is a planner.Lister and a
// planner.Examiner. Nothing is changed, and memory doesn't grow with the
// number of files, only with the depth.
type List struct {
	// Dir is what is listed.
	Dir *Dir
	// FollowLinks lists symbolic links to files below the directory as
	// files; others are listed to be skipped.
	FollowLinks bool
	// Own are files that are skipped: keys of this very run's.
	Own []string
	// Window is how many names of one directory are held in memory; 0 is
	// 200,000.
	Window int
}

// contentType is what files of a directory are taken for: nothing
// tells their type.
const contentType = "application/octet-stream"

// List lists files after a path, in pages; what can't be migrated has a
// Remark that says why. Files that vanish meanwhile are left out. The bucket
// is not used. The sequence ends after the first error.
func (l List) List(
	ctx context.Context, _, prefix, startAfter string,
) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		w := &walk{
			ctx: ctx, list: l, prefix: prefix, after: startAfter,
			window: cmp.Or(max(l.Window, 0), listWindow), yield: yield,
		}
		err := w.directory("")
		if err == nil && len(w.page) > 0 {
			err = w.flush()
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

// errEnough: nobody wants more.
var errEnough = errors.New("enough")

// walk is a listing under way.
type walk struct {
	ctx           context.Context
	list          List
	prefix, after string
	window        int
	page          []planner.Object
	yield         func([]planner.Object, error) bool
}

// name is an entry of a directory; a directory's ends with a slash, by which
// it is sorted as the keys below it are.
type name struct {
	text string
	kind fs.FileMode
}

// directory lists what lies below a directory, whose path is empty or ends
// with a slash.
func (w *walk) directory(path string) error {
	last := ""
	for more := true; more; {
		var names []name
		var err error
		names, more, err = w.names(path, last)
		if err != nil {
			return w.closed(path, err)
		}
		for _, n := range names {
			last = n.text
			if err := w.entry(path, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// closed lists a directory that can't be: to be blocked, unless it is the
// source itself.
func (w *walk) closed(path string, cause error) error {
	cause = fileFailure(cause)
	switch {
	case w.ctx.Err() != nil:
		return w.ctx.Err()
	case path == "":
		return fmt.Errorf("reading the directory: %w", cause)
	case errors.Is(cause, transfer.ErrNotFound):
		return nil
	}
	return w.add(planner.Object{Key: path}, &planner.Remark{
		Action: planner.ActionBlock, Rule: rules.SourceFolderUnread,
	})
}

// entry lists one entry, and what lies below it.
func (w *walk) entry(path string, n name) error {
	key := path + n.text
	if n.kind.IsDir() {
		if key < w.after && !strings.HasPrefix(w.after, key) {
			return nil
		}
		if !strings.HasPrefix(key, w.prefix) && !strings.HasPrefix(w.prefix, key) {
			return nil
		}
		return w.directory(key)
	}
	if key <= w.after && w.after != "" || !strings.HasPrefix(key, w.prefix) {
		return nil
	}
	o, remark, err := w.list.meet(key, n.kind)
	switch {
	case errors.Is(err, transfer.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return w.add(o, remark)
}

// meet is an entry that is no directory, as a listing has it.
func (l List) meet(key string, kind fs.FileMode) (planner.Object, *planner.Remark, error) {
	left := func(action planner.Action, rule planner.RuleID) (planner.Object, *planner.Remark, error) {
		return planner.Object{Key: key}, &planner.Remark{Action: action, Rule: rule}, nil
	}
	switch {
	case slices.Contains(l.Own, key):
		return left(planner.ActionSkip, rules.SourceOwnFile)
	case kind&fs.ModeSymlink != 0 && !l.FollowLinks:
		return left(planner.ActionSkip, rules.SourceSymbolicLink)
	case kind&fs.ModeSymlink == 0 && kind.Type() != 0:
		return left(planner.ActionSkip, rules.SourceSpecialFile)
	}
	o, err := l.Dir.Object(key)
	switch {
	case err == nil:
		return o, &planner.Remark{Look: true}, nil
	case kind&fs.ModeSymlink != 0: // to nothing, outside, or to no file
		return left(planner.ActionSkip, rules.SourceSymbolicLink)
	case errors.Is(err, errIrregular):
		return left(planner.ActionSkip, rules.SourceSpecialFile)
	case errors.Is(err, transfer.ErrDenied):
		return left(planner.ActionBlock, rules.SourceFileUnread)
	}
	return o, nil, err
}

// add puts an object on the page.
func (w *walk) add(o planner.Object, remark *planner.Remark) error {
	if o.Key <= w.after && w.after != "" || !strings.HasPrefix(o.Key, w.prefix) {
		return nil
	}
	o.Remark = remark
	if w.page = append(w.page, o); len(w.page) < listPage {
		return nil
	}
	return w.flush()
}

// flush hands the page on.
func (w *walk) flush() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	page := w.page
	w.page = nil
	if !w.yield(page, nil) {
		return errEnough
	}
	return nil
}

// names are the first entries of a directory behind one, in order, as many as
// the window holds; more is true where there may be others.
func (w *walk) names(path, behind string) (names []name, more bool, err error) {
	if err := w.ctx.Err(); err != nil {
		return nil, false, err
	}
	f, err := w.list.Dir.root.Open(filepath.FromSlash(cmp.Or(path, ".")))
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = f.Close() }()
	first := smallest{limit: w.window}
	for {
		entries, err := f.ReadDir(readNames)
		for _, e := range entries {
			n := name{e.Name(), e.Type()}
			if e.IsDir() {
				n.text += "/"
			}
			if n.text > behind || behind == "" {
				first.add(n)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = w.ctx.Err()
		}
		if err != nil {
			return nil, false, err
		}
	}
	return first.sorted(), first.full, nil
}

// smallest keeps the first names in order, a limited number: a heap with the
// last of them on top.
type smallest struct {
	names []name
	limit int
	// full is true once a name was dropped.
	full bool
}

// add keeps a name, or drops the last.
func (s *smallest) add(n name) {
	if len(s.names) < s.limit {
		heap.Push(s, n)
		return
	}
	s.full = true
	if n.text < s.names[0].text {
		s.names[0] = n
		heap.Fix(s, 0)
	}
}

// sorted are the names in order.
func (s *smallest) sorted() []name {
	slices.SortFunc(s.names, func(a, b name) int { return strings.Compare(a.text, b.text) })
	return s.names
}

// Len is the number of names.
func (s *smallest) Len() int { return len(s.names) }

// Less puts the greatest name first.
func (s *smallest) Less(i, j int) bool { return s.names[i].text > s.names[j].text }

// Swap swaps two names.
func (s *smallest) Swap(i, j int) { s.names[i], s.names[j] = s.names[j], s.names[i] }

// Push adds an element at the end.
func (s *smallest) Push(n any) { s.names = append(s.names, n.(name)) }

// Pop takes the last element.
func (s *smallest) Pop() any {
	n := s.names[len(s.names)-1]
	s.names = s.names[:len(s.names)-1]
	return n
}

// Head opens a file for reading, and says what it is now. One that can't be
// opened is left out by a rule. The bucket is not used.
func (l List) Head(ctx context.Context, _, key string) (planner.Detail, error) {
	if err := ctx.Err(); err != nil {
		return planner.Detail{}, err
	}
	o, err := l.Dir.Object(key)
	if err == nil {
		var f *os.File
		if f, err = l.Dir.root.Open(filepath.FromSlash(key)); err == nil {
			_ = f.Close()
		}
		err = fileFailure(err)
	}
	switch {
	case err == nil:
		d := detail(o)
		d.ContentType = contentType
		return d, nil
	case errors.Is(err, transfer.ErrNotFound), ctx.Err() != nil:
		return planner.Detail{}, err
	}
	return planner.Detail{}, &planner.RuleError{Rule: rules.SourceFileUnread, Err: err}
}

// KeysBelow are the keys of those files that lie below a directory.
func KeysBelow(directory string, files []string) []string {
	var keys []string
	for _, file := range files {
		if key, below := keyBelow(directory, file); below {
			keys = append(keys, key)
		}
	}
	return keys
}

// keyBelow is the slash-joined way from a directory to a file, links in the
// ways to both followed; false where it leads elsewhere.
func keyBelow(directory, file string) (string, bool) {
	if file == "" {
		return "", false
	}
	root, err := filepath.EvalSymlinks(directory)
	if err != nil {
		return "", false
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err == nil {
		folder, err = filepath.EvalSymlinks(folder)
	}
	if err != nil {
		return "", false
	}
	way, err := filepath.Rel(root, filepath.Join(folder, filepath.Base(file)))
	return filepath.ToSlash(way), err == nil && filepath.IsLocal(way)
}
