//go:build bench

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// heapPeak keeps the largest heap seen.
type heapPeak struct{ bytes int64 }

// Planned looks at the heap now and then: to look stops the process.
func (p *heapPeak) Planned(done planner.Progress) {
	if done.Objects%5_000 != 0 {
		return
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.bytes = max(p.bytes, int64(m.HeapAlloc))
}

// plan measures planning.
func (w work) plan(ctx context.Context) (report, error) {
	s, err := newInside()
	if err != nil {
		return report{}, err
	}
	heap := &heapPeak{}
	begun := time.Now()
	file, _, err := s.plan(ctx, runFile(w.Folder), w.Items, heap)
	if err != nil {
		return report{}, err
	}
	seconds := time.Since(begun).Seconds()
	if err := file.Close(); err != nil {
		return report{}, err
	}
	size, err := folderBytes(w.Folder)
	return report{
		Objects: int64(w.Items), Seconds: seconds, HeapBytes: heap.bytes, FileBytes: size,
	}, err
}

func folderBytes(folder string) (int64, error) {
	var size int64
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		info, infoErr := os.Stat(filepath.Join(folder, e.Name()))
		if infoErr != nil {
			return 0, infoErr
		}
		size += info.Size()
	}
	return size, err
}

// record measures how fast outcomes get onto the disk, with as many at once
// as a run has.
func (w work) record(ctx context.Context) (report, error) {
	s, err := newInside()
	if err != nil {
		return report{}, err
	}
	file, plan, err := s.plan(ctx, runFile(w.Folder), w.Items, nil)
	if err != nil {
		return report{}, err
	}
	if err := file.Begin(ctx, plan.Digest, nil); err != nil {
		return report{}, err
	}
	pending, err := file.Pending(ctx, 0, w.Items)
	if err != nil || len(pending) != w.Items {
		return report{}, errors.Join(err, fmt.Errorf("%d items pending", len(pending)))
	}
	begun := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(migrate.DefaultRegisterWorkers)
	for _, e := range pending {
		e.State, e.FileHandleID, e.EntityID = checkpoint.StateDone, "1", "syn1"
		group.Go(func() error { return file.Record(ctx, e) })
	}
	err = group.Wait()
	seconds := time.Since(begun).Seconds()
	return report{Objects: int64(w.Items), Seconds: seconds}, errors.Join(err, file.Close())
}

// alone runs our own process for one work.
func alone(t *testing.T, w work) (report, Usage) {
	t.Helper()
	w.Folder = t.TempDir()
	s := w.step(t, Site{Path: os.Getenv("PATH"), Folder: t.TempDir()})
	s.Output = &bytes.Buffer{}
	usage, err := RunSteps(t.Context(), s)
	var r report
	if err == nil {
		err = json.Unmarshal(s.Output.Bytes(), &r)
	}
	if err != nil {
		t.Fatalf("%s: %v", w.Kind, err)
	}
	return r, usage
}

// itemsPerSecond is the most that Synapse takes: two calls an item.
const itemsPerSecond = synapse.DefaultRequests / 2 / 60.0

// measurePlan plans at three sizes and records outcomes.
func measurePlan(t *testing.T) string {
	var rows [][]string
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		r, usage := alone(t, work{Kind: "plan", Items: n})
		rows = append(rows, []string{
			fmt.Sprintf("planning %d keys", n),
			fmt.Sprintf("%.0f", float64(n)/r.Seconds),
			fmt.Sprintf("%.0f", float64(n)/r.Seconds/itemsPerSecond),
			fmt.Sprintf("%d MiB", r.HeapBytes/mib), fmt.Sprintf("%d MiB", usage.PeakBytes/mib),
			fmt.Sprintf("%d", r.FileBytes/int64(n)),
		})
		say("%v", rows[len(rows)-1])
	}
	r, _ := alone(t, work{Kind: "record", Items: 20_000})
	rows = append(rows, []string{
		fmt.Sprintf("recording %d outcomes, %d at once", r.Objects, migrate.DefaultRegisterWorkers),
		fmt.Sprintf("%.0f", float64(r.Objects)/r.Seconds),
		fmt.Sprintf("%.0f", float64(r.Objects)/r.Seconds/itemsPerSecond),
	})
	return Table([]string{"without a server", "items per second", "times Synapse's pace",
		"heap", "process", "run file, bytes per item"}, rows)
}
