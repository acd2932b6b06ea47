package migrate

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// watched runs a plan and returns why its items failed, by ID.
func (l *lab) watched(t *testing.T, o Options) map[int64]*ItemError {
	t.Helper()
	seen := &observer{}
	d := l.planned()
	d.Observer = seen
	if _, err := Run(t.Context(), o, d); err != nil {
		t.Fatal(err)
	}
	why := map[int64]*ItemError{}
	for _, o := range seen.outcomes {
		var one *ItemError
		if errors.As(o.Err, &one) {
			why[one.ItemID] = one
		}
	}
	return why
}

// failed checks that an item failed for a reason.
func failed(t *testing.T, why *ItemError, want error, side checkpoint.Side, operation string) {
	t.Helper()
	if why == nil || !errors.Is(why, want) || why.Side != side || why.Operation != operation {
		t.Errorf("failure %+v, want %v of %s side, %s", why, want, side, operation)
	}
}

// change alters an item of the plan.
func (l *lab) change(id int64, change func(*planner.Item)) {
	e := l.entries[id]
	change(&e.Item)
	l.entries[id] = e
}

// TestProjectWaitsInVain: who waits for an item that fails, fails too, in
// every lane and with nothing begun; and is taken up again along with it.
func TestProjectWaitsInVain(t *testing.T) {
	for _, action := range []planner.Action{
		planner.ActionReuse, planner.ActionRegister, planner.ActionCopy, planner.ActionSynapseCopy,
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLab(t, planner.ModeCopy)
			l.file(t, 0, "x", version{data: "one", action: planner.ActionCopy, shares: "one"},
				version{data: "two", action: action})
			l.file(t, 0, "y", version{data: "one", action: planner.ActionCopy, shares: "one"})
			object := l.objects["src/one"]
			delete(l.objects, "src/one")
			why := l.watched(t, Options{})
			failed(t, why[1], transfer.ErrNotFound, checkpoint.SideSource, "copy object")
			failed(t, why[2], effect.ErrWaited, checkpoint.SideSource, "wait for item 1")
			failed(t, why[3], effect.ErrWaited, checkpoint.SideSource, "wait for item 1")
			if l.requests() != 0 || l.count("copy ") != 1 {
				t.Errorf("%s: begun in vain: %q", action, l.effects)
			}
			l.objects["src/one"] = object
			if s := l.run(t, Options{RetryFailed: true}); s.Retried != 3 {
				t.Errorf("%+v, want 3 taken up again", s)
			}
			l.done(t)
		})
	}
}

// TestProjectHandlesThatCantBeCopied fail alone, not with their batch.
func TestProjectHandlesThatCantBeCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, planner.ModeCopy)
		for _, name := range []string{"fine", "foreign", "larger", "other", "elsewhere"} {
			l.file(t, 0, name, version{data: name, action: planner.ActionReuse})
		}
		l.change(2, func(i *planner.Item) {
			i.Origin.FileHandleID = l.AddFileHandle(synapse.FileHandle{CreatedBy: "77"})
		})
		l.change(3, func(i *planner.Item) { i.Source.SizeBytes++ })
		l.change(4, func(i *planner.Item) { i.MD5 = emptyMD5 })
		l.to.StorageLocationID, l.own = l.own, l.to.StorageLocationID
		l.file(t, 0, "last", version{data: "last", action: planner.ActionReuse})
		l.to.StorageLocationID, l.own = l.own, l.to.StorageLocationID
		why := l.watched(t, Options{})
		failed(t, why[2], effect.ErrHandleRefused, checkpoint.SideSource, "copy file handles")
		failed(t, why[3], transfer.ErrChanged, checkpoint.SideSource, "copy file handles")
		failed(t, why[4], transfer.ErrMD5, checkpoint.SideSource, "copy file handles")
		failed(t, why[6], transfer.ErrChanged, checkpoint.SideSource, "copy file handles")
		if len(why) != 4 || l.count("synapse POST /file/v1/filehandles/copy") != 1 {
			t.Errorf("%d failed in %q, want 4 in one call", len(why), l.effects)
		}
	})
}

// TestProjectBatchFails: what a whole batch meets, all its items fail for.
func TestProjectBatchFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, planner.ModeCopy)
		for _, name := range []string{"x", "y"} {
			l.file(t, 0, name, version{data: name, action: planner.ActionReuse})
		}
		l.at = first("synapse POST /file/v1/filehandles/copy", -1, fault{before: errors.New("cut")})
		why := l.watched(t, Options{})
		for id := int64(1); id <= 2; id++ {
			failed(t, why[id], synapse.ErrUnknownOutcome, checkpoint.SideSource, "copy file handles")
			if e := l.entries[id]; e.Attempts != DefaultAttempts {
				t.Errorf("item %d after %d attempts", id, e.Attempts)
			}
		}
	})
}

// TestProjectMovesWhatHasChanged: what the entity says of itself is kept, and
// other content is not touched.
func TestProjectMovesWhatHasChanged(t *testing.T) {
	tests := []struct {
		name   string
		action planner.Action
		change func(t *testing.T, l *lab, id string)
		want   error
	}{
		{"described", planner.ActionRegister, func(t *testing.T, l *lab, id string) {
			e, err := l.client.Entity(t.Context(), id)
			check(t, err)
			e.Description = "new"
			_, err = l.client.UpdateEntityWith(t.Context(), e, synapse.WriteOptions{})
			check(t, err)
		}, nil},
		{"annotated, reused", planner.ActionReuse, func(t *testing.T, l *lab, id string) {
			a, err := l.client.Annotations(t.Context(), id)
			check(t, err)
			_, err = l.client.UpdateAnnotations(t.Context(), a)
			check(t, err)
		}, nil},
		{"new content", planner.ActionRegister, func(t *testing.T, l *lab, id string) {
			l.newVersion(t, id, l.AddFileHandle(synapse.FileHandle{
				CreatedBy: "1", ContentMD5: emptyMD5, StorageLocationID: &l.partner,
			}))
		}, transfer.ErrChanged},
		{"new version of it", planner.ActionRegister, func(t *testing.T, l *lab, id string) {
			l.newVersion(t, id, "")
		}, transfer.ErrChanged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, planner.ModeMove)
				id := l.file(t, 0, "x", version{data: "x", action: test.action})
				l.planned()
				test.change(t, l, id)
				want, err := l.client.Entity(t.Context(), id)
				check(t, err)
				why := l.watched(t, Options{})
				got, err := l.client.Entity(t.Context(), id)
				check(t, err)
				if test.want != nil {
					failed(t, why[1], test.want, checkpoint.SideSource, "move file entity")
					if got.Etag != want.Etag {
						t.Errorf("was written to: %+v", got)
					}
					return
				}
				l.done(t)
				if got.ParentID != l.to.FolderID || got.Description != want.Description ||
					got.VersionNumber != 1 {
					t.Errorf("got %+v, want that of %+v in %s", got, want, l.to.FolderID)
				}
			})
		})
	}
}

// newVersion gives a file another version, as its owner would.
func (l *lab) newVersion(t *testing.T, id, handle string) {
	t.Helper()
	e, err := l.client.Entity(t.Context(), id)
	check(t, err)
	if handle != "" {
		e.DataFileHandleID = l.ownHandle(handle)
	}
	e.VersionLabel = "new"
	_, err = l.client.UpdateEntityWith(t.Context(), e, synapse.WriteOptions{NewVersion: true})
	check(t, err)
}

// ownHandle is a file handle of the owner's, like another.
func (l *lab) ownHandle(id string) string {
	for _, h := range l.Snapshot().FileHandles {
		if h.ID == id {
			h.ID, h.CreatedBy = "", l.ownerID()
			return l.AddFileHandle(h)
		}
	}
	return ""
}

// TestProjectOlderVersions: what the server refuses to re-point, and what was
// re-pointed meanwhile.
func TestProjectOlderVersions(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, l *lab, id string)
		want   error
	}{
		{"other MD5", func(_ *testing.T, l *lab, _ string) {
			l.change(2, func(i *planner.Item) { i.MD5 = emptyMD5 })
		}, transfer.ErrMD5},
		{"other file handle", func(t *testing.T, l *lab, id string) {
			old := l.entries[2].Origin.FileHandleID
			check(t, l.client.UpdateVersionFileHandle(t.Context(), id, 1, synapse.FileHandleUpdate{
				OldFileHandleID: old, NewFileHandleID: l.ownHandle(old),
			}))
		}, transfer.ErrChanged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, planner.ModeMove)
				id := l.file(t, 0, "x", version{data: "one", action: planner.ActionRegister},
					version{data: "two", action: planner.ActionRegister})
				test.change(t, l, id)
				why := l.watched(t, Options{})
				failed(t, why[2], test.want, why[2].Side, "re-point version")
				if len(why) != 1 {
					t.Errorf("%d failed, want the older version alone", len(why))
				}
			})
		})
	}
}

// TestProjectPartCopies: what S3 may answer to the copy of a part.
func TestProjectPartCopies(t *testing.T) {
	always := func(status int, answer string) func(int, string) (int, string) {
		return func(int, string) (int, string) { return status, answer }
	}
	once := func(status int, answer string) func(int, string) (int, string) {
		times := 0
		return func(s int, a string) (int, string) {
			if times++; times == 1 {
				return status, answer
			}
			return s, a
		}
	}
	tests := []struct {
		name   string
		answer func(int, string) (int, string)
		want   error
		parts  int
		starts int
	}{
		{"error after 200", once(http.StatusOK, s3Refusal("InternalError")), nil, 2, 1},
		{"nothing after 200", once(http.StatusOK, ""), nil, 2, 1},
		{"slow down", once(http.StatusServiceUnavailable, s3Refusal("SlowDown")), nil, 2, 1},
		{"URL expired", once(http.StatusForbidden, s3Refusal("AccessDenied")), nil, 2, 1},
		{"changed", always(http.StatusPreconditionFailed, s3Refusal("PreconditionFailed")),
			transfer.ErrChanged, 1, 1},
		{"changed, after 200", always(http.StatusOK, s3Refusal("PreconditionFailed")),
			transfer.ErrChanged, 1, 1},
		{"upload forgotten", once(http.StatusNotFound, s3Refusal("NoSuchUpload")), nil, 2, 3},
		{"always forgotten", always(http.StatusNotFound, s3Refusal("NoSuchUpload")), effect.ErrNoUpload, 2, 3},
		{"never allowed", always(http.StatusForbidden, s3Refusal("AccessDenied")), effect.ErrGivenUp, 4, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, planner.ModeCopy)
				l.file(t, 0, "x", version{data: "x", action: planner.ActionSynapseCopy})
				l.answers = map[string]func(int, string) (int, string){"copy part": test.answer}
				why := l.watched(t, Options{})
				if test.want == nil {
					l.done(t)
				} else {
					failed(t, why[1], test.want, checkpoint.SideSource, "copy part")
				}
				starts := l.count("synapse POST /file/v1/file/multipart\n")
				if parts := l.count("copy part"); parts != test.parts || starts != test.starts {
					t.Errorf("%d parts in %d copies, want %d in %d", parts, starts, test.parts, test.starts)
				}
			})
		})
	}
}

// TestProjectCopiesArePinned to the object that was planned, before and after
// Synapse looks at it.
func TestProjectCopiesArePinned(t *testing.T) {
	for name, effect := range map[string]string{
		"before it starts": "", "after it started": "synapse POST /file/v1/file/multipart",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, planner.ModeCopy)
				l.file(t, 0, "x", version{data: "x", action: planner.ActionSynapseCopy})
				overwrite := func() { l.objects["src/x-1"] = fakeObject{data: []byte("y")} }
				if effect == "" {
					overwrite()
				}
				l.at = first(effect, 1, fault{then: overwrite})
				why := l.watched(t, Options{})
				failed(t, why[1], transfer.ErrChanged, checkpoint.SideSource, "copy part")
				if len(l.madeUp()) != 0 {
					t.Errorf("copied to %q", l.madeUp())
				}
			})
		})
	}
}

// TestProjectReplaces gives an entity that is there the versions of the
// source, and labels of its own where they are taken.
func TestProjectReplaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, planner.ModeCopy)
		there, err := l.AddFile(l.owner, l.to.FolderID, "x", l.AddFileHandle(synapse.FileHandle{
			CreatedBy: l.ownerID(), StorageLocationID: &l.to.StorageLocationID, ContentMD5: emptyMD5,
		}))
		check(t, err)
		check(t, l.SetAnnotations(there, 1, tags("old", "1")))
		l.newVersion(t, there, "")
		l.file(t, 0, "x", version{data: "one", action: planner.ActionRegister},
			version{data: "two", action: planner.ActionReuse, label: "New", annotations: tags("a", "2")},
			version{data: "three", action: planner.ActionReuse, label: "last", annotations: tags("a", "2")})
		l.change(1, func(i *planner.Item) { i.ReplaceEntityID = there })
		l.run(t, Options{})
		l.done(t)
		got := l.Snapshot().Tree(l.to.FolderID)["x"].Versions
		var labels []string
		for _, v := range got {
			labels = append(labels, v.Label)
		}
		if want := "1 new 3 4 last"; strings.Join(labels, " ") != want {
			t.Errorf("labels %q, want %s", labels, want)
		}
		if n := l.count("synapse GET /repo/v1/entity/" + there + "/version"); n != 1 {
			t.Errorf("looked %d times for a label that is taken, want once", n)
		}
		if len(got[2].Annotations) != 0 || got[4].Annotations["age"].Value[0] != "2" {
			t.Errorf("annotations %v and %v, want the source's", got[2].Annotations, got[4].Annotations)
		}
	})
}

// smaller says that Synapse's copies lack a byte.
type smaller struct{ ownObjects }

func (s smaller) Head(ctx context.Context, bucket, key string) (planner.Detail, error) {
	d, err := s.ownObjects.Head(ctx, bucket, key)
	d.SizeBytes--
	return d, err
}

// TestProjectComparesMirrors before they are brought to their key.
func TestProjectComparesMirrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, planner.ModeCopy)
		l.file(t, 0, "x", version{data: "x", action: planner.ActionSynapseCopy, mirror: true})
		d := l.planned()
		d.Own = smaller{ownObjects{l.world}}
		if s, err := Run(t.Context(), Options{}, d); err != nil || s.Counts.Failed != 1 {
			t.Errorf("Run: %+v, %v, want one failed", s, err)
		}
		if l.count("copy base") != 0 || l.count("remove") != 0 {
			t.Errorf("went on with %q", l.effects)
		}
	})
}
