package migrate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/register"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

func TestRunMixedPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := mixed()
		s := w.run(t, mixedOptions)

		if s.End != EndDone || s.Counts.Done != 8 || s.Counts.Failed != 0 || s.Counts.Folders != 2 {
			t.Errorf("summary %+v, want 8 done and 2 folders", s)
		}
		for id, e := range w.entries {
			if e.State != checkpoint.StateDone || e.Attempts != 1 {
				t.Errorf("item %d is %s after %d attempts: %+v", id, e.State, e.Attempts, e.Failure)
			}
		}
		got := slices.Sorted(maps.Keys(w.children))
		if len(got) != 10 {
			t.Errorf("entities %q, want 8 files and 2 folders", got)
		}
		streamed := w.entries[6]
		wantAnnotations := map[string]synapse.AnnotationValue{
			"originalKey": {Type: synapse.AnnotationString, Value: []string{"streamed?"}},
		}
		if diff := cmp.Diff(wantAnnotations, w.annotations[streamed.EntityID].Annotations); diff != "" {
			t.Errorf("annotations (-want +got):\n%s", diff)
		}
		replaced := w.entities[w.entries[8].EntityID]
		if w.annotations[replaced.ID].Annotations["originalKey"].Value[0] != "replaced?" {
			t.Errorf("annotations of the replaced entity: %v", w.annotations[replaced.ID])
		}
		if replaced.VersionNumber != 2 || w.path(replaced.ID) != "/replaced" {
			t.Errorf("replaced entity %+v, want version 2", replaced)
		}
		if len(w.saved) != 0 {
			t.Errorf("transfers left behind: %v", w.saved)
		}
	})
}

// TestSynapseCalls counts what each action asks of Synapse.
func TestSynapseCalls(t *testing.T) {
	tests := []struct {
		name   string
		action planner.Action
		change func(*planner.Item)
		want   []string
	}{
		{"register", planner.ActionRegister, known, []string{"register base/x", "create x"}},
		{"register read", planner.ActionRegister, unknown, []string{"register base/x", "create x"}},
		{"copy", planner.ActionCopy, known, []string{"register base/x", "create x"}},
		{"stream", planner.ActionStream, nil, []string{"register base/x", "create x"}},
		{"annotated", planner.ActionRegister, func(i *planner.Item) {
			known(i)
			i.Annotations = map[string]string{"k": "v"}
		}, []string{"register base/x", "create bundle x"}},
		{"upload", planner.ActionUpload, known, []string{
			"start x", "part urls x", "add part 1 of x", "complete x", "create x",
		}},
		{"folder", planner.ActionRegister, in(1, known), []string{
			"register base/x", "create f", "create x",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			plan{w}.folder(0, "f")
			plan{w}.item(test.action, "x", "bytes", test.change)
			s := w.run(t, Options{})
			var got []string
			for _, e := range w.effects {
				first, _, _ := strings.Cut(e, " ")
				switch first {
				case "register", "create", "start", "part", "add", "complete", "get", "child":
					got = append(got, e)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if s.SynapseCalls != int64(len(test.want)) {
				t.Errorf("counted %d calls, want %d", s.SynapseCalls, len(test.want))
			}
		})
	}
}

// TestStatesAreRecordedBetweenEffects shows the order that makes a run safe
// to interrupt: each effect's outcome is recorded before the next effect.
func TestStatesAreRecordedBetweenEffects(t *testing.T) {
	tests := []struct {
		name   string
		action planner.Action
		change func(*planner.Item)
		want   []string
	}{
		{"register", planner.ActionRegister, known, []string{
			"check base/x", "register base/x", "record x handled", "create x", "record x done",
		}},
		{"register read", planner.ActionRegister, unknown, []string{
			"hash base/x", "record x transferred", "check base/x", "register base/x",
			"record x handled", "create x", "record x done",
		}},
		{"copy read", planner.ActionCopy, unknown, []string{
			"hash x", "save upload 1", "copy base/x", "record x transferred",
			"register base/x", "record x handled", "create x", "record x done",
		}},
		{"upload", planner.ActionUpload, known, []string{
			"start x", "part urls x", "open x at 0", "put part 1 of x", "add part 1 of x",
			"complete x", "record x handled", "create x", "record x done",
		}},
		{"folder", planner.ActionRegister, in(1, known), []string{
			"check base/x", "register base/x", "record x handled", "create f",
			"record folder 1", "create x", "record x done",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			plan{w}.folder(0, "f")
			plan{w}.item(test.action, "x", "bytes", test.change)
			w.run(t, Options{})
			if diff := cmp.Diff(test.want, w.effects); diff != "" {
				t.Errorf("effects (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFoldersAreMadeOnceParentsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := plan{w}
		var leaf int64
		for _, name := range []string{"one", "two", "three"} {
			leaf = p.folder(leaf, name)
		}
		for i := range 100 {
			p.item(planner.ActionRegister, fmt.Sprintf("x%d", i), "bytes", in(leaf, known))
		}
		w.run(t, Options{})
		var got []string
		for _, e := range w.effects {
			if strings.HasPrefix(e, "create ") && !strings.HasPrefix(e, "create x") {
				got = append(got, e)
			}
		}
		want := []string{"create one", "create two", "create three"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("folders (-want +got):\n%s", diff)
		}
	})
}

func TestNoPreviews(t *testing.T) {
	w := newWorld()
	p := plan{w}
	p.item(planner.ActionRegister, "x", "bytes", func(i *planner.Item) {
		known(i)
		i.ContentType = "text/csv"
	})
	p.item(planner.ActionUpload, "y", "bytes", known)
	w.run(t, Options{NoPreviews: true})
	if got := w.handles[w.entries[1].FileHandleID].ContentType; got != register.NeutralType {
		t.Errorf("registered as %q, want %q", got, register.NeutralType)
	}
	for _, u := range w.uploads {
		if u.GeneratePreview == nil || *u.GeneratePreview {
			t.Errorf("upload asks for a preview: %s", u.request)
		}
	}
}

// TestOrderOfPlanNeverIdlesSynapse has a plan of slow transfers before items
// that are ready: these are done while the transfers wait.
func TestOrderOfPlanNeverIdlesSynapse(t *testing.T) {
	w := newWorld()
	p := plan{w}
	for i := range 100 {
		p.item(planner.ActionCopy, fmt.Sprintf("slow%d", i), "bytes", known)
	}
	for i := range 100 {
		p.item(planner.ActionRegister, fmt.Sprintf("ready%d", i), "bytes", known)
	}
	d := w.deps()
	ready := make(chan struct{})
	d.Mover = waitingCopier{mover{w}, ready}
	var done int
	d.Observer = &observer{finished: func(o Outcome) {
		if done++; done == 100 {
			close(ready)
		}
	}}
	s, err := Run(t.Context(), Options{Workers: 2}, d)
	if err != nil || s.Counts.Done != 200 {
		t.Errorf("Run: %+v, %v", s, err)
	}
}

// waitingCopier doesn't begin before a channel is closed.
type waitingCopier struct {
	mover
	until <-chan struct{}
}

func (c waitingCopier) Copy(ctx context.Context, r transfer.Request) (transfer.Result, error) {
	select {
	case <-c.until:
		return c.mover.Copy(ctx, r)
	case <-ctx.Done():
		return transfer.Result{}, ctx.Err()
	}
}
