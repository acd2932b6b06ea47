package migrate

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// errDead is what everything answers after the process was killed.
var errDead = errors.New("killed")

// fault is what happens at one instant. The zero fault is nothing.
type fault struct {
	// before keeps the effect from happening; after loses its answer.
	before, after error
	// killBefore and killAfter let nothing happen any more from then on.
	killBefore, killAfter bool
	// then is called after the effect.
	then func()
}

// world is everything outside the run: S3, Synapse and the run file. One
// lock makes each effect an instant at which a test may intervene.
type world struct {
	bucketsOnly

	mu      sync.Mutex
	effects []string
	dead    bool
	// at is asked before each effect, numbered from 1.
	at func(n int, effect string) fault
	// budget is what Synapse's calls wait for; nil for nothing.
	budget *synapse.Budget

	objects  map[string]fakeObject // by bucket/key
	copies   map[string]int
	openings map[string]int
	// etag is that of an object whatever it holds.
	etag string

	entities    map[string]synapse.Entity
	children    map[string]string // parent/name to ID
	annotations map[string]synapse.Annotations
	handles     map[string]synapse.FileHandle
	uploads     map[string]*fakeUpload // by ID
	// parts are those of S3's multipart uploads, by upload and number.
	parts map[string]map[int32]string
	// answers change what S3 answers to a presigned URL, by effect.
	answers map[string]func(status int, answer string) (int, string)
	lastID  int

	entries map[int64]checkpoint.Entry
	folders map[int64]planner.Folder
	saved   map[int64]transfer.Upload
}

type fakeObject struct {
	data []byte
	typ  string
}

func md5Hex(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// destinationFolder is the entity that all plans here go to.
const destinationFolder = "syn1"

func newWorld() *world {
	return &world{
		objects:  map[string]fakeObject{},
		copies:   map[string]int{},
		openings: map[string]int{},
		entities: map[string]synapse.Entity{
			destinationFolder: {ConcreteType: synapse.TypeFolder, ID: destinationFolder},
		},
		children:    map[string]string{},
		annotations: map[string]synapse.Annotations{},
		handles:     map[string]synapse.FileHandle{},
		uploads:     map[string]*fakeUpload{},
		parts:       map[string]map[int32]string{},
		lastID:      100,
		entries:     map[int64]checkpoint.Entry{},
		folders:     map[int64]planner.Folder{},
		saved:       map[int64]transfer.Upload{},
	}
}

// effect lets something happen, or what the test has in mind for it. It
// happens whatever the context says: to look at that is the run's business.
func (w *world) effect(_ context.Context, name string, do func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, err := w.strike(name)
	if err != nil {
		return err
	}
	err = do()
	if lost := w.outcome(f); lost != nil {
		return lost
	}
	return err
}

// strike is what the test has in mind for an effect, and why it doesn't
// happen, if so; the caller holds mu.
func (w *world) strike(name string) (f fault, err error) {
	if w.dead {
		return f, errDead
	}
	w.effects = append(w.effects, name)
	if w.at != nil {
		f = w.at(len(w.effects), name)
	}
	if f.killBefore {
		w.dead = true
		return f, errDead
	}
	return f, f.before
}

// outcome is why an effect's answer is lost, nil when it isn't; the caller
// holds mu.
func (w *world) outcome(f fault) error {
	if f.then != nil {
		f.then()
	}
	if f.killAfter {
		w.dead = true
		return errDead
	}
	return f.after
}

// look lets something be read, without being an instant of its own.
func (w *world) look(ctx context.Context, read func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}
	return read()
}

// revive begins a new process after the old one was killed.
func (w *world) revive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead, w.at, w.effects, w.budget = false, nil, nil, nil
}

// id returns a number that was never used; the caller holds mu.
func (w *world) id() string {
	w.lastID++
	return fmt.Sprint(w.lastID)
}

// runFile is the world as a Checkpoint.
type runFile struct{ *world }

func (f runFile) Begin(ctx context.Context, digest string, _ func() checkpoint.RunCounts) error {
	return f.look(ctx, func() error { return nil })
}

func (f runFile) RetryFailed(ctx context.Context) (n int64, err error) {
	err = f.look(ctx, func() error {
		for id, e := range f.entries {
			if e.State != checkpoint.StateFailed {
				continue
			}
			e.State = checkpoint.StatePlanned
			if e.FileHandleID != "" {
				e.State = checkpoint.StateHandled
			}
			f.entries[id] = e
			n++
		}
		return nil
	})
	return n, err
}

func (f runFile) Pending(
	ctx context.Context, after int64, limit int,
) (batch []checkpoint.Entry, err error) {
	err = f.look(ctx, func() error {
		for _, id := range slices.Sorted(maps.Keys(f.entries)) {
			switch f.entries[id].State {
			case checkpoint.StatePlanned, checkpoint.StateTransferred, checkpoint.StateHandled:
				if id > after && len(batch) < limit {
					batch = append(batch, f.entries[id])
				}
			}
		}
		return nil
	})
	return batch, err
}

// Ready asks for the state of those that an item waits for.
func (f runFile) Ready(
	ctx context.Context, after int64, limit int,
) (batch []checkpoint.Entry, err error) {
	all, err := f.Pending(ctx, after, math.MaxInt)
	if err != nil {
		return nil, err
	}
	err = f.look(ctx, func() error {
		for _, e := range all {
			if !f.waits(e.Follows) && !f.waits(e.Shares) && len(batch) < limit {
				batch = append(batch, e)
			}
		}
		return nil
	})
	return batch, err
}

// waits reports whether an item keeps others waiting; the caller holds mu.
func (f runFile) waits(id int64) bool {
	switch f.entries[id].State {
	case checkpoint.StatePlanned, checkpoint.StateTransferred, checkpoint.StateHandled:
		return true
	}
	return false
}

func (f runFile) Entry(ctx context.Context, id int64) (e checkpoint.Entry, err error) {
	err = f.look(ctx, func() error {
		e = f.entries[id]
		return nil
	})
	return e, err
}

func (f runFile) Record(ctx context.Context, e checkpoint.Entry) error {
	return f.effect(ctx, fmt.Sprintf("record %s %s", e.Name, e.State), func() error {
		if !checkpoint.Allowed(f.entries[e.ID].State, e.State) {
			return checkpoint.ErrTransition
		}
		f.entries[e.ID] = e
		if e.State != checkpoint.StatePlanned && e.State != checkpoint.StateFailed {
			delete(f.saved, e.ID)
		}
		return nil
	})
}

func (f runFile) Folder(ctx context.Context, id int64) (folder planner.Folder, err error) {
	err = f.look(ctx, func() error {
		folder = f.folders[id]
		return nil
	})
	return folder, err
}

func (f runFile) Folders(ctx context.Context) iter.Seq2[planner.Folder, error] {
	return func(yield func(planner.Folder, error) bool) {
		var all []planner.Folder
		err := f.look(ctx, func() error {
			for _, id := range slices.Sorted(maps.Keys(f.folders)) {
				all = append(all, f.folders[id])
			}
			return nil
		})
		if err != nil {
			yield(planner.Folder{}, err)
			return
		}
		for _, folder := range all {
			if !yield(folder, nil) {
				return
			}
		}
	}
}

func (f runFile) RecordFolder(ctx context.Context, id int64, entityID string) error {
	return f.effect(ctx, fmt.Sprintf("record folder %d", id), func() error {
		folder := f.folders[id]
		folder.EntityID = entityID
		f.folders[id] = folder
		return nil
	})
}

func (f runFile) Upload(ctx context.Context, itemID int64) (u transfer.Upload, ok bool, err error) {
	err = f.look(ctx, func() error {
		u, ok = f.saved[itemID]
		return nil
	})
	return u, ok, err
}

func (f runFile) SaveUpload(ctx context.Context, itemID int64, u transfer.Upload) error {
	return f.effect(ctx, fmt.Sprintf("save upload %d", itemID), func() error {
		f.saved[itemID] = u
		return nil
	})
}

// mover is the world as Mover and Source.
type mover struct{ *world }

func (m mover) Copy(ctx context.Context, r transfer.Request) (transfer.Result, error) {
	return m.bring(ctx, "copy", r)
}

func (m mover) Stream(ctx context.Context, r transfer.Request) (transfer.Result, error) {
	result, err := m.bring(ctx, "stream", r)
	if err == nil && !result.Found {
		result.MD5 = result.Object.ETag
		result.BytesRead, result.BytesWritten = result.Object.SizeBytes, result.Object.SizeBytes
	}
	return result, err
}

// bring saves its state once, as a large transfer would, and finds what an
// earlier attempt has brought.
func (m mover) bring(
	ctx context.Context, how string, r transfer.Request,
) (t transfer.Result, err error) {
	from, to := r.Source.Bucket+"/"+r.Source.Key, r.Bucket+"/"+r.Key
	if strings.Contains(r.Key, "large") && r.Resume.UploadID == "" {
		u := transfer.Upload{UploadID: "s3-" + r.Key, PartSizeBytes: 1}
		if err := r.Save(ctx, u); err != nil {
			return t, errors.New("a reason that isn't told")
		}
	}
	err = m.effect(ctx, how+" "+r.Key, func() error {
		source, ok := m.objects[from]
		switch {
		case !ok:
			return fmt.Errorf("reading %s: %w", from, transfer.ErrNotFound)
		case md5Hex(source.data) != r.Source.ETag:
			return fmt.Errorf("reading %s: %w", from, transfer.ErrChanged)
		}
		there, found := m.objects[to]
		if found && !bytes.Equal(there.data, source.data) && !r.Replace {
			return fmt.Errorf("writing %s: %w", to, transfer.ErrExists)
		}
		if found = found && bytes.Equal(there.data, source.data); !found {
			m.objects[to] = source
			m.copies[to]++
			if r.Progress != nil {
				r.Progress(r.Source.SizeBytes)
			}
		}
		t = transfer.Result{ContentType: source.typ, Found: found}
		t.Object = planner.Object{
			Bucket: r.Bucket, Key: r.Key, ETag: md5Hex(source.data),
			SizeBytes: int64(len(source.data)),
		}
		return nil
	})
	return t, err
}

func (m mover) Unchanged(ctx context.Context, o planner.Object) error {
	return m.effect(ctx, "check "+o.Key, func() error {
		object, ok := m.objects[o.Bucket+"/"+o.Key]
		switch {
		case !ok:
			return fmt.Errorf("looking at %s: %w", o.Key, transfer.ErrNotFound)
		case md5Hex(object.data) != o.ETag || int64(len(object.data)) != o.SizeBytes:
			return fmt.Errorf("looking at %s: %w", o.Key, transfer.ErrChanged)
		}
		return nil
	})
}

func (m mover) Hash(
	ctx context.Context, o planner.Object, progress func(int64),
) (sum string, err error) {
	err = m.effect(ctx, "hash "+o.Key, func() error {
		object, ok := m.objects[o.Bucket+"/"+o.Key]
		if !ok || md5Hex(object.data) != o.ETag {
			return fmt.Errorf("reading %s: %w", o.Key, transfer.ErrChanged)
		}
		progress(o.SizeBytes)
		sum = o.ETag
		return nil
	})
	return sum, err
}

func (m mover) Open(
	ctx context.Context, o planner.Object, first, length int64,
) (body io.ReadCloser, err error) {
	err = m.effect(ctx, fmt.Sprintf("open %s at %d", o.Key, first), func() error {
		object := m.objects[o.Bucket+"/"+o.Key]
		if md5Hex(object.data) != o.ETag && o.ETag != m.etag {
			return fmt.Errorf("reading %s: %w", o.Key, transfer.ErrChanged)
		}
		m.openings[fmt.Sprintf("%s at %d", o.Key, first)]++
		body = io.NopCloser(bytes.NewReader(object.data[first : first+length]))
		return nil
	})
	return body, err
}

// slowCopier takes a while for each stream.
type slowCopier struct {
	mover
	takes time.Duration
}

func (c slowCopier) Stream(ctx context.Context, r transfer.Request) (transfer.Result, error) {
	if err := sleep(ctx, c.takes); err != nil {
		return transfer.Result{}, err
	}
	return c.mover.Stream(ctx, r)
}

// countedFile counts the batches that are read.
type countedFile struct {
	runFile
	pending int
}

func (f *countedFile) Pending(
	ctx context.Context, after int64, limit int,
) ([]checkpoint.Entry, error) {
	f.pending++
	return f.runFile.Pending(ctx, after, limit)
}
