package planner_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"synapse-migrate/planner"
)

// drafts is a plan in memory, as a run file from elsewhere may have it: its
// cursor is anything.
type drafts struct {
	cursor  planner.Cursor
	folders []planner.Folder
	items   []planner.Item
	// left is how many batches are stored before planning has to end.
	left int
}

var errEndless = errors.New("planning does not end")

func (d *drafts) Cursor(context.Context) (planner.Cursor, error) { return d.cursor, nil }

func (d *drafts) Append(_ context.Context, b planner.Batch) error {
	if d.left--; d.left < 0 {
		return errEndless
	}
	d.folders, d.items = append(d.folders, b.Folders...), append(d.items, b.Items...)
	d.cursor = b.Cursor
	return nil
}

func (d *drafts) Amend(_ context.Context, folders []planner.Folder, _ []planner.Amendment) error {
	return d.Append(context.Background(), planner.Batch{Folders: folders, Cursor: d.cursor})
}

func (d *drafts) DropBare(context.Context) error { return nil }

func (d *drafts) ItemOfHandle(context.Context, string) (int64, error) { return 0, nil }

func (d *drafts) FolderOf(_ context.Context, id int64) (planner.Folder, error) {
	i := slices.IndexFunc(d.folders, func(f planner.Folder) bool { return f.ID == id })
	if i < 0 {
		return planner.Folder{}, fmt.Errorf("no folder %d", id)
	}
	return d.folders[i], nil
}

func (d *drafts) Seal(_ context.Context, p planner.Plan) (planner.Plan, error) { return p, nil }

func (d *drafts) Clashes(context.Context) iter.Seq2[planner.Clash, error] {
	return func(func(planner.Clash, error) bool) {}
}

func (d *drafts) Loads(context.Context, int64) iter.Seq2[planner.FolderLoad, error] {
	return func(func(planner.FolderLoad, error) bool) {}
}

func (d *drafts) Items(_ context.Context, f planner.Filter) iter.Seq2[planner.Item, error] {
	return func(yield func(planner.Item, error) bool) {
		d.left--
		if d.left < 0 {
			yield(planner.Item{}, errEndless)
			return
		}
		for _, i := range d.items {
			if (f.FolderID == nil || *f.FolderID == i.FolderID) && i.ID > f.AfterID && !yield(i, nil) {
				return
			}
		}
	}
}

func (d *drafts) Totals(context.Context) (planner.Totals, error) { return planner.Totals{}, nil }

// mostBatches is far more than planning a handful of objects takes.
const mostBatches = 20_000

// made is a run file's cursor, with so many open folders.
func made(after string, done bool, item, folder int64, open uint8, state []byte) *drafts {
	d := &drafts{left: mostBatches, cursor: planner.Cursor{
		After: after, Done: done, LastItemID: item, LastFolderID: folder, State: state,
	}}
	for id := range int64(open % 4) {
		d.folders = append(d.folders, planner.Folder{ID: id + 1, ParentID: id, Name: "d", Path: "d"})
	}
	d.cursor.OpenFolders = d.folders
	return d
}

// FuzzBucketCursor: whatever a run file says of how far planning a bucket has
// come, planning goes on and ends, with a plan or an error.
func FuzzBucketCursor(f *testing.F) {
	for _, state := range []string{
		"", "{}", "null", "[]", `{"tallies":{"names/invalid":null}}`, `{"loads":[{"existing":-1},{},{},{},{}]}`,
		`{"copy":"?","full":[{"folderId":-5}],"highestPart":-1,"openShards":[{"name":"part-0001"}],"tooSpread":""}`,
		`{"sharding":true,"shards":[{"folderId":9,"firstId":-1,"folders":9223372036854775807}]}`,
		`{"tallies":{"no/such-rule":{"count":1,"examples":["a"]}}}`,
	} {
		f.Add("", false, int64(0), int64(0), uint8(0), []byte(state))
		f.Add("d/e", true, int64(7), int64(3), uint8(3), []byte(state))
	}
	f.Fuzz(func(t *testing.T, after string, done bool, item, folder int64, open uint8, state []byte) {
		d := made(after, done, item, folder, open, state)
		b := planFrom(newBucket("src", map[string]int64{"a": 1, "d/e": 2, "d/f/g": 3, "part-0001/h": 4}), "",
			externalFacts(), nil)
		b.Store, b.Reviewer = d, d
		b.Options.ShardFolders = true
		if _, err := b.Plan(t.Context()); errors.Is(err, errEndless) {
			t.Error(err)
		}
	})
}

// FuzzProjectCursor: the same for a project.
func FuzzProjectCursor(f *testing.F) {
	for _, state := range []string{
		"", "{}", "null", "[]", `{"tallies":{"names/invalid":null}}`, `{"buckets":[null]}`,
		`{"begun":true,"folderId":-9223372036854775808,"token":"x","passed":["syn1"]}`,
		`{"begun":true,"folderId":9223372036854775807}`, `{"begun":true,"folderId":1,"passed":[]}`,
		`{"buckets":[{"place":{"service":"?"},"actions":[{"action":"?"}]}],"requirements":[-1]}`,
		`{"access":{"lost":[{"tally":{"examples":["syn1 a"]}}]},"full":[{"folderId":7}],"older":{"versions":-5}}`,
	} {
		f.Add("", false, int64(0), int64(0), uint8(0), []byte(state))
		f.Add("d", true, int64(7), int64(3), uint8(3), []byte(state))
	}
	f.Fuzz(func(t *testing.T, after string, done bool, item, folder int64, open uint8, state []byte) {
		s := newStudy(t)
		s.stored(s.addFolder(s.source, "d"), "a", 1)
		s.stored(s.source, "b", 2)
		d := made(after, done, item, folder, open, state)
		p := s.project(planner.ProjectOptions{}, nil)
		p.Store, p.Reviewer = d, d
		if _, err := p.Plan(t.Context()); errors.Is(err, errEndless) {
			t.Error(err)
		}
	})
}
