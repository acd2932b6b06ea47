package faults

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate"
	"synapse-migrate/planner"
)

// parted is a migration of one object of two parts.
type parted struct {
	scenario
	// bucket and key are the object's.
	bucket, key string
	// sent is the call that brings a part's bytes, part the one after which it
	// counts as there, complete the one that ends the upload.
	sent, part, complete string
	// changed is what the item says when the object is another one.
	changed string
}

const (
	addPart        = "PUT /file/v1/file/multipart/{id}/add/{id}"
	completeUpload = "PUT /file/v1/file/multipart/{id}/complete"
	completeS3     = "S3 CompleteMultipartUpload"
)

// partedOnes are one for each way in which parts reach their destination.
func partedOnes() []parted {
	bucket := func(name string, managed bool) scenario {
		return scenario{bucket: name, managed: managed, fill: func(w *world) {
			w.amazon.put(w.t, name, "raw/large.bin", large(9))
		}}
	}
	project := func(managed bool, location func(*world) int64, name string, knownMD5 bool) scenario {
		return scenario{managed: managed, fill: func(w *world) {
			w.file(w.source, "large.bin", w.handle(location(w), name, "raw/large.bin", large(9), knownMD5))
		}}
	}
	partner := func(w *world) int64 { return w.partner }
	far := func(w *world) int64 { return w.far }
	ones := []parted{
		{bucket(bucketPartner, false), bucketPartner, "", "S3 UploadPart", "S3 UploadPart", completeS3, ""},
		{bucket(bucketLab, false), bucketLab, "", "S3 UploadPartCopy", "S3 UploadPartCopy", completeS3, ""},
		{bucket(bucketPartner, true), bucketPartner, "", "S3 PutObject, presigned", addPart, completeUpload, ""},
		{
			project(false, partner, bucketPartner, true), bucketPartner, "",
			"S3 UploadPartCopy, presigned", addPart, completeUpload, "",
		},
		{project(true, far, bucketFar, false), bucketFar, "", "S3 PutObject, presigned", addPart, completeUpload, ""},
	}
	for i, action := range []planner.Action{
		planner.ActionStream, planner.ActionCopy, planner.ActionUpload, planner.ActionSynapseCopy, planner.ActionUpload,
	} {
		ones[i].name, ones[i].key = string(action), "raw/large.bin"
		ones[i].actions = map[planner.Action]int64{action: 1}
		ones[i].changed = "source changed since planned"
	}
	// Nothing pins what Synapse's download URLs give: its MD5 tells.
	ones[4].name, ones[4].changed = "upload in order", "MD5 differs"
	return ones
}

// unmade answers a call for a part as if it had been executed.
func (p parted) unmade() *fault {
	return &fault{name: "unmade", serve: func(
		w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder,
	) {
		const etag = "00000000000000000000000000000000"
		switch {
		case p.part == addPart:
			at := strings.Split(r.URL.Path, "/")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprintf(w, `{"uploadId":%q,"partNumber":%s,"addPartState":"ADD_SUCCESS"}`, at[5], at[7])
		case r.Header.Get("x-amz-copy-source") != "":
			_, _ = fmt.Fprintf(w, `<CopyPartResult><ETag>"%s"</ETag></CopyPartResult>`, etag)
		default:
			w.Header().Set("ETag", `"`+etag+`"`)
		}
	}}
}

// killedAt runs until a call of a name arrives for the nth time, which is not
// executed. Faults befall other calls as they arrive.
func (w *world) killedAt(s scenario, path, call string, nth int, before arrival) {
	w.t.Helper()
	m := &mortal{left: 1 << 30}
	w.arrive = func(name string) *fault {
		if name == call {
			nth--
		}
		if name == call && nth == 0 {
			m.kill()
		}
		if !m.alive() {
			return &catalogue()[0]
		}
		return before(name)
	}
	err := w.runMortal(w.t.Context(), s, path, m)
	w.arrive, w.calls = nil, nil
	if m.alive() {
		w.t.Fatalf("the run ended with %v before it was killed", err)
	}
}

// none befalls anything.
func none(string) *fault { return nil }

// TestPartsAreReconciled kills runs between the last part of an object and the
// end of its upload, with parts at the server that the run file doesn't know,
// and with parts in the run file that the server hasn't got.
func TestPartsAreReconciled(t *testing.T) {
	tests := []struct {
		name              string
		forgetful, unmade bool
		// again is how many parts each of partedOnes sends again.
		again [5]int
	}{
		{"both alike", false, false, [5]int{0, 0, 0, 0, 0}},
		// Synapse's own record of the parts is what counts; where the bytes
		// are hashed in order, the hash is what the run file has of them.
		{"unknown to the run file", true, false, [5]int{2, 2, 0, 0, 2}},
		{"unknown to the server", false, true, [5]int{1, 1, 1, 1, 2}},
	}
	for i, p := range partedOnes() {
		want := undisturbed(t, p.scenario)
		for _, test := range tests {
			t.Run(test.name+"/"+p.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w, path := prepare(t, p.scenario)
					before := none
					if test.unmade {
						before = once(p.part, p.unmade())
					}
					w.forgetful = test.forgetful
					w.killedAt(p.scenario, path, p.complete, 1, before)
					w.forgetful = false
					w.ends(t, p.scenario, path)
					if got := counted(w.calls)[p.sent]; got != test.again[i] {
						t.Errorf("%d parts were sent again, want %d", got, test.again[i])
					}
					w.leftAs(t, path, want)
				})
			})
		}
	}
}

// once has a fault befall the first call of a name.
func once(call string, f *fault) arrival {
	struck := false
	return func(name string) *fault {
		if struck || name != call {
			return nil
		}
		struck = true
		return f
	}
}

// ends fails the test unless a run comes to its end.
func (w *world) ends(t *testing.T, s scenario, path string) {
	t.Helper()
	if summary, err := w.start(s).run(t.Context(), path, nil); err != nil || summary.End != migrate.EndDone {
		t.Fatalf("the run ended as %q with %v", summary.End, err)
	}
}

// TestSourceChangedMeanwhile kills runs between two parts of an object, and
// changes it: its item fails and says why, and the destination gets nothing.
func TestSourceChangedMeanwhile(t *testing.T) {
	for _, p := range partedOnes() {
		t.Run(p.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, path := prepare(t, p.scenario)
				w.killedAt(p.scenario, path, p.sent, 2, none)
				w.amazon.put(t, p.bucket, p.key, large(10))
				w.ends(t, p.scenario, path)
				states := w.states(path)
				if len(states) != 1 || !strings.Contains(states[0], " failed ") ||
					!strings.Contains(states[0], p.changed) {
					t.Errorf("%s, want that it failed because %s", states, p.changed)
				}
				if tree := w.Snapshot().Tree(w.folder); len(tree) > 0 {
					t.Errorf("%d entities were made", len(tree))
				}
			})
		})
	}
}
