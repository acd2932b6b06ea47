package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// errKilled is what a killed process would learn, if it lived.
var errKilled = errors.New("killed")

// mortal is a process that is killed at an instant: after a number of calls
// and records. From then on it reaches nothing, its run file included.
type mortal struct {
	cancel context.CancelFunc

	mu   sync.Mutex
	left int
	dead bool
}

// step is one instant; it reports whether the process lives on.
func (m *mortal) step() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left--
	if m.left < 0 && !m.dead {
		m.dead = true
		m.cancel()
	}
	return !m.dead
}

// kill ends it now.
func (m *mortal) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
	m.cancel()
}

// alive reports whether it is.
func (m *mortal) alive() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.dead
}

// mortalWire is the network of a process that may be killed before a call,
// and before its answer.
type mortalWire struct {
	*mortal
	next http.RoundTripper
}

// RoundTrip passes on while the process lives.
func (m mortalWire) RoundTrip(r *http.Request) (*http.Response, error) {
	if !m.step() {
		return nil, errKilled
	}
	// What was sent is executed, whatever becomes of who sent it.
	answer, err := m.next.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
	if !m.step() {
		if err == nil {
			_ = answer.Body.Close()
		}
		return nil, errKilled
	}
	return answer, err
}

// mortalFile is its run file, in which nothing arrives any more.
type mortalFile struct {
	migrate.Checkpoint
	*mortal
}

func (m mortalFile) Record(ctx context.Context, e checkpoint.Entry) error {
	return m.write(func() error { return m.Checkpoint.Record(ctx, e) })
}

func (m mortalFile) RecordFolder(ctx context.Context, id int64, entityID string) error {
	return m.write(func() error { return m.Checkpoint.RecordFolder(ctx, id, entityID) })
}

func (m mortalFile) SaveUpload(ctx context.Context, id int64, u transfer.Upload) error {
	return m.write(func() error { return m.Checkpoint.SaveUpload(ctx, id, u) })
}

func (m mortalFile) Folder(ctx context.Context, id int64) (planner.Folder, error) {
	if !m.alive() {
		return planner.Folder{}, errKilled
	}
	return m.Checkpoint.Folder(ctx, id)
}

// forgetful is a run file in which no parts are noted.
type forgetful struct{ migrate.Checkpoint }

func (f forgetful) SaveUpload(ctx context.Context, id int64, u transfer.Upload) error {
	u.Parts, u.MD5State, u.HashedBytes = nil, nil, 0
	return f.Checkpoint.SaveUpload(ctx, id, u)
}

// write is one write, before and after which the process may be killed.
func (m mortalFile) write(do func() error) error {
	if !m.step() {
		return errKilled
	}
	if err := do(); err != nil {
		return err
	}
	if !m.step() {
		return errKilled
	}
	return nil
}

// afterlife is longer than anything of a process goes on without it: a renewal
// of credentials takes two minutes at most.
const afterlife = 3 * time.Minute

// killed runs until the process is killed after so many instants. It reports
// whether the run ended before.
func (w *world) killed(ctx context.Context, s scenario, path string, instants int) (ended bool, err error) {
	m := &mortal{left: instants}
	err = w.runMortal(ctx, s, path, m)
	return m.alive(), err
}

// runMortal runs as long as the process lives.
func (w *world) runMortal(ctx context.Context, s scenario, path string, m *mortal) error {
	ctx, m.cancel = context.WithCancel(ctx)
	defer m.cancel()
	wires := w.wires
	w.wires = func() http.RoundTripper { return mortalWire{m, wires()} }
	defer func() { w.wires = wires }()
	_, err := w.start(s).run(ctx, path, func(c migrate.Checkpoint) migrate.Checkpoint {
		if w.forgetful {
			c = forgetful{c}
		}
		return mortalFile{c, m}
	})
	time.Sleep(afterlife)
	return err
}

// kills of the test; those of real processes, by SIGKILL, are in cmd/migrate.
const (
	killsShort = 8
	killsFull  = 500
)

// TestKilledAtRandomInstants kills runs of all kinds at random instants, up
// to four times each, and lets them end.
func TestKilledAtRandomInstants(t *testing.T) {
	random := chance(t)
	wanted := killsShort
	if full() {
		wanted = killsFull
	}
	all := scenarios()
	clean := make([]baseline, len(all))
	for i, s := range all {
		clean[i] = undisturbed(t, s)
	}
	sums := tally{items: map[planner.Action]int{}}
	for i := 0; sums.kills < wanted; i++ {
		s, want := all[i%len(all)], clean[i%len(all)]
		times := 1 + random.IntN(4)
		t.Run(fmt.Sprintf("%d %s", i, s.name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, n := killAndEnd(t, random, s, 3*len(want.calls), times)
				sums.add(s, n, want, got)
				if diff := cmp.Diff(want.lines, got.lines); diff != "" {
					t.Errorf("left behind (-want +got):\n%s", diff)
				}
			})
		})
	}
	sums.tell(t)
}

// tally is what many kills came to.
type tally struct {
	kills, runs, lost, doubled int
	items                      map[planner.Action]int
	versions, moved            int
	over                       spare
}

// add notes a migration that was killed n times.
func (b *tally) add(s scenario, n int, want baseline, got left) {
	missing, extra := difference(want.lines, got.lines)
	b.kills, b.runs = b.kills+n, b.runs+1
	b.lost, b.doubled = b.lost+missing, b.doubled+extra
	b.over = b.over.add(got.spare.minus(want.spare))
	for action, items := range s.actions {
		b.items[action] += int(items)
	}
	b.versions += s.versions
	if s.project.Mode == planner.ModeMove {
		b.moved += s.items()
	}
}

// tell prints it; the first line is added up by the Makefile. Of the full
// number of kills, some must have met each action.
func (b *tally) tell(t *testing.T) {
	t.Helper()
	t.Logf("%d kills in memory: lost %d, duplicated %d; %d migrations", b.kills, b.lost, b.doubled, b.runs)
	t.Logf("items in them by action: %v; %d of them older versions of files, %d moved", b.items, b.versions, b.moved)
	t.Logf("left over besides: %d file handles, %d activities, %d uploads through Synapse and %d in S3 "+
		"that nothing refers to", b.over.handles, b.over.activities, b.over.uploads, b.over.multipart)
	if !full() {
		return
	}
	for _, action := range bringing() {
		if b.items[action] == 0 {
			t.Errorf("%s was not among them", action)
		}
	}
	if b.versions == 0 || b.moved == 0 {
		t.Error("versions or moves were not among them")
	}
}

// bringing are the actions that do something.
func bringing() []planner.Action {
	return []planner.Action{
		planner.ActionReuse, planner.ActionRegister, planner.ActionCopy, planner.ActionSynapseCopy,
		planner.ActionStream, planner.ActionUpload,
	}
}

// killAndEnd kills a migration so many times, unless it ends before, and lets
// it end.
func killAndEnd(t *testing.T, random *rand.Rand, s scenario, instants, times int) (left, int) {
	t.Helper()
	w, path := prepare(t, s)
	kills := 0
	for range times {
		ended, err := w.killed(t.Context(), s, path, random.IntN(instants))
		if ended {
			if err != nil {
				t.Errorf("the run ended by itself with %v", err)
			}
			break
		}
		kills++
	}
	summary, err := w.start(s).run(t.Context(), path, nil)
	if err != nil || summary.End != migrate.EndDone {
		t.Errorf("the last run ended as %q with %v", summary.End, err)
	}
	return w.left(path), kills
}

// difference counts the lines that are not in the other.
func difference(want, got []string) (missing, extra int) {
	for _, line := range want {
		if !slices.Contains(got, line) {
			missing++
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			extra++
		}
	}
	return missing, max(extra, len(got)-len(want))
}
