package checkpoint

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"synapse-migrate/planner"
)

// batchItems is a page of a bucket's listing.
const batchItems = 1000

// ofBucket is an item of a bucket's plan.
func ofBucket(id int64) planner.Item { return testItem(id, planner.ActionRegister) }

// plans are what is planned, by the kind of source.
var plans = map[string]func(id int64) planner.Item{
	"bucket": ofBucket, "project": testVersion,
}

// batch is page n of a made-up listing.
func batch(n int64, make func(id int64) planner.Item) planner.Batch {
	var b planner.Batch
	for i := range int64(batchItems) {
		item := make(n*batchItems + i + 1)
		item.FolderID = n/10 + 1
		b.Items = append(b.Items, item)
	}
	if n%10 == 0 {
		name := fmt.Sprintf("d%05d", n/10)
		b.Folders = []planner.Folder{{ID: n/10 + 1, Name: name, Path: name}}
	}
	last := b.Items[batchItems-1]
	b.Cursor = planner.Cursor{After: last.Source.Key, LastItemID: last.ID}
	return b
}

// grow appends items, a multiple of batchItems.
func grow(
	b *testing.B, f *File, items int64, make func(id int64) planner.Item,
) {
	b.Helper()
	for n := range items / batchItems {
		if err := f.Append(b.Context(), batch(n, make)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppend plans a million items, in pages.
func BenchmarkAppend(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		f := newFile(b)
		grow(b, f, 1_000_000, ofBucket)
	}
}

// BenchmarkSize tells how many bytes of the run file an item takes.
func BenchmarkSize(b *testing.B) {
	const items = 100_000
	for name, make := range plans {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f := newFile(b)
				grow(b, f, items, make)
				seal(b, f)
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
				info, err := os.Stat(f.path)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(info.Size())/items, "file-B/item")
			}
		})
	}
}

// BenchmarkReview asks everything about a million items, and seals them.
func BenchmarkReview(b *testing.B) {
	for name, make := range plans {
		b.Run(name, func(b *testing.B) { review(b, make) })
	}
}

func review(b *testing.B, make func(id int64) planner.Item) {
	f := newFile(b)
	grow(b, f, 1_000_000, make)
	b.Run("Clashes", func(b *testing.B) {
		for b.Loop() {
			if n := len(all(b, f.Clashes(b.Context()))); n != 0 {
				b.Fatal(n)
			}
		}
	})
	b.Run("Loads", func(b *testing.B) {
		for b.Loop() {
			all(b, f.Loads(b.Context(), 10_000))
		}
	})
	b.Run("Totals", func(b *testing.B) {
		for b.Loop() {
			if _, err := f.Totals(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Items", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range f.Items(b.Context(), planner.Filter{}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("ItemsOfAFolder", func(b *testing.B) {
		folder := int64(50)
		for b.Loop() {
			filter := planner.Filter{FolderID: &folder, Limit: 1}
			if n := len(all(b, f.Items(b.Context(), filter))); n != 1 {
				b.Fatal(n)
			}
		}
	})
	b.Run("Seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			seal(b, f)
			b.StopTimer()
			unseal(b, f)
			b.StartTimer()
		}
	})
}

// unseal takes back what Seal did.
func unseal(b *testing.B, f *File) {
	b.Helper()
	err := f.submit(b.Context(), func(s *session) error {
		var statements []string
		for _, table := range []string{"meta", "folder", "item"} {
			for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
				statements = append(statements,
					"DROP TRIGGER sealed_"+table+"_"+verb)
			}
		}
		statements = append(statements, "DELETE FROM state",
			"DELETE FROM tally", "DELETE FROM meta WHERE name = 'plan'")
		for _, statement := range statements {
			if _, err := s.conn.ExecContext(b.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRecord records outcomes from that many goroutines at once; each
// returns when its group is on disk.
func BenchmarkRecord(b *testing.B) {
	for _, workers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			f := newFile(b)
			for n := int64(0); n*batchItems < int64(b.N); n++ {
				if err := f.Append(b.Context(), batch(n, ofBucket)); err != nil {
					b.Fatal(err)
				}
			}
			seal(b, f)
			var next atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(workers)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					e := entry(next.Add(1), StateDone)
					if err := f.Record(b.Context(), e); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// BenchmarkPending resumes a run of a million items near its end, by asking
// for all that is to be done, and for what can be done now.
func BenchmarkPending(b *testing.B) {
	f := newFile(b)
	grow(b, f, 1_000_000, testVersion)
	seal(b, f)
	err := f.submit(b.Context(), func(s *session) error {
		_, err := s.exec(`UPDATE state SET state = 'done' WHERE id <= 900000`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	type question func(context.Context, int64, int) ([]Entry, error)
	for name, ask := range map[string]question{
		"Pending": f.Pending, "Ready": f.Ready,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				entries, err := ask(b.Context(), 0, 500)
				if err != nil || len(entries) != 500 {
					b.Fatal(len(entries), err)
				}
			}
		})
	}
}

// BenchmarkCheck checks a run file of a million items: what a run waits for
// before it begins.
func BenchmarkCheck(b *testing.B) {
	f := newFile(b)
	grow(b, f, 1_000_000, ofBucket)
	seal(b, f)
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Check(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
