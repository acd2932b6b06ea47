package planner_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// unreliable answers one in a hundred requests with one of the statuses in turn, the same ones at each run of the test.
type unreliable struct {
	http.Handler
	statuses []int

	mu     sync.Mutex
	dice   *rand.Rand
	struck int
}

func newUnreliable(h http.Handler, statuses ...int) *unreliable {
	return &unreliable{Handler: h, statuses: statuses, dice: rand.New(rand.NewPCG(12, 2))}
}

func (u *unreliable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status := u.strikes(); status != 0 {
		w.WriteHeader(status)
		return
	}
	u.Handler.ServeHTTP(w, r)
}

// strikes is the status that a request is answered with instead; 0 for none.
func (u *unreliable) strikes() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.dice.IntN(100) > 0 {
		return 0
	}
	u.struck++
	return u.statuses[u.struck%len(u.statuses)]
}

// One in a hundred calls to Synapse is answered with 500: one start plans the whole project all the same.
func TestProjectIsPlannedAlthoughCallsFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudyWith(t, emulator.Options{}, synapse.BudgetOptions{})
		fillFlat(s, 300, 30)
		want, _ := s.plan(planner.ProjectOptions{}, nil)

		server := newUnreliable(s.Emulator, http.StatusInternalServerError)
		var err error
		s.client, err = synapse.New(synapse.Options{
			Endpoint: "https://synapse.test", Token: synapse.Token(s.AddToken(s.owner, nil, 0)),
			Budget: s.budget, Transport: direct{server},
		})
		s.must(err)
		got, _ := s.plan(planner.ProjectOptions{}, nil)
		equal(t, "items", got.Totals.Items, int64(300))
		equal(t, "totals", got.Totals, want.Totals)
		if server.struck < 4 {
			t.Errorf("%d calls failed: nothing was tried", server.struck)
		}
	})
}

// One in a hundred calls to S3 is answered with 429 or 503: one start plans the whole bucket all the same.
func TestBucketIsPlannedAlthoughS3Refuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := s3mem.New()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(backend.CreateBucket(t.Context(), "src"))
		for i := range 300 {
			_, err := backend.PutObject(t.Context(), "src", fmt.Sprintf("batch %d/%03d", i/30, i), nil,
				strings.NewReader("data"), 4)
			must(err)
		}
		server := newUnreliable(gofakes3.New(backend).Server(),
			http.StatusTooManyRequests, http.StatusServiceUnavailable)
		store, err := objectstore.New(objectstore.Options{
			Credentials: awscredentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
			Endpoint:    "http://s3.test", PathStyle: true, HTTPClient: &http.Client{Transport: direct{server}},
		})
		must(err)
		file := runFile(t)
		b := planFrom(&bucket{name: "src"}, "", externalFacts(), file)
		b.Source, b.Examine = store, store
		plan := mustPlan(t, b)
		equal(t, "items", plan.Totals.Items, int64(300))
		equal(t, "acted on", plan.Totals.Active(), int64(300))
		if server.struck < 4 {
			t.Errorf("%d calls were refused: nothing was tried", server.struck)
		}
	})
}
