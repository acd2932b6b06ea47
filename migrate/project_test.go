package migrate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// study is a lab with files of every kind: each action, versions with a gap,
// equal file handles within a file and across files, in a folder of their own.
func study(t *testing.T, mode planner.Mode) *lab {
	l := newLab(t, mode)
	f := l.folder(t, 0, "deep folder")
	older := planner.ActionCopy
	if mode == planner.ModeCopy {
		older = planner.ActionReuse
	}
	l.file(t, 0, "reused",
		version{data: "reused", action: planner.ActionReuse, annotations: tags("a", "1")})
	l.file(t, f, "registered",
		version{data: "registered", action: planner.ActionRegister, activity: "align"})
	l.file(t, f, "copied",
		version{data: "copied one", action: planner.ActionCopy,
			annotations: tags("a", "1"), activity: "align"},
		version{data: "copied two", action: planner.ActionStream, label: "second", omit: true},
		version{data: "copied three", action: older, annotations: tags("a", "2"), activity: "sort"},
		version{data: "copied four", action: planner.ActionStream, label: "4th", comment: "c4",
			annotations: tags("a", "2")})
	l.file(t, f, "shared",
		version{data: "same", action: planner.ActionCopy, shares: "same"},
		version{data: "same", action: planner.ActionCopy, shares: "same", label: "again"},
		version{data: "other", action: planner.ActionSynapseCopy})
	l.file(t, 0, "shared too", version{data: "same", action: planner.ActionCopy, shares: "same"})
	l.file(t, f, "synapse",
		version{data: "synapse", action: planner.ActionSynapseCopy, annotations: tags("s", "3")})
	l.file(t, f, "mirrored", version{data: "mirrored", action: planner.ActionSynapseCopy, mirror: true})
	l.file(t, 0, "uploaded", version{data: "uploaded", action: planner.ActionUpload})
	return l
}

// folder adds a folder to the plan, with the folder of the source.
func (l *lab) folder(t *testing.T, parent int64, name string) int64 {
	id := plan{l.world}.folder(parent, name)
	f := l.folders[id]
	f.Origin = &planner.FolderOrigin{
		EntityID:    l.must(l.AddFolder(l.owner, l.source.EntityID, name))(t),
		Description: "what " + name + " is", Annotations: tags(name, "7"),
	}
	l.folders[id] = f
	return id
}

// left describes all that a run has made: the destination, the objects,
// the states of the items, and what is left of the source.
func (l *lab) left() []string {
	snap := l.Snapshot()
	var lines []string
	ids := map[string]string{}
	for _, one := range snap.Entities {
		ids[one.ID] = one.Name
	}
	for where, root := range map[string]string{"destination": l.to.FolderID, "source": l.source.EntityID} {
		for path, entry := range snap.Tree(root) {
			lines = append(lines, describe(where+" "+path, entry)...)
		}
	}
	for _, e := range l.entries {
		id := ids[e.EntityID]
		if l.source.Mode == planner.ModeMove {
			id = e.EntityID
		}
		lines = append(lines, fmt.Sprintf("item %d %s %s", e.ID, e.State, id))
	}
	lines = append(lines, fmt.Sprintf("%d objects at keys that Synapse made up", len(l.madeUp())))
	slices.Sort(lines)
	return lines
}

// describe is one line for each version.
func describe(path string, entry emulator.TreeEntry) (lines []string) {
	for _, v := range entry.Versions {
		key := v.Key
		if strings.Count(key, "/") == 3 {
			key = "made up"
		}
		lines = append(lines, fmt.Sprintf("%s v%d %q %q %q %s %s %s %s/%s %v by %q", path, v.Number,
			v.Label, v.Comment, v.Description, v.MD5, v.ContentType, v.FileName, v.Bucket, key,
			v.Annotations, v.Activity))
	}
	return lines
}

// run carries the lab's plan out.
func (l *lab) run(t *testing.T, o Options) Summary {
	t.Helper()
	s, err := Run(t.Context(), o, l.planned())
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	return s
}

// done checks that every item is.
func (l *lab) done(t *testing.T) {
	t.Helper()
	for _, id := range slices.Sorted(maps.Keys(l.entries)) {
		if e := l.entries[id]; e.State != checkpoint.StateDone {
			t.Errorf("item %d (%s, %s) is %s: %+v", id, e.Name, e.Action, e.State, e.Failure)
		}
	}
}

func TestProjectIsCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := study(t, planner.ModeCopy)
		before := l.Snapshot().Tree(l.source.EntityID)
		l.run(t, Options{})
		l.done(t)
		snap := l.Snapshot()
		if diff := cmp.Diff(before, snap.Tree(l.source.EntityID)); diff != "" {
			t.Errorf("source (-before +after):\n%s", diff)
		}
		after := snap.Tree(l.to.FolderID)
		for path, was := range before {
			if was.Type != synapse.TypeFile {
				continue
			}
			now, ok := after[path]
			if !ok {
				now = after["deep folder/"+path]
			}
			was.Versions = slices.DeleteFunc(was.Versions, func(v emulator.TreeVersion) bool {
				return path == "copied" && v.Label == "second"
			})
			if diff := cmp.Diff(sameButPlace(was), sameButPlace(now)); diff != "" {
				t.Errorf("%s (-source +destination):\n%s", path, diff)
			}
		}
		folder := after["deep folder"].Versions[0]
		if folder.Description != "what deep folder is" || folder.Annotations["age"].Value[0] != "7" {
			t.Errorf("folder %+v", folder)
		}
		for id, e := range l.entries {
			if brought := l.entries[e.Shares]; e.Shares != 0 && (e.Object.Key != brought.Object.Key || e.Object.Key == "") {
				t.Errorf("item %d is at %q, want where it shares: %q", id, e.Object.Key, brought.Object.Key)
			}
		}
		if keys := l.madeUp(); len(keys) != 3 {
			t.Errorf("keys that Synapse made up: %q, want those of two copies and an upload", keys)
		}
	})
}

// sameButPlace is a file without what a copy changes: version numbers and
// keys. An upload has the type of its object.
func sameButPlace(e emulator.TreeEntry) emulator.TreeEntry {
	e.Versions = slices.Clone(e.Versions)
	for i := range e.Versions {
		v := &e.Versions[i]
		v.Number, v.Bucket, v.Key = 0, "", ""
		if len(v.Annotations) == 0 {
			v.Annotations = nil
		}
	}
	return e
}

func TestProjectIsMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := study(t, planner.ModeMove)
		before := files(l.Snapshot())
		l.run(t, Options{})
		l.done(t)
		snap := l.Snapshot()
		after := files(snap)
		locations := map[string]int64{}
		for _, h := range snap.FileHandles {
			locations[h.ID] = *h.StorageLocationID
		}
		if len(after) != len(before) {
			t.Errorf("%d files, want %d", len(after), len(before))
		}
		for id, was := range before {
			now := after[id]
			if now.ParentID == was.ParentID {
				t.Errorf("%s is still in %s", now.Name, now.ParentID)
			}
			for i, v := range now.Versions {
				omitted := now.Name == "copied" && v.Entity.VersionLabel == "second"
				if at := locations[v.Entity.DataFileHandleID]; (at != l.to.StorageLocationID) != omitted {
					t.Errorf("%s version %d is in storage location %d", now.Name, i+1, at)
				}
			}
			if diff := cmp.Diff(unmoved(was), unmoved(now)); diff != "" {
				t.Errorf("%s (-before +after):\n%s", now.Name, diff)
			}
		}
	})
}

// files are a snapshot's files by ID.
func files(snap emulator.Snapshot) map[string]emulator.EntityState {
	all := map[string]emulator.EntityState{}
	for _, one := range snap.Entities {
		if one.Type == synapse.TypeFile {
			all[one.ID] = one
		}
	}
	return all
}

// unmoved is a file without what a move changes.
func unmoved(one emulator.EntityState) emulator.EntityState {
	one.ParentID = ""
	one.Versions = slices.Clone(one.Versions)
	for i := range one.Versions {
		e := &one.Versions[i].Entity
		e.ParentID, e.Etag, e.DataFileHandleID, e.ModifiedOn, e.ModifiedBy = "", "", "", nil, ""
	}
	return one
}
