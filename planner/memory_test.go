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
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
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
	return planner.Detail{Object: planner.Object{Bucket: bucket, Key: key, SizeBytes: 1, ETag: sum}}, nil
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
		b := &planner.Bucket{
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
	p := &planner.Bucket{
		Header: planner.Header{Source: planner.Source{Bucket: "src", Prefix: "run/"}},
		Facts:  externalFacts(), Source: src, Examine: src, CopyProbe: src,
		Store: file, Reviewer: file,
	}
	if _, err := p.Plan(b.Context()); err != nil {
		b.Fatal(err)
	}
}
