package migrate

import (
	"slices"
	"sync"
	"time"

	"synapse-migrate/synapse"
)

// partURLBatch is how many presigned URLs are asked for at once: one call
// instead of a hundred, and few enough to be used while they are young.
const partURLBatch = 100

// partURLAge is how old a presigned URL may get before it is used. The
// server's live 15 minutes (reference: October 2024); S3 looks at the time
// when a request begins.
const partURLAge = 10 * time.Minute

// partURLs are the presigned URLs of the parts still to be sent. The caller
// holds its mutex.
type partURLs struct {
	sync.Mutex
	// wanted are the parts to be sent, in order.
	wanted []int64
	held   map[int64]heldURL
}

// heldURL is a URL and when it was asked for.
type heldURL struct {
	synapse.PartURL
	askedOn time.Time
}

func newPartURLs(wanted []int64) *partURLs {
	return &partURLs{wanted: wanted, held: map[int64]heldURL{}}
}

// take returns the URL of part n, when there is one young enough. It is used
// once: when S3 refuses it, the next batch replaces those after it too.
func (p *partURLs) take(n int64, now time.Time) (heldURL, bool) {
	u, ok := p.held[n]
	delete(p.held, n)
	return u, ok && now.Sub(u.askedOn) < partURLAge
}

// put holds an answer that was asked for at a time.
func (p *partURLs) put(urls []synapse.PartURL, askedOn time.Time) {
	for _, u := range urls {
		p.held[u.PartNumber] = heldURL{u, askedOn}
	}
}

// next are the parts to ask for when part n is needed: n and those after it.
func (p *partURLs) next(n int64) []int64 {
	i, found := slices.BinarySearch(p.wanted, n)
	if !found {
		return []int64{n}
	}
	return p.wanted[i:min(i+partURLBatch, len(p.wanted))]
}
