package verify

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Plan is what is compared with: checkpoint.File, its plan tables only.
type Plan interface {
	// Items streams items in ID order.
	Items(ctx context.Context, f planner.Filter) iter.Seq2[planner.Item, error]
	// Subfolders streams the folders of the plan that lie in one, by name; 0
	// is the destination folder.
	Subfolders(ctx context.Context, parentID int64) iter.Seq2[planner.Folder, error]
}

// Synapse is what is asked of Synapse: synapse.Client. Every call waits for
// the call budget.
type Synapse interface {
	ChildrenPage(ctx context.Context, r synapse.ChildrenRequest) (synapse.ChildrenPage, error)
	Bundle(ctx context.Context, id string, r synapse.BundleRequest) (synapse.Bundle, error)
	VersionBundle(
		ctx context.Context, id string, version int64, r synapse.BundleRequest,
	) (synapse.Bundle, error)
	AllVersions(ctx context.Context, id string) ([]synapse.VersionInfo, error)
	VersionGeneratedBy(ctx context.Context, id string, version int64) (synapse.Activity, error)
}

// Objects looks at objects and reads them with the destination's read-only
// credentials. Errors wrap planner.ErrNotFound, planner.ErrDenied and
// planner.ErrCredentials, which ends the verification.
type Objects interface {
	// Lister lists the objects below the base key: all of them, or it returns an error. An
	// error is a row of its own, and ends nothing.
	planner.Lister
	Look(ctx context.Context, bucket, key string) (planner.Detail, error)
	// Hash returns the MD5 of an object, 32 lower-case hex digits. It fails
	// when the object no longer has the ETag of o.
	Hash(ctx context.Context, o planner.Object, progress func(bytes int64)) (string, error)
}

// SourceFiles reads the files of a source again, as planned: an error says that
// one is another by now, or can't be read.
type SourceFiles interface {
	Hash(ctx context.Context, o planner.Object, progress func(bytes int64)) (string, error)
}

// Reading says which objects are read back.
type Reading struct {
	// All reads every object.
	All bool
	// Sample is how many to read, chosen evenly by Seed from the plan's items: one
	// plan and one seed give one sample.
	Sample int64
	Seed   uint64
}

// ParseReading reads all, none, or sample=N.
func ParseReading(text string) (Reading, error) {
	switch text {
	case "all":
		return Reading{All: true}, nil
	case "none", "":
		return Reading{}, nil
	}
	if digits, ok := strings.CutPrefix(text, "sample="); ok {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n > 0 {
			return Reading{Sample: n}, nil
		}
	}
	return Reading{}, fmt.Errorf("%q: want all, none or sample=N, N at least 1", text)
}

// Options shape a verification; the zero value reads no object.
type Options struct {
	Read Reading
	// Workers is how many files are looked at at once; 0 is 16. The call
	// budget limits what that means for Synapse.
	Workers int
	// Progress is called with each row, in order; nil is not called.
	Progress func(Row)
}

const (
	defaultWorkers = 16
	// window is how many comparisons may be ahead of the oldest one that has
	// not ended, for each worker.
	window = 8
)

// Deps are what a verification works with.
type Deps struct {
	Header planner.Header
	// Active is how many items the plan acts on. A sample is chosen of these,
	// and of what the plan leaves out since it was there.
	Active  int64
	Plan    Plan
	Synapse Synapse
	Objects Objects
	// Source reads the source's files again where objects are read; nil where
	// there is no way to them.
	Source SourceFiles
}

// sampler chooses n of the items that are offered one after the other,
// each with the same chance (Knuth, The Art of Computer Programming, volume
// 2, algorithm S).
type sampler struct {
	all        bool
	left, from int64
	random     *rand.Rand
}

func newSampler(r Reading, active int64) *sampler {
	return &sampler{
		all: r.All, left: r.Sample, from: active,
		random: rand.New(rand.NewPCG(r.Seed, r.Seed)),
	}
}

// next decides about the next item.
func (s *sampler) next() bool {
	if s.all {
		return true
	}
	if s.left <= 0 || s.from <= 0 {
		return false
	}
	chosen := s.random.Int64N(s.from) < s.left
	s.from--
	if chosen {
		s.left--
	}
	return chosen
}
