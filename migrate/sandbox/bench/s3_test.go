//go:build bench

package bench

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const mib = 1 << 20

// task is work that all programs can do.
type task struct {
	name, kind string
	// from is the bucket that is timed, counted the smaller one whose
	// requests are counted.
	from, counted string
	limits        Limits
	// without are the peers that are left out.
	without map[string]bool
}

func tasks(keys int) []task {
	small := Limits{Least: 3, Most: 5, Time: 20 * time.Second}
	large := Limits{Least: 3, Most: 3}
	slow := map[string]bool{"aws": true}
	return []task{
		{"server-side copy, 2,000 of 16 KiB", "copy", "small", "few", small, nil},
		{"server-side copy, 8 of 256 MiB", "copy", "large", "one", large, slow},
		{"streaming, 2,000 of 16 KiB", "stream", "small", "few", small, slow},
		{"streaming, 8 of 256 MiB", "stream", "large", "one", large, slow},
		{fmt.Sprintf("listing %d keys", keys), "list", "keys", "few", small, slow},
	}
}

// fillAll makes the buckets of the tasks, in processes of their own: Linux
// counts the memory of the process that starts another one as that one's.
func fillAll(t *testing.T, s server, keys int) {
	site := s.site(t, s.Endpoint)
	for _, b := range []struct {
		name    string
		objects int
		size    int64
	}{
		{"small", 2000, 16 << 10}, {"few", 100, 16 << 10},
		{"large", 8, 256 * mib}, {"one", 1, 256 * mib}, {"keys", keys, 1},
	} {
		say("filling %s with %d objects", b.name, b.objects)
		w := work{Kind: "fill", From: b.name, Items: b.objects, SizeBytes: b.size}
		if _, err := RunSteps(t.Context(), w.step(t, site)); err != nil {
			t.Fatalf("filling %s: %v", b.name, err)
		}
	}
}

// program makes the processes for a task.
type program struct {
	name  string
	steps func(t *testing.T, s Site, kind, from, to string) ([]Step, error)
}

// programs are the peers that were asked for and ours, the baseline first.
func programs(t *testing.T) []program {
	peers, err := ParsePeers(os.Getenv("BENCH_PEERS"))
	if err != nil || len(peers) == 0 || peers[0].Name != Baseline {
		t.Fatalf("BENCH_PEERS must name %s at least, as NAME=PATH: %v", Baseline, err)
	}
	var list []program
	for i, p := range peers {
		list = append(list, program{p.Name,
			func(_ *testing.T, s Site, kind, from, to string) ([]Step, error) {
				switch kind {
				case "copy":
					return p.Copy(s, from, to)
				case "stream":
					return p.Stream(s, from, to)
				}
				return p.List(s, from)
			}})
		if i == 0 {
			list = append(list, program{"migrate",
				func(t *testing.T, s Site, kind, from, to string) ([]Step, error) {
					return []Step{work{Kind: kind, From: from, To: to}.step(t, s)}, nil
				}})
		}
	}
	return list
}

// round has a program do the task into a bucket of its own, and looks at
// what came.
func (s server) round(
	t *testing.T, p program, site Site, kind, from string, n int,
) (Usage, error) {
	ctx := t.Context()
	to := fmt.Sprintf("to-%s-%s-%d", p.name, kind, n)
	site.Scratch = filepath.Join(site.Folder, "scratch")
	if err := os.Mkdir(site.Scratch, 0o700); err != nil {
		return Usage{}, err
	}
	defer func() { _ = os.RemoveAll(site.Scratch) }()
	steps, err := p.steps(t, site, kind, from, to)
	if err != nil {
		return Usage{}, err
	}
	if kind == "list" {
		return RunSteps(ctx, steps...)
	}
	if err := s.make(ctx, to); err != nil {
		return Usage{}, err
	}
	usage, err := RunSteps(ctx, steps...)
	if err == nil {
		err = s.compare(ctx, from, to)
	}
	if err != nil {
		return usage, err
	}
	return usage, s.drop(ctx, to)
}

// compare looks whether all of a bucket came.
func (s server) compare(ctx context.Context, from, to string) error {
	objects, bytes, err := s.size(ctx, from)
	if err != nil {
		return err
	}
	gotObjects, gotBytes, err := s.size(ctx, to)
	if err == nil && (gotObjects != objects || gotBytes != bytes) {
		err = fmt.Errorf("%d objects and %d bytes came, want %d and %d",
			gotObjects, gotBytes, objects, bytes)
	}
	return err
}

// measureS3 runs all tasks side by side.
func measureS3(t *testing.T, keys int) string {
	s := startServer(t)
	fillAll(t, s, keys)
	address, err := url.Parse(s.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	recorder := NewRecorder(address)
	front := httptest.NewServer(recorder)
	defer front.Close()
	direct, counting := s.site(t, s.Endpoint), s.site(t, front.URL)
	var rows [][]string
	for _, task := range tasks(keys) {
		var contestants []Contestant
		var counts [][]string
		for _, p := range programs(t) {
			if task.without[p.name] {
				continue
			}
			contestants = append(contestants, Contestant{p.name,
				func(_ context.Context, n int) (Usage, error) {
					return s.round(t, p, direct, task.kind, task.from, n)
				}})
			recorder.Take()
			if _, err := s.round(t, p, counting, task.kind, task.counted, -1); err != nil {
				t.Fatalf("counting the requests of %s: %v", p.name, err)
			}
			counts = append(counts, s.counted(t, recorder, task))
		}
		results, err := Compare(t.Context(), task.limits, contestants)
		if err != nil {
			t.Fatalf("%s: %v", task.name, err)
		}
		for i, r := range results {
			rows = append(rows, append([]string{
				task.name, r.Name, r.Wall.String(), r.CPU.String(),
				fmt.Sprintf("%d MiB", r.PeakBytes/mib),
			}, counts[i]...))
			say("%s", strings.Join(rows[len(rows)-1], " | "))
		}
	}
	return Table([]string{"work", "program", "time", "processor time", "memory",
		"S3 requests per object", "bytes through it, per byte"}, rows)
}

// counted says what passed the recorder in one round.
func (s server) counted(t *testing.T, r *Recorder, task task) []string {
	objects, size, err := s.size(t.Context(), task.counted)
	if err != nil {
		t.Fatal(err)
	}
	calls, bytes := r.Take()
	if task.kind == "list" {
		return []string{PerObject(calls, objects), ""}
	}
	return []string{PerObject(calls, objects), number(bytes, size)}
}
