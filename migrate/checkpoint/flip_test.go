package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"synapse-migrate/migrate/checkpoint/vfs"
	"synapse-migrate/planner"
)

// told is all that a run file says, for comparison; the error is what stood
// against reading it.
func told(t *testing.T, path string) (string, error) {
	t.Helper()
	f, err := Open(t.Context(), path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := f.Check(t.Context()); err != nil && !errors.Is(err, ErrNotSealed) {
		return "", err
	}
	var all bytes.Buffer
	note := func(value any, err error) error {
		text, _ := json.Marshal(value)
		all.Write(append(text, '\n'))
		return err
	}
	ctx := t.Context()
	plan, err := f.Plan(ctx)
	errs := note(plan, err)
	counts, err := f.Counts(ctx)
	errs = errors.Join(errs, note(counts, err))
	for e, err := range f.Entries(ctx, EntryFilter{}) {
		errs = errors.Join(errs, note(e, err))
	}
	pending, err := f.Pending(ctx, 0, 1000)
	errs = errors.Join(errs, note(pending, err))
	for d, err := range f.Folders(ctx) {
		errs = errors.Join(errs, note(d, err))
	}
	for u, err := range f.Uploads(ctx) {
		errs = errors.Join(errs, note(u.Upload, err))
	}
	for r, err := range f.Runs(ctx) {
		errs = errors.Join(errs, note(r, err))
	}
	return all.String(), errs
}

// copied puts a run file and its log into a folder of their own.
func copied(t *testing.T, whole, log []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.run")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if log != nil {
		if err := os.WriteFile(path+walSuffix, log, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// files reads a run file and its log, which is there while it is open.
func files(t *testing.T, path string) (whole, log []byte) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	log, err = os.ReadFile(path + walSuffix)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return whole, log
}

// flips is how many bits are flipped, one at a time, in each file.
func flips() int {
	if os.Getenv(fullVariable) != "" {
		return 2_000
	}
	return 40
}

// fullVariable asks for the long forms of tests.
const fullVariable = "MIGRATE_FAULTS_FULL"

// What is longer than a page is read in whole pages too, so that these are
// checked.
func TestDocumentsLongerThanAPage(t *testing.T) {
	h := testHeader()
	h.Arguments["config"] = strings.Repeat("a long path/", 2000)
	path := filepath.Join(t.TempDir(), "a.run")
	f, err := Create(t.Context(), path, h)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := files(t, path)
	for _, damage := range []bool{false, true} {
		if at := bytes.LastIndex(whole, []byte("long path")); damage {
			whole[at] ^= 1
		}
		looking, err := OpenReadOnly(t.Context(), copied(t, whole, nil))
		if err != nil {
			t.Fatal(err)
		}
		got, err := looking.Header(t.Context())
		switch {
		case damage && !errors.Is(err, ErrFormat):
			t.Errorf("damaged: got %v, want ErrFormat", err)
		case !damage && (err != nil || got.Arguments["config"] != h.Arguments["config"]):
			t.Errorf("got %d bytes, %v", len(got.Arguments["config"]), err)
		}
		if err := looking.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Each bit of a page counts, its checksum's too, and where in the file it is.
func TestEachBitOfAPageCounts(t *testing.T) {
	const at = 3 * pageBytes
	page := make([]byte, pageBytes)
	for i := range page {
		page[i] = byte(i * 7)
	}
	if code := (pages{}).Write(page, at); code != 0 {
		t.Fatal(code)
	}
	if code := (pages{}).Read(page, at); code != 0 {
		t.Errorf("what was written is refused: %d", code)
	}
	if code := (pages{}).Read(page, at+pageBytes); code != vfs.CodeChecksum {
		t.Errorf("in another place: %d, want %d", code, vfs.CodeChecksum)
	}
	for i := range pageBytes * 8 {
		page[i/8] ^= 1 << (i % 8)
		if code := (pages{}).Read(page, at); code != vfs.CodeChecksum {
			t.Fatalf("bit %d: %d, want %d", i, code, vfs.CodeChecksum)
		}
		page[i/8] ^= 1 << (i % 8)
	}
}

// No bit of a run file can flip such that anything else is read from it: it
// is refused, or what is read is what was written.
func TestFlippedBits(t *testing.T) {
	f := checkedFile(t)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole, _ := files(t, f.path)
	want, err := told(t, f.path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	var refused, same int
	for range flips() {
		at, bit := random.IntN(len(whole)), random.IntN(8)
		changed := bytes.Clone(whole)
		changed[at] ^= 1 << bit
		got, err := told(t, copied(t, changed, nil))
		switch {
		case errors.Is(err, ErrFormat):
			refused++
		case err != nil:
			t.Errorf("byte %d of page %d: %v, want ErrFormat", at%pageBytes, at/pageBytes+1, err)
		case got != want:
			t.Errorf("byte %d of page %d: something else was read", at%pageBytes, at/pageBytes+1)
		default:
			same++
		}
	}
	t.Logf("%d flipped bits: %d refused, %d in what is not read, 0 unnoticed", flips(), refused, same)
	if refused == 0 {
		t.Error("nothing was refused: this test shows nothing")
	}
}

// A bit that flips in the log that a killed run left is noticed, or takes the
// file back to what it was after one of its commits, as a power failure does.
func TestFlippedBitsOfTheLog(t *testing.T) {
	for _, checkpoint := range []bool{false, true} {
		f := newFile(t)
		appendBatch(t, f, nil, testItems(6, planner.ActionCopy))
		digest := seal(t, f).Digest
		if err := f.Begin(t.Context(), digest, nil); err != nil {
			t.Fatal(err)
		}
		was := map[string]bool{}
		note := func() {
			whole, log := files(t, f.path)
			text, err := told(t, copied(t, whole, log))
			if err != nil {
				t.Fatal(err)
			}
			was[text] = true
		}
		if _, err := f.writes.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			t.Fatal(err)
		}
		note()
		for id := int64(1); id <= 5; id++ {
			for _, s := range []State{StateTransferred, StateHandled, StateDone} {
				record(t, f, entry(id, s))
				note()
			}
		}
		if checkpoint {
			if _, err := f.writes.Exec("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
				t.Fatal(err)
			}
		}
		whole, log := files(t, f.path)
		random := rand.New(rand.NewPCG(3, 4))
		var refused, back int
		for range flips() {
			changed := bytes.Clone(log)
			at := random.IntN(len(log))
			changed[at] ^= 1 << random.IntN(8)
			got, err := told(t, copied(t, whole, changed))
			switch {
			case errors.Is(err, ErrFormat):
				refused++
			case err != nil:
				t.Errorf("checkpoint %t: byte %d of %d of the log: %v", checkpoint, at, len(log), err)
			case !was[got]:
				t.Errorf("checkpoint %t: byte %d of %d of the log: read what never was", checkpoint, at, len(log))
			default:
				back++
			}
		}
		t.Logf("checkpoint %t: %d flipped bits of the log: %d refused, %d back to a commit", checkpoint, flips(), refused, back)
	}
}
