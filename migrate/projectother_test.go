package migrate

import (
	"strings"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse/emulator"
)

// TestNothingIsPutUponOthersVersions: somebody else adds a version to a new
// file between two of its own.
func TestNothingIsPutUponOthersVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, planner.ModeCopy)
		l.file(t, 0, "f", version{data: "one", action: planner.ActionCopy},
			version{data: "two", action: planner.ActionCopy, label: "second"})
		other := l.handle(planner.Item{Source: planner.Object{Bucket: "dest", Key: "base/other"},
			Origin: &planner.Origin{FileName: "other"}, MD5: md5Hex([]byte("x"))}, l.to.StorageLocationID, version{data: "x"})
		l.at = func(_ int, effect string) fault {
			id := l.entries[1].EntityID
			if id != "" && effect == "synapse PUT /repo/v1/entity/"+id && other != "" {
				_, err := l.AddVersion(id, emulator.Version{FileHandleID: other})
				check(t, err)
				other = ""
			}
			return fault{}
		}
		l.run(t, Options{})
		got := l.entries[2]
		if got.State != checkpoint.StateFailed || !strings.Contains(got.Failure.Cause, "another version") {
			t.Errorf("the second version is %s: %+v, want failed for another's version", got.State, got.Failure)
		}
		if versions := l.Snapshot().Tree(l.to.FolderID)["f"].Versions; len(versions) != 2 {
			t.Errorf("%d versions, want the first and the other's", len(versions))
		}
	})
}
