package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

func TestSealReturnsWhatPlanReads(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, nil, testItems(3, planner.ActionCopy))
	if _, err := f.Plan(t.Context()); !errors.Is(err, ErrNotSealed) {
		t.Errorf("got %v, want ErrNotSealed", err)
	}
	in := planner.Plan{
		Totals: planner.Totals{
			Items: 3, MD5: map[planner.MD5Source]int64{planner.MD5ETag: 3},
		},
		Cost: planner.Cost{SynapseCalls: 6, BudgetTime: time.Second},
		Findings: []planner.Finding{{
			Rule: "names/bytes", Severity: planner.SeverityWarn,
			Message: "odd", Examples: []string{"a\xff\x00<b>"},
		}},
	}
	sealed, err := f.Seal(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if sealed.Format != planner.PlanFormat || sealed.SealedOn.IsZero() ||
		len(sealed.Digest) != 64 || sealed.Totals.Items != 3 ||
		sealed.Cost != in.Cost {
		t.Errorf("got %+v", sealed)
	}
	if diff := cmp.Diff(testHeader(), sealed.Header); diff != "" {
		t.Error("header", diff)
	}
	f = reopened(t, f)
	got, err := f.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sealed, got); diff != "" {
		t.Error(diff)
	}
	if again := digestOf(t, f, got); again != sealed.Digest {
		t.Errorf("computed again: %s, want %s", again, sealed.Digest)
	}
}

// digestOf computes the digest over what a file holds.
func digestOf(t *testing.T, f *File, p planner.Plan) string {
	t.Helper()
	var digest string
	err := f.submit(t.Context(), func(s *session) (err error) {
		digest, err = planTables{s}.digest(t.Context(), p, plannedItems(func(planner.Item) {}))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestDigestDoesNotDependOnTheWay(t *testing.T) {
	folders := []planner.Folder{
		{ID: 1, Name: "a", Path: "a"}, {ID: 2, ParentID: 1, Name: "b", Path: "a/b"},
	}
	items := testItems(30, planner.ActionCopy)
	digests := map[string]string{}
	for name, cut := range map[string]int{"one": 1, "seven": 7, "whole": 30} {
		h := testHeader()
		h.CreatedOn = h.CreatedOn.Add(time.Duration(cut) * time.Hour)
		f, err := Create(t.Context(), filepath.Join(t.TempDir(), name), h)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		appendBatch(t, f, folders[:1], nil)
		appendBatch(t, f, folders[1:], nil)
		for from := 0; from < len(items); from += cut {
			appendBatch(t, f, nil, items[from:min(from+cut, len(items))])
		}
		p, err := f.Seal(t.Context(), planner.Plan{
			SealedOn: h.CreatedOn,
			Cost:     planner.Cost{SynapseCalls: int64(cut)},
		})
		if err != nil {
			t.Fatal(err)
		}
		digests[p.Digest] = name
	}
	if len(digests) != 1 {
		t.Errorf("different digests: %v", digests)
	}
}

func TestDigestTellsHeadersAndFindingsApart(t *testing.T) {
	sum := func(change func(*planner.Plan)) string {
		p := planner.Plan{Header: testHeader()}
		p.Findings = []planner.Finding{{Rule: "a"}}
		change(&p)
		d := newDigester()
		if err := d.plan(p); err != nil {
			t.Fatal(err)
		}
		return d.sum()
	}
	seen := map[string]string{}
	for name, change := range map[string]func(*planner.Plan){
		"same":     func(*planner.Plan) {},
		"argument": func(p *planner.Plan) { p.Header.Arguments["to"] = "syn2" },
		"prefix":   func(p *planner.Plan) { p.Header.Source.Prefix = "r" },
		"base key": func(p *planner.Plan) { p.Header.Destination.BaseKey = "" },
		"caller":   func(p *planner.Plan) { p.Header.Caller.UserID = "2" },
		"rule":     func(p *planner.Plan) { p.Findings[0].Rule = "b" },
		"none":     func(p *planner.Plan) { p.Findings = nil },
		"project": func(p *planner.Plan) {
			p.Header.Source.Project = &planner.ProjectSource{Mode: planner.ModeMove}
		},
		"bucket": func(p *planner.Plan) {
			p.Buckets = []planner.BucketDecision{{Bucket: "b"}}
		},
		"access": func(p *planner.Plan) { p.Access = &planner.AccessComparison{} },
		"gains": func(p *planner.Plan) {
			p.Access = &planner.AccessComparison{Gains: []planner.AccessGain{{}}}
		},
	} {
		digest := sum(change)
		if seen[digest] != "" {
			t.Errorf("%s has the digest of %s", name, seen[digest])
		}
		seen[digest] = name
	}
}

// eachChanged gives one leaf of a struct another value, for every leaf in turn,
// and hands the struct over.
func eachChanged(v reflect.Value, path string, see func(path string)) {
	switch x := v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(x.Add(time.Second)))
		see(path)
		v.Set(reflect.ValueOf(x))
		return
	case map[string]string:
		v.Set(reflect.ValueOf(map[string]string{"changed": "x"}))
		see(path)
		v.Set(reflect.ValueOf(x))
		return
	case []planner.KeptVersion:
		for _, other := range [][]planner.KeptVersion{
			{{Number: 1}}, {{FileHandleID: "1"}}, {{Number: 1}, {Number: 2}}, {{Number: 12}},
		} {
			v.Set(reflect.ValueOf(other))
			see(fmt.Sprint(path, other))
		}
		v.Set(reflect.ValueOf(x))
		return
	case *planner.Remark: // of listings, stored nowhere
		return
	case []int64:
		for _, other := range [][]int64{{1}, {1, 2}, {12}} {
			v.Set(reflect.ValueOf(other))
			see(fmt.Sprint(path, other))
		}
		v.Set(reflect.ValueOf(x))
		return
	case map[string]synapse.AnnotationValue:
		for _, other := range []synapse.AnnotationValue{
			{Type: "LONG"}, {Type: "STRING", Value: []string{"1"}},
			{Type: "LONG", Value: []string{"1"}},
			{Type: "LONG", Value: []string{"1", "2", "3"}},
		} {
			v.Set(reflect.ValueOf(map[string]synapse.AnnotationValue{"x": other}))
			see(fmt.Sprint(path, other))
		}
		v.Set(reflect.ValueOf(x))
		return
	}
	old := reflect.ValueOf(v.Interface())
	switch v.Kind() {
	case reflect.Pointer:
		eachChanged(v.Elem(), path, see)
		v.SetZero()
	case reflect.Struct:
		for i := range v.NumField() {
			eachChanged(v.Field(i), path+"."+v.Type().Field(i).Name, see)
		}
		return
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	default:
		panic(fmt.Sprintf("%s: a kind this test doesn't know", path))
	}
	see(path)
	v.Set(old)
}

func TestDigestTakesInEveryField(t *testing.T) {
	seen := map[string]string{}
	item := testVersion(2)
	item.Kept = testKept()
	folder := planner.Folder{ID: 1, Name: "a", Path: "a"}
	folder.Origin = &planner.FolderOrigin{EntityID: "syn5"}
	see := func(path string) {
		d := newDigester()
		if err := errors.Join(d.folder(folder), d.item(item)); err != nil {
			t.Fatal(err)
		}
		digest := d.sum()
		if seen[digest] != "" {
			t.Errorf("%s: same digest as %s", path, seen[digest])
		}
		seen[digest] = path
	}
	see("unchanged")
	eachChanged(reflect.ValueOf(&item).Elem(), "item", see)
	eachChanged(reflect.ValueOf(&folder).Elem(), "folder", see)
}

// The stored digests of plans must be computable by later versions.
func TestDigestOfToday(t *testing.T) {
	d := newDigester()
	origin := planner.FolderOrigin{EntityID: "syn5", Description: "<d>"}
	err := errors.Join(
		d.folder(planner.Folder{ID: 1, Name: "a", Path: "a"}),
		d.folder(planner.Folder{ID: 2, Name: "b", Path: "b", Origin: &origin}))
	for _, item := range append(testItems(3, planner.ActionStream), testVersion(4)) {
		err = errors.Join(err, d.item(item))
	}
	if err != nil {
		t.Fatal(err)
	}
	const want = "c64649ff940efb554811c4dc9b10360a5517f83b5c74083943f55b57b49da1ee"
	if got := d.sum(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSealRefusesHoles(t *testing.T) {
	tests := map[string]planner.Batch{
		"item":   {Items: []planner.Item{placed(1, 3, "a", planner.ActionSkip)}},
		"folder": {Folders: []planner.Folder{{ID: 5, ParentID: 4, Name: "a"}}},
		"follows": {Items: []planner.Item{
			{ID: 1, Action: planner.ActionCopy},
			{ID: 3, Action: planner.ActionCopy, Follows: 2}}},
		"shares": {Items: []planner.Item{
			{ID: 1, Action: planner.ActionCopy},
			{ID: 3, Action: planner.ActionSkip, Shares: 2}}},
	}
	for name, b := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFile(t)
			if err := f.Append(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			_, err := f.Seal(t.Context(), planner.Plan{})
			if !errors.Is(err, ErrNotInPlan) {
				t.Errorf("got %v, want ErrNotInPlan", err)
			}
		})
	}
}

// endingContext ends after it was asked a number of times.
type endingContext struct {
	context.Context
	left atomic.Int64
}

func (c *endingContext) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestSealInterruptedLeavesNothing(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, nil, testItems(20, planner.ActionCopy))
	for left := int64(0); ; left++ {
		ctx := &endingContext{Context: t.Context()}
		ctx.left.Store(left)
		_, err := f.Seal(ctx, planner.Plan{})
		if err == nil {
			if left < 20 {
				t.Errorf("asked %d times only", left)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if _, err := f.Plan(t.Context()); !errors.Is(err, ErrNotSealed) {
			t.Fatalf("after %d: %v", left, err)
		}
	}
	pending, err := f.Pending(t.Context(), 0, 100)
	if err != nil || len(pending) != 20 {
		t.Errorf("%d pending, %v", len(pending), err)
	}
}
