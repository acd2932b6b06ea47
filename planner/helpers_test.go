package planner_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

const sum = "0123456789abcdef0123456789abcdef"

// bucket is an S3 bucket of test objects, in the order of their keys.
type bucket struct {
	name    string
	details map[string]planner.Detail
	keys    []string
	page    int
	// fail is returned instead of the page after so many; 0 is never.
	failAfter int
	headErr   map[string]error

	mu    sync.Mutex
	heads []string
	lists []string
}

// newBucket holds an object of the given size under each key.
func newBucket(name string, sizes map[string]int64) *bucket {
	b := &bucket{name: name, details: map[string]planner.Detail{}, page: 3, headErr: map[string]error{}}
	for key, size := range sizes {
		b.put(key, size)
	}
	return b
}

func (b *bucket) put(key string, size int64) *planner.Detail {
	sum := md5.Sum([]byte(key))
	b.details[key] = planner.Detail{
		ETagsAreMD5: true, Object: planner.Object{Bucket: b.name, Key: key, SizeBytes: size, ETag: hex.EncodeToString(sum[:])},
		ContentType: "application/octet-stream",
	}
	i, found := slices.BinarySearch(b.keys, key)
	if !found {
		b.keys = slices.Insert(b.keys, i, key)
	}
	d := b.details[key]
	return &d
}

// change edits an object.
func (b *bucket) change(key string, edit func(*planner.Detail)) {
	d := b.details[key]
	edit(&d)
	b.details[key] = d
}

var errListing = errors.New("listing broke off")

func (b *bucket) List(ctx context.Context, name, prefix, after string) iter.Seq2[[]planner.Object, error] {
	b.mu.Lock()
	b.lists = append(b.lists, prefix+" after "+after)
	b.mu.Unlock()
	return func(yield func([]planner.Object, error) bool) {
		var page []planner.Object
		pages := 0
		for _, key := range b.keys {
			if key <= after && after != "" || len(key) < len(prefix) || key[:len(prefix)] != prefix {
				continue
			}
			page = append(page, b.details[key].Object)
			if len(page) < b.page {
				continue
			}
			if !yield(page, nil) {
				return
			}
			page = nil
			if pages++; pages == b.failAfter {
				yield(nil, errListing)
				return
			}
		}
		if len(page) > 0 {
			yield(page, nil)
		}
	}
}

func (b *bucket) Head(_ context.Context, name, key string) (planner.Detail, error) {
	b.mu.Lock()
	b.heads = append(b.heads, key)
	b.mu.Unlock()
	if err := b.headErr[key]; err != nil {
		return planner.Detail{}, err
	}
	d, ok := b.details[key]
	if !ok || name != b.name {
		return planner.Detail{}, planner.ErrNotFound
	}
	return d, nil
}

// denied is a bucket that may not be looked at.
type denied struct{}

func (denied) Head(context.Context, string, string) (planner.Detail, error) {
	return planner.Detail{}, fmt.Errorf("heading: %w", planner.ErrDenied)
}

// externalFacts are those of an external destination, owned by the caller,
// in bucket dest below the base key "base".
func externalFacts() rules.DestinationFacts {
	return rules.DestinationFacts{
		FolderID: "syn10", Readable: true, ConcreteType: synapse.TypeFolder,
		Caller:    planner.Caller{UserID: "7", UserName: "ada"},
		Locations: 1, EffectiveSTS: true, STS: rules.STSGiven,
		Permissions: synapse.Permissions{
			CanAddChild: true, CanEdit: true, CanDelete: true, CanDownload: true,
			IsCertifiedUser: true, IsCertificationRequired: true,
		},
		Destination: planner.Destination{
			FolderID: "syn10", StorageLocationID: 54321, OwnedByCaller: true,
			Bucket: "dest", BaseKey: "base", Depth: 3,
		},
		Usage: &synapse.StorageUsage{},
	}
}

// managedFacts are those of a destination in Synapse's own bucket.
func managedFacts() rules.DestinationFacts {
	f := externalFacts()
	f.Destination.Managed = true
	f.Destination.Bucket, f.Destination.BaseKey = "synapse", "7/uuid"
	return f
}

// runFile makes a run file for a plan.
func runFile(t *testing.T) *checkpoint.File {
	t.Helper()
	f, err := checkpoint.Create(t.Context(), filepath.Join(t.TempDir(), "run"), planner.Header{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// planFrom is a listing.Planner that plans from src below prefix.
func planFrom(src *bucket, prefix string, facts rules.DestinationFacts, file *checkpoint.File) *listing.Planner {
	return &listing.Planner{
		Header: planner.Header{
			Source:      planner.Source{Bucket: src.name, Prefix: prefix},
			Destination: facts.Destination,
		},
		Facts: facts, Source: src, Examine: src, CopyProbe: denied{},
		Store: file, Reviewer: file,
	}
}

// mustPlan plans and fails the test where that fails.
func mustPlan(t *testing.T, b *listing.Planner) planner.Plan {
	t.Helper()
	plan, err := b.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// items reads the items of a plan, by key.
func items(t *testing.T, file *checkpoint.File) map[string]planner.Item {
	t.Helper()
	all := map[string]planner.Item{}
	for item, err := range file.Items(t.Context(), planner.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		all[item.Source.Key] = item
	}
	return all
}

// folderPaths are the paths of the plan's folders, with a slash at the end, by
// ID; that of the destination folder is empty.
func folderPaths(t *testing.T, file *checkpoint.File) map[int64]string {
	t.Helper()
	folders := map[int64]string{0: ""}
	for f, err := range file.Folders(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		folders[f.ID] = f.Path + "/"
	}
	return folders
}

// paths are the paths of the items that become entities, by key.
func paths(t *testing.T, file *checkpoint.File) map[string]string {
	t.Helper()
	folders := folderPaths(t, file)
	all := map[string]string{}
	for key, item := range items(t, file) {
		if item.Action != planner.ActionSkip && item.Action != planner.ActionBlock {
			all[key] = folders[item.FolderID] + item.Name
		}
	}
	return all
}

// outcomes are action and rule of each item, by key.
func outcomes(t *testing.T, file *checkpoint.File) map[string]string {
	t.Helper()
	all := map[string]string{}
	for key, item := range items(t, file) {
		all[key] = string(item.Action)
		if item.Rule != "" {
			all[key] += " " + string(item.Rule)
		}
	}
	return all
}

// find returns the finding of a rule, the zero Finding when there is none.
func find(findings []planner.Finding, id planner.RuleID) planner.Finding {
	for _, f := range findings {
		if f.Rule == id {
			return f
		}
	}
	return planner.Finding{}
}

// equal fails the test where got differs from want.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
