package planner_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// madeUp lists n keys in prefixes of 1,000, without holding them.
type madeUp struct{ n int }

func (m madeUp) List(ctx context.Context, bucket, prefix, _ string) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		for at := 0; at < m.n; at += 1000 {
			page := make([]planner.Object, 0, 1000)
			for i := at; i < min(at+1000, m.n); i++ {
				page = append(page, planner.Object{
					Bucket: bucket, Key: fmt.Sprintf("%sbatch-%06d/sample-%09d.fastq.gz", prefix, i/1000, i),
					SizeBytes: int64(i), ETag: sum,
				})
			}
			if !yield(page, ctx.Err()) {
				return
			}
		}
	}
}

func (m madeUp) Head(_ context.Context, bucket, key string) (planner.Detail, error) {
	return planner.Detail{ETagsAreMD5: true, Object: planner.Object{Bucket: bucket, Key: key, SizeBytes: 1, ETag: sum}}, nil
}

// heapPeak is told of progress and keeps the largest heap seen.
type heapPeak struct{ bytes int64 }

func (p *heapPeak) Planned(done planner.Progress) {
	if done.Objects%50_000 != 0 {
		return
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.bytes = max(p.bytes, int64(m.HeapAlloc))
}

var residentPeak = regexp.MustCompile(`(?m)^VmHWM:\s*([0-9]+) kB$`)

// peakBytes is the most memory that the process ever had, what SQLite takes
// past Go's heap included. Where the system doesn't tell, it is heap.
func peakBytes(heap int64) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return heap
	}
	m := residentPeak.FindSubmatch(status)
	if m == nil {
		return heap
	}
	kilobytes, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return kilobytes << 10
}

// TestMemoryIsFlat plans 100 thousand and a million keys into a run file:
// the whole process stays below 150 MB with both.
func TestMemoryIsFlat(t *testing.T) {
	const limit = 150 << 20
	counts := []int{100_000, 1_000_000}
	if testing.Short() || raceDetector {
		counts = []int{5_000, 20_000}
	}
	for _, n := range counts {
		file := runFile(t)
		src := madeUp{n}
		heap := &heapPeak{}
		b := &listing.Planner{
			Header: planner.Header{Source: planner.Source{Bucket: "src", Prefix: "run/"}},
			Facts:  externalFacts(), Source: src, Examine: src, CopyProbe: src,
			Store: file, Reviewer: file, Observer: heap,
		}
		plan := mustPlan(t, b)
		if plan.Totals.Items != int64(n) || plan.Totals.Folders != int64(n/1000) {
			t.Errorf("%d keys: got %d items and %d folders", n, plan.Totals.Items, plan.Totals.Folders)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
		peak := peakBytes(heap.bytes)
		t.Logf("%d keys: heap at most %d MB, process %d MB", n, heap.bytes>>20, peak>>20)
		if heap.bytes > limit || peak > limit && !raceDetector {
			t.Errorf("%d keys: heap %d, process %d bytes, want at most %d", n, heap.bytes, peak, limit)
		}
	}
}

// madeUpShards is a destination folder with n files in shards, without
// holding them.
type madeUpShards struct{ n int }

func (m madeUpShards) Children(
	_ context.Context, id string, _ ...string,
) iter.Seq2[synapse.EntityHeader, error] {
	const perShard = 10_000
	return func(yield func(synapse.EntityHeader, error) bool) {
		at, _ := strconv.Atoi(strings.TrimPrefix(id, "syn"))
		if at == 10 {
			for i := range m.n / perShard {
				if !yield(folder(fmt.Sprintf("syn%d", 1000+i), fmt.Sprintf("part-%04d", i+1)), nil) {
					return
				}
			}
			return
		}
		for i := (at - 1000) * perShard; i < (at-999)*perShard; i++ {
			if !yield(file(fmt.Sprintf("syn%d", 1_000_000+i), fmt.Sprintf("%09d", i)), nil) {
				return
			}
		}
	}
}

func (m madeUpShards) Bundle(
	_ context.Context, id string, _ synapse.BundleRequest,
) (synapse.Bundle, error) {
	at, _ := strconv.Atoi(strings.TrimPrefix(id, "syn"))
	name := fmt.Sprintf("%09d", at-1_000_000)
	return synapse.Bundle{
		Entity:      &synapse.Entity{ID: id, Name: name, DataFileHandleID: "900"},
		FileHandles: []synapse.FileHandle{{ID: "900", BucketName: "dest", Key: "base/" + name, ContentMD5: sum}},
	}, nil
}

func (m madeUpShards) AllVersions(context.Context, string) ([]synapse.VersionInfo, error) {
	return nil, nil
}

func (m madeUpShards) EntitiesWithMD5(context.Context, string) ([]synapse.EntityHeader, error) {
	return nil, nil
}

func (m madeUpShards) VersionBundle(
	ctx context.Context, id string, _ int64, r synapse.BundleRequest,
) (synapse.Bundle, error) {
	return m.Bundle(ctx, id, r)
}

// List lists the keys of the files.
func (m madeUpShards) List(
	ctx context.Context, bucket, prefix, _ string,
) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		for at := 0; at < m.n; at += 1000 {
			page := make([]planner.Object, 0, 1000)
			for i := at; i < at+1000; i++ {
				page = append(page, planner.Object{
					Bucket: bucket, Key: fmt.Sprintf("%s%09d", prefix, i), SizeBytes: 1, ETag: sum,
				})
			}
			if !yield(page, ctx.Err()) {
				return
			}
		}
	}
}

// TestMemoryBesideShards plans what lies in the shards of one folder already.
// Of each file 16 bytes are kept, and what is in use stays below 4 MB more than
// before.
func TestMemoryBesideShards(t *testing.T) {
	const limit = 4 << 20
	n := 100_000
	if testing.Short() || raceDetector {
		n = 20_000
	}
	there, run := madeUpShards{n}, runFile(t)
	before, heap := &liveHeap{every: 1}, &liveHeap{every: int64(n / 10)}
	before.Planned(planner.Progress{})
	facts := externalFacts()
	facts.HasChildren = true
	plan := mustPlan(t, &listing.Planner{
		Header: planner.Header{Source: planner.Source{Bucket: "src", Prefix: "run/"}},
		Facts:  facts, Source: there, Examine: madeUp{}, Existing: there, Store: run, Reviewer: run, Observer: heap,
	})
	migrated := find(plan.Findings, rules.ObjectsMigrated).Count
	if migrated != int64(n) || plan.Stopped() {
		t.Errorf("%d of %d files are migrated: %+v", migrated, n, plan.Findings)
	}
	more := heap.bytes - before.bytes
	t.Logf("%d keys: %d kB more than before", n, more>>10)
	if heap.bytes == 0 || more > limit {
		t.Errorf("%d keys: %d bytes more than before, want at most %d", n, more, limit)
	}
}

// BenchmarkPlan plans keys into a run file: the time and the allocations of
// one key, listing and examining left out.
func BenchmarkPlan(b *testing.B) {
	b.ReportAllocs()
	file, err := checkpoint.Create(b.Context(), filepath.Join(b.TempDir(), "run"), planner.Header{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	src := madeUp{b.N}
	p := &listing.Planner{
		Header: planner.Header{Source: planner.Source{Bucket: "src", Prefix: "run/"}},
		Facts:  externalFacts(), Source: src, Examine: src, CopyProbe: src,
		Store: file, Reviewer: file,
	}
	if _, err := p.Plan(b.Context()); err != nil {
		b.Fatal(err)
	}
}
