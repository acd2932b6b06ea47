package checkpoint

import (
	"testing"
)

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
