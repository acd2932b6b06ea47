package action

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/loopback"
)

// partURLAge is how old a presigned URL may get before it is used. The
// server's live 15 minutes (reference: October 2024); S3 looks at the time
// when a request begins.
const partURLAge = 10 * time.Minute

// partURLs are the presigned URLs of the parts still to be sent. They are
// for one at a time: who has put a value into turn.
type partURLs struct {
	turn chan struct{}
	// wanted are the parts to be sent, in order; URLs of the first asked of
	// them have been asked for.
	wanted []int64
	asked  int
	held   map[int64]heldURL
}

// heldURL is a URL and when it was asked for.
type heldURL struct {
	synapse.PartURL
	askedOn time.Time
}

func newPartURLs(wanted []int64) *partURLs {
	return &partURLs{
		turn: make(chan struct{}, 1), wanted: wanted, held: map[int64]heldURL{},
	}
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
		if i, found := slices.BinarySearch(p.wanted, u.PartNumber); found {
			p.asked = max(p.asked, i+1)
		}
	}
}

// mayUse refuses presigned URLs that are neither encrypted nor of this
// machine, unless they are allowed.
func (d Deps) mayUse(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("presigned URL can't be read")
	}
	if u.Scheme == "https" || u.Scheme == "http" && (d.AllowPlainHTTP || !loopback.Clear(u)) {
		return nil
	}
	return fmt.Errorf("%w: %s", effect.ErrPlainURL, synapse.RedactURL(address))
}

// next are the parts to ask for when part n is needed: n and those after it.
// Those before it that were not asked for yet belong to the same batch: they
// are only a little late.
func (p *partURLs) next(n int64) []int64 {
	i, found := slices.BinarySearch(p.wanted, n)
	if !found {
		return []int64{n}
	}
	from := min(i, max(p.asked, i-planner.PartURLBatch+1))
	return p.wanted[from:min(from+planner.PartURLBatch, len(p.wanted))]
}
