package migrate

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// second is another run of the lab's plan, with a run file of its own.
func (l *lab) second() (Deps, *world) {
	own := newWorld()
	for id, e := range l.entries {
		own.entries[id] = e
	}
	for id, f := range l.folders {
		own.folders[id] = f
	}
	d := l.deps()
	d.Checkpoint = runFile{own}
	return d, own
}

// meeting lets something happen once before a call.
type meeting struct {
	http.RoundTripper
	before string // a part of the call's path
	once   sync.Once
	happen func()
}

// RoundTrip sends the request.
func (m *meeting) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, m.before) {
		m.once.Do(m.happen)
	}
	return m.RoundTripper.RoundTrip(r)
}

// allDone fails the test unless each item of a run is done, with the file
// handle that the other run's has.
func allDone(t *testing.T, one, other *world) {
	t.Helper()
	for id, e := range one.entries {
		if e.State != checkpoint.StateDone || e.FileHandleID != other.entries[id].FileHandleID {
			t.Errorf("item %d (%s) is %s with file handle %s: %+v; the other run's has %s",
				id, e.Action, e.State, e.FileHandleID, e.Failure, other.entries[id].FileHandleID)
		}
	}
}

// TestOvertakenUploads: another run does all of an upload or copy right before
// one call of this run's. This run ends with that one's file handle.
func TestOvertakenUploads(t *testing.T) {
	for _, action := range []planner.Action{planner.ActionUpload, planner.ActionSynapseCopy} {
		for _, before := range []string{"/presigned/url/batch", "/add/", "/complete"} {
			t.Run(fmt.Sprint(action, " before ", before), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLab(t, planner.ModeCopy)
					l.file(t, 0, "x", version{data: "some bytes", action: action})
					d := l.planned()
					other, own := l.second()
					var err error
					d.Synapse, err = synapse.New(synapse.Options{
						Endpoint: "https://synapse.test", Token: synapse.Token(l.AddToken(l.owner, nil, 0)),
						Budget: l.emulated.budget,
						Transport: &meeting{RoundTripper: l, before: before, happen: func() {
							if s, err := Run(t.Context(), Options{}, other); err != nil || s.Counts.Done != 1 {
								t.Errorf("the other run: %+v, %v", s, err)
							}
						}},
					})
					check(t, err)
					if s, err := Run(t.Context(), Options{}, d); err != nil || s.Counts.Done != 1 {
						t.Errorf("this run: %+v, %v", s, err)
					}
					allDone(t, l.world, own)
					if n := len(l.madeUp()); n != 1 {
						t.Errorf("%d objects were made, want 1", n)
					}
				})
			})
		}
	}
}

// TestTwoRunsUploadAtOnce the same objects, each in several parts: in the end
// both are done, with the same file handles.
func TestTwoRunsUploadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, planner.ModeCopy)
		large := strings.Repeat("0123456789abcdef", int(2*synapse.MinPartSizeBytes+100)/16)
		for i, action := range []planner.Action{planner.ActionUpload, planner.ActionSynapseCopy} {
			l.file(t, 0, fmt.Sprint("x", i), version{data: fmt.Sprint(i, large), action: action})
		}
		d := l.planned()
		other, own := l.second()
		o := Options{UploadPartSizeBytes: synapse.MinPartSizeBytes, CopyPartSizeBytes: synapse.MinPartSizeBytes}
		var both sync.WaitGroup
		for _, d := range []Deps{d, other} {
			both.Go(func() {
				if s, err := Run(t.Context(), o, d); err != nil || s.Counts.Done != 2 {
					t.Errorf("%+v, %v, want 2 done", s, err)
				}
			})
		}
		both.Wait()
		allDone(t, l.world, own)
	})
}
