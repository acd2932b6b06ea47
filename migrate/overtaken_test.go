package migrate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
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

// TestOvertaken decides about an upload that was refused, by what the server
// says of it.
func TestOvertaken(t *testing.T) {
	errItself := errors.New("the reason itself")
	refused := effect.Fail(opComplete, refuse(400, "Missing 1 part(s)."))
	status := func(id, state, parts string) synapse.MultipartStatus {
		return synapse.MultipartStatus{UploadID: id, State: state, PartsState: parts, ResultFileHandleID: "9"}
	}
	tests := []struct {
		name string
		now  synapse.MultipartStatus
		why  error
		want error
	}{
		{"completed", status("7", synapse.UploadStateCompleted, "11"), refused, nil},
		{"completed, forgotten by S3", status("7", synapse.UploadStateCompleted, "11"), effect.ErrNoUpload, nil},
		{"parts are gone", status("7", synapse.UploadStateUploading, "10"), refused, effect.ErrOvertaken},
		{"begun anew", status("8", synapse.UploadStateUploading, "00"), effect.ErrNoUpload, effect.ErrOvertaken},
		{"all is there by now", status("7", synapse.UploadStateUploading, "11"), refused, nil},
		{"all is there, and refused", status("6", synapse.UploadStateUploading, "11"), refused, errItself},
		{"forgotten by S3", status("7", synapse.UploadStateUploading, "00"), effect.ErrNoUpload, effect.ErrNoUpload},
		{"a part is wrong", status("7", synapse.UploadStateUploading, "00"),
			effect.Fail(opAddPart, refuse(400, "no")), errItself},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := newMeter(nil)
			r := &run{effects: effect.New("dest", 4, m, effect.NewDrain(t.Context()), Options{}.Logger), meter: m,
				deps: Deps{Synapse: restarted{status: test.now}}}
			id := min(test.now.UploadID, "7")
			got, err := r.overtaken(t.Context(), &partSender{run: r}, id, test.why)
			switch {
			case test.want == nil:
				if err != nil || got.ResultFileHandleID != "9" {
					t.Errorf("got %+v, %v, want file handle 9", got, err)
				}
			case errors.Is(test.want, errItself):
				if !errors.Is(err, test.why) || errors.Is(err, effect.ErrOvertaken) {
					t.Errorf("got %v, want %v alone", err, test.why)
				}
			case !errors.Is(err, test.want) || !errors.Is(err, test.why):
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// restarted is a Synapse that knows one upload.
type restarted struct {
	fakeSynapse
	status synapse.MultipartStatus
}

func (s restarted) StartMultipart(
	context.Context, synapse.MultipartRequest, bool,
) (synapse.MultipartStatus, error) {
	return s.status, nil
}

// CompleteMultipart completes all but upload 6.
func (s restarted) CompleteMultipart(_ context.Context, id string) (synapse.MultipartStatus, error) {
	if id == "6" {
		return synapse.MultipartStatus{}, refuse(400, "no")
	}
	s.status.State = synapse.UploadStateCompleted
	return s.status, nil
}

// TestOtherObject: the object at a file handle's key is another one, shorter
// than it says.
func TestOtherObject(t *testing.T) {
	for code, want := range map[string]bool{
		"InvalidArgument": true, "InvalidRange": true, "NoSuchKey": true, "InternalError": false,
	} {
		err := otherObject(&putRefusal{status: 400, code: code})
		if got := errors.Is(err, transfer.ErrChanged); got != want {
			t.Errorf("%s: %v, want a change: %t", code, err, want)
		}
		if want && (!strings.Contains(err.Error(), "isn't the one that the source's file handle recorded") ||
			!strings.Contains(err.Error(), code)) {
			t.Errorf("%s: %v doesn't say what it means", code, err)
		}
	}
	if err := otherObject(nil); err != nil {
		t.Errorf("of no error: %v", err)
	}
}
