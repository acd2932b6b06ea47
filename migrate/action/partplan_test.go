package action

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
)

func TestPlanParts(t *testing.T) {
	const mib = 1 << 20
	tests := []struct {
		size, want         int64
		wantPart, wantMany int64
	}{
		{1, 32 * mib, 32 * mib, 1},
		{32 * mib, 32 * mib, 32 * mib, 1},
		{32*mib + 1, 32 * mib, 32 * mib, 2},
		{10 * mib, 1, 5 * mib, 2},
		{1 << 40, 32 * mib, 109951163, 10_000},
		{5 << 40, 32 * mib, 549755814, 10_000},
		{1 << 40, 10 << 30, 5 << 30, 205},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.size), func(t *testing.T) {
			p := planParts(test.size, test.want)
			if p.PartSizeBytes != test.wantPart || p.count() != test.wantMany {
				t.Errorf("%d parts of %d bytes, want %d of %d",
					p.count(), p.PartSizeBytes, test.wantMany, test.wantPart)
			}
		})
	}
}

// FuzzPlanParts: parts cover the object without gap or overlap, within the
// server's limits.
func FuzzPlanParts(f *testing.F) {
	f.Add(int64(1), int64(0))
	f.Add(int64(5<<40), int64(5<<20))
	f.Add(int64(52428801), int64(5<<20))
	f.Fuzz(func(t *testing.T, size, want int64) {
		if size < 1 || size > synapse.MaxUploadSizeBytes {
			return
		}
		p := planParts(size, want)
		if p.count() > synapse.MaxParts || p.PartSizeBytes < synapse.MinPartSizeBytes ||
			p.PartSizeBytes > synapse.MaxPartSizeBytes {
			t.Fatalf("%d parts of %d bytes", p.count(), p.PartSizeBytes)
		}
		var at int64
		for n := range p.count() {
			first, length := p.extent(n + 1)
			if first != at || length < 1 || length > p.PartSizeBytes {
				t.Fatalf("part %d: %d bytes from %d, want from %d", n+1, length, first, at)
			}
			at += length
		}
		if at != size {
			t.Fatalf("parts end at %d, want %d", at, size)
		}
	})
}

func TestMissingParts(t *testing.T) {
	p := partPlan{SizeBytes: 4, PartSizeBytes: 1}
	for state, want := range map[string][]int64{
		"0000":   {1, 2, 3, 4},
		"1010":   {2, 4},
		"1111":   nil,
		"1":      {2, 3, 4},
		"":       {1, 2, 3, 4},
		"111111": nil,
	} {
		if diff := cmp.Diff(want, p.missing(state)); diff != "" {
			t.Errorf("missing(%q) (-want +got):\n%s", state, diff)
		}
	}
}

func FuzzS3Code(f *testing.F) {
	f.Add([]byte("<Error><Code>AccessDenied</Code><StringToSign>secret</StringToSign></Error>"))
	f.Add([]byte("<Error><Code>a\nb</Code></Error>"))
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		for _, c := range s3Code(answer) {
			if c <= ' ' || c > 'z' {
				t.Fatalf("code %q", s3Code(answer))
			}
		}
	})
}

// TestCopyOfSeveralParts: parts may have up to 5 GiB.
func TestCopyOfSeveralParts(t *testing.T) {
	plan := planParts(3*synapse.MaxPartSizeBytes, synapse.MaxPartSizeBytes)
	if plan.count() != 3 || plan.PartSizeBytes != synapse.MaxPartSizeBytes {
		t.Errorf("parts %+v, want three of 5 GiB", plan)
	}
	if one := planParts(synapse.MaxPartSizeBytes, synapse.MaxPartSizeBytes); one.count() != 1 {
		t.Errorf("%d parts of 5 GiB, want one", one.count())
	}
}
