package planner_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
)

// flat has n keys in one prefix, and a few deeper ones.
func flat(n int) *bucket {
	src := newBucket("src", map[string]int64{"run/flat/sub/x": 1, "run/other/y": 1})
	for i := range n {
		src.put(fmt.Sprintf("run/flat/%04d", i), 1)
	}
	return src
}

func TestCrowdedFolderStops(t *testing.T) {
	for n, stopped := range map[int]bool{9: false, 10: true} {
		b := planFrom(flat(n), "run/", externalFacts(), runFile(t))
		b.Options.Limits.Children = 10
		plan := mustPlan(t, b)
		if plan.Stopped() != stopped {
			t.Errorf("%d files and 1 folder: stopped is %v, want %v", n, plan.Stopped(), stopped)
		}
		if !stopped {
			continue
		}
		f := find(plan.Findings, rules.LimitsChildren)
		equal(t, "message", f.Message, "1 folder would have more than 10 children, the fullest of them 11")
		equal(t, "examples", f.Examples, []string{"flat/"})
	}
}

func TestShardFolders(t *testing.T) {
	file := runFile(t)
	src := flat(25)
	src.put("run/flat/part-0007/z", 1)
	src.put("run/flat/part-0003", 1)
	b := planFrom(src, "run/", externalFacts(), file)
	b.Options.Limits.Children, b.Options.ShardFolders = 10, true
	plan := mustPlan(t, b)
	if plan.Stopped() {
		t.Errorf("plan is stopped: %+v", plan.Findings)
	}
	got := paths(t, file)
	for key, want := range map[string]string{
		"run/flat/0000":        "flat/part-0008/0000",
		"run/flat/0009":        "flat/part-0008/0009",
		"run/flat/0010":        "flat/part-0009/0010",
		"run/flat/0024":        "flat/part-0010/0024",
		"run/flat/part-0003":   "flat/part-0010/part-0003",
		"run/flat/part-0007/z": "flat/part-0007/z",
		"run/flat/sub/x":       "flat/sub/x",
		"run/other/y":          "other/y",
	} {
		equal(t, "path of "+key, got[key], want)
	}
	equal(t, "destination key", items(t, file)["run/flat/0024"].DestKey, "base/flat/0024")
	equal(t, "finding", find(plan.Findings, rules.LimitsSharded).Message,
		"the files of 1 folder are spread over 3 sub-folders, in the order of their keys")
	equal(t, "folders", plan.Totals.Folders, int64(4+3))
}

func TestShardingTheDestinationItself(t *testing.T) {
	file := runFile(t)
	src := newBucket("src", nil)
	for i := range 12 {
		src.put(fmt.Sprintf("%02d", i), 1)
	}
	b := planFrom(src, "", externalFacts(), file)
	b.Options.Limits.Children, b.Options.ShardFolders = 10, true
	plan := mustPlan(t, b)
	if plan.Stopped() {
		t.Errorf("plan is stopped: %+v", plan.Findings)
	}
	equal(t, "path", paths(t, file)["11"], "part-0002/11")
	equal(t, "examples", find(plan.Findings, rules.LimitsSharded).Examples,
		[]string{"the destination folder syn10"})
}

func TestCrowdedDestinationItself(t *testing.T) {
	b := planFrom(newBucket("src", map[string]int64{"a": 1, "b": 1}), "", externalFacts(), runFile(t))
	b.Options.Limits.Children = 1
	equal(t, "examples", find(mustPlan(t, b).Findings, rules.LimitsChildren).Examples,
		[]string{"the destination folder syn10"})
}

func TestShardingDownToTheLastLevel(t *testing.T) {
	src := newBucket("src", nil)
	for i := range 11 {
		src.put(fmt.Sprintf("%02d", i), 1)
	}
	b := planFrom(src, "", externalFacts(), runFile(t))
	b.Options.Limits.Children, b.Options.ShardFolders = 10, true
	b.Options.Limits.Depth = b.Facts.Destination.Depth + 2
	if plan := mustPlan(t, b); plan.Stopped() {
		t.Errorf("plan is stopped: %+v", plan.Findings)
	}
}

func TestShardingThatCannotHelp(t *testing.T) {
	tests := map[string]func(b *listing.Planner, src *bucket){
		"sub-folders alone are too many": func(_ *listing.Planner, src *bucket) {
			for i := range 11 {
				src.put(fmt.Sprintf("run/d%02d/x", i), 1)
			}
		},
		"no level left": func(b *listing.Planner, src *bucket) {
			b.Options.Limits.Depth = b.Facts.Destination.Depth + 1
			for i := range 11 {
				src.put(fmt.Sprintf("run/%02d", i), 1)
			}
		},
	}
	for name, fill := range tests {
		t.Run(name, func(t *testing.T) {
			src := newBucket("src", nil)
			b := planFrom(src, "run/", externalFacts(), runFile(t))
			b.Options.Limits.Children, b.Options.ShardFolders = 10, true
			fill(b, src)
			if plan := mustPlan(t, b); !plan.Stopped() {
				t.Errorf("plan is not stopped: %+v", plan.Findings)
			}
		})
	}
}

var errBroken = errors.New("the disk went away")

// breaking is a store whose nth change fails, with those after it.
type breaking struct {
	planStore
	left int
}

func (b *breaking) breakNow() error {
	if b.left--; b.left < 0 {
		return errBroken
	}
	return nil
}

func (b *breaking) Append(ctx context.Context, batch planner.Batch) error {
	if err := b.breakNow(); err != nil {
		return err
	}
	return b.planStore.Append(ctx, batch)
}

func (b *breaking) Amend(ctx context.Context, f []planner.Folder, i []planner.Amendment) error {
	if err := b.breakNow(); err != nil {
		return err
	}
	return b.planStore.Amend(ctx, f, i)
}

func (b *breaking) Seal(ctx context.Context, p planner.Plan) (planner.Plan, error) {
	if err := b.breakNow(); err != nil {
		return planner.Plan{}, err
	}
	return b.planStore.Seal(ctx, p)
}

// TestResumeAfterEachChange breaks planning at every change of the store in
// turn, batches, clashes, shards and seal, and goes on.
func TestResumeAfterEachChange(t *testing.T) {
	resumeAfterEachChange(t, 9, func(store planStore) *listing.Planner {
		src := flat(25)
		src.page = 10
		src.put("run/other", 1)
		b := resumePlan(src, store)
		b.Options.Limits.Children, b.Options.ShardFolders = 10, true
		return b
	})
}

// TestResumeBesideExistingContent does the same with a destination that has
// content, in which folders get too full.
func TestResumeBesideExistingContent(t *testing.T) {
	resumeAfterEachChange(t, 11, func(store planStore) *listing.Planner {
		src := newBucket("src", map[string]int64{"done": 1, "old/done": 1, "zz/x": 1, "zz/y": 1})
		for i := range 9 {
			src.put(fmt.Sprintf("old/%02d", i), 1)
			src.put(fmt.Sprintf("new-%02d", i), 1)
		}
		b := planFrom(src, "", externalFacts(), nil)
		b.Store, b.Reviewer = store, store
		there := existingTree()
		there.children["syn11"] = append(there.children["syn11"], folder("syn31", "part-0004"))
		b.Existing, b.Facts.HasChildren = there, true
		b.Options.Limits.Children, b.Options.ShardFolders = 10, true
		return b
	})
}

// resumeAfterEachChange plans as often as a plan has changes of the store,
// which are to be as many as atLeast.
func resumeAfterEachChange(t *testing.T, atLeast int, plan func(planStore) *listing.Planner) {
	t.Helper()
	whole := runFile(t)
	want := mustPlan(t, plan(whole))
	if want.Stopped() {
		t.Fatalf("plan is stopped: %+v", want.Findings)
	}
	wantPaths := paths(t, whole)
	for n := 0; ; n++ {
		file := runFile(t)
		_, err := plan(&breaking{file, n}).Plan(t.Context())
		if err == nil {
			if n < atLeast {
				t.Errorf("planning makes %d changes, want %d", n, atLeast)
			}
			return
		}
		if !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		got := mustPlan(t, plan(file))
		equal(t, "paths", paths(t, file), wantPaths)
		equal(t, "totals", got.Totals, want.Totals)
		if got.Digest != want.Digest {
			t.Fatalf("after %d changes: another plan: %+v, want %+v", n, got, want)
		}
	}
}
