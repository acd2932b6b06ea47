package migrate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// emulated is a Synapse with the server's own rules and throttles, beside the
// world's S3.
type emulated struct {
	*emulator.Emulator
	to     planner.Destination
	client *synapse.Client
	budget *synapse.Budget

	mu     sync.Mutex
	starts []time.Time
}

// newEmulated has a user who owns an STS folder. Each call takes latency.
func newEmulated(t *testing.T, w *world, latency time.Duration) *emulated {
	t.Helper()
	e := &emulated{
		Emulator: emulator.New(emulator.Options{
			Storage: labStorage{worldStorage{w: w}}, Throttle: true, Bucket: "synapse",
		}),
		budget: synapse.NewBudget(synapse.BudgetOptions{}),
	}
	owner := e.AddUser(emulator.User{Name: "owner", Certified: true})
	e.to = planner.Destination{Bucket: "dest", BaseKey: "base", OwnedByCaller: true}
	sts := true
	e.to.StorageLocationID = e.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation,
		Bucket:       "dest", BaseKey: "base", StsEnabled: &sts, CreatedBy: owner,
	})
	var err error
	e.to.FolderID, err = e.AddFolder(owner, e.AddProject(owner, "project"), "folder")
	if err == nil {
		err = e.SetUploadSetting(e.to.FolderID, e.to.StorageLocationID)
	}
	if err == nil {
		e.client, err = synapse.New(synapse.Options{
			Endpoint: "https://synapse.test", Token: synapse.Token(e.AddToken(owner, nil, 0)),
			Budget: e.budget, Transport: e,
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	e.InjectFault(emulator.Fault{Count: -1, Delay: latency})
	return e
}

// RoundTrip serves a request without a network.
func (e *emulated) RoundTrip(r *http.Request) (*http.Response, error) {
	e.mu.Lock()
	e.starts = append(e.starts, time.Now())
	e.mu.Unlock()
	r.RemoteAddr = "127.0.0.1:1"
	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, r)
	response := recorder.Result()
	response.Request = r
	return response, r.Context().Err()
}

// deps are the world's, with the emulated Synapse.
func (e *emulated) deps(w *world) Deps {
	d := w.deps()
	d.Synapse = e.client
	d.Plan.Header.Destination = e.to
	return d
}

// worldStorage is the world's S3 as Synapse sees it.
type worldStorage struct {
	emulator.Storage
	w *world
}

func (s worldStorage) Region(context.Context, string) (string, error) { return "us-east-1", nil }

func (s worldStorage) Head(
	_ context.Context, bucket, key string,
) (info emulator.ObjectInfo, err error) {
	err = s.w.serve(func() error {
		object, ok := s.w.objects[bucket+"/"+key]
		if !ok {
			return emulator.ErrNoObject
		}
		info.SizeBytes, info.ETag = int64(len(object.data)), md5Hex(object.data)
		return nil
	})
	return info, err
}

// slowFile takes a while for each commit, as a disk does.
type slowFile struct {
	runFile
	takes time.Duration
}

func (f slowFile) Record(ctx context.Context, e checkpoint.Entry) error {
	return errors.Join(sleep(ctx, f.takes), f.runFile.Record(ctx, e))
}

// slowReader takes a while for each look, as S3 does.
type slowReader struct {
	mover
	takes time.Duration
}

func (r slowReader) Unchanged(ctx context.Context, o planner.Object) error {
	if err := sleep(ctx, r.takes); err != nil {
		return err
	}
	return r.mover.Unchanged(ctx, o)
}

// TestSynapseBudgetIsUsed runs a plan of several windows: every window but
// the last is used to 97 % at least, no call is refused, and each object
// takes two.
func TestSynapseBudgetIsUsed(t *testing.T) {
	const objects, folders = 1500, 15
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := plan{w}
		for i := range objects {
			if i%(objects/folders) == 0 {
				p.folder(0, fmt.Sprintf("f%d", i))
			}
			action := planner.ActionRegister
			if i%3 == 0 {
				action = planner.ActionStream // with a transfer before it
			}
			p.item(action, fmt.Sprintf("x%04d", i), "bytes", in(int64(len(p.folders)), known))
		}
		e := newEmulated(t, w, 200*time.Millisecond)
		d := e.deps(w)
		d.Checkpoint = slowFile{runFile{w}, 50 * time.Millisecond}
		d.Mover = slowCopier{mover{w}, time.Second}
		d.Source = slowReader{mover{w}, 100 * time.Millisecond}
		s, err := Run(t.Context(), Options{}, d)
		if err != nil || s.Counts.Done != objects || s.Counts.Folders != folders {
			t.Fatalf("Run: %+v, %v", s, err)
		}
		const calls = 2*objects + folders
		if got := e.budget.Counters(); got.Started != calls || got.Refused != 0 {
			t.Errorf("%d calls and %d refused, want %d and none", got.Started, got.Refused, calls)
		}
		if n := e.CallStats().Throttled; n != 0 {
			t.Errorf("%d calls were throttled", n)
		}
		if share := e.budget.Counters().Share(); share < 0.97 {
			t.Errorf("share of the budget %.3f, want 0.97", share)
		}
		e.checkWindows(t, calls)
		if share := s.LimitedShare(LimitSynapse); share < 0.97 {
			t.Errorf("limited by Synapse for %.3f of the time, want 0.97: %v", share, s.Limited)
		}
	})
}

// checkWindows counts the calls in each window since the first call.
func (e *emulated) checkWindows(t *testing.T, calls int) {
	t.Helper()
	windows := make([]int, calls/synapse.DefaultRequests+2)
	for _, at := range e.starts {
		windows[at.Sub(e.starts[0])/synapse.DefaultWindow]++
	}
	left := calls
	for i, n := range windows {
		want := min(left, synapse.DefaultRequests) * 97 / 100
		if n < want || n > synapse.DefaultRequests {
			t.Errorf("window %d: %d calls, want %d at least: %v", i, n, want, windows)
		}
		left -= n
	}
}

// TestRunAgainstServerRules runs the whole way against the server's rules,
// kills it half-way, and compares the trees.
func TestRunAgainstServerRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		build := func() (*world, *emulated) {
			w := newWorld()
			p := plan{w}
			folder := p.folder(p.folder(0, "a"), "b")
			for i := range 30 {
				p.item(planner.ActionRegister, fmt.Sprintf("x%d", i), "bytes", in(folder, known))
				p.item(planner.ActionStream, fmt.Sprintf("y%d", i), "bytes", in(folder, func(i *planner.Item) {
					i.Annotations = map[string]string{"originalKey": "?"}
				}))
			}
			return w, newEmulated(t, w, time.Millisecond)
		}
		w, e := build()
		if _, err := Run(t.Context(), Options{}, e.deps(w)); err != nil {
			t.Fatal(err)
		}
		want := e.Snapshot().Tree(e.to.FolderID)
		for n := range 60 {
			w, e := build()
			w.at = func(i int, _ string) fault { return fault{killAfter: i == 1+5*n} }
			_, _ = Run(t.Context(), Options{}, e.deps(w))
			w.revive()
			s, err := Run(t.Context(), Options{}, e.deps(w))
			if err != nil || s.Counts.Failed != 0 {
				t.Fatalf("resumed run: %+v, %v", s, err)
			}
			if diff := cmp.Diff(want, e.Snapshot().Tree(e.to.FolderID)); diff != "" {
				t.Fatalf("killed after %d effects: tree (-want +got):\n%s", 1+5*n, diff)
			}
		}
	})
}
