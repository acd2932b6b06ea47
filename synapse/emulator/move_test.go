package emulator_test

import (
	"fmt"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// mover is a file of two versions in a plain folder, and an STS folder with
// copies of its handles.
type mover struct {
	*site
	file, sts string
	// handles are those of the versions, copies the ones for the STS folder.
	handles, copies [2]string
}

func newMover(t *testing.T) *mover {
	t.Helper()
	m := &mover{site: newSite(t)}
	location := int64(0)
	m.sts, location = m.stsFolder(m.project, "sts")
	for i, md5 := range []string{"a", "b"} {
		m.handles[i] = m.handle(m.owner, md5, 0)
		m.copies[i] = m.handle(m.owner, md5, location)
	}
	m.file = m.site.file(m.folder(m.project, "from"), "f", m.handles[0])
	activity := m.AddActivity(m.owner.id, synapse.Activity{Name: "align"})
	notes := map[string]synapse.AnnotationValue{"k": {Type: "STRING", Value: []string{"v"}}}
	_, err := m.AddVersion(m.file, emulator.Version{
		FileHandleID: m.handles[1], Label: "two", Comment: "c", Annotations: notes, ActivityID: activity,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// read is the file as it is.
func (m *mover) read() doc {
	m.t.Helper()
	return m.do(m.owner, "GET", "/repo/v1/entity/"+m.file, nil).wants(200, "").doc
}

// TestMoveWithAnotherHandle: one update brings a file into an STS folder and
// keeps its ID, version, annotations and activity; its older version can be
// re-pointed there and only there.
func TestMoveWithAnotherHandle(t *testing.T) {
	m := newMover(t)
	old := doc{"oldFileHandleId": m.handles[0], "newFileHandleId": m.copies[0]}
	older := "/repo/v1/entity/" + m.file + "/version/1/filehandle"
	before := m.read()
	const only = "Folders with STS-enabled storage locations can only accept files " +
		"with the same storage location"
	const placed = "Files in STS-enabled storage locations can only be placed in folders " +
		"with the same storage location"
	m.do(m.owner, "PUT", older, old).wants(400, placed)
	m.do(m.owner, "PUT", "/repo/v1/entity/"+m.file, with(before, "parentId", m.sts)).wants(400, only)
	m.do(m.owner, "PUT", "/repo/v1/entity/"+m.file,
		with(before, "dataFileHandleId", m.copies[1])).wants(400, placed)
	moved := with(before, "parentId", m.sts, "dataFileHandleId", m.copies[1])
	m.do(m.owner, "PUT", "/repo/v1/entity/"+m.file, moved).wants(200, "")
	m.do(m.owner, "PUT", "/repo/v1/entity/"+m.file, moved).wants(412, "")
	m.do(m.owner, "PUT", older, old).wants(200, "")
	m.do(m.owner, "PUT", older, old).wants(412, "")
	versions := m.Snapshot().Tree(m.sts)["f"].Versions
	want := "[{1 1   a map[] } {2 two c  b map[k:{STRING [v]}] align}]"
	var got []string
	for _, v := range versions {
		got = append(got, fmt.Sprint("{", v.Number, " ", v.Label, " ", v.Comment, " ", v.Description, " ",
			v.MD5, " ", v.Annotations, " ", v.Activity, "}"))
	}
	if fmt.Sprint(got) != want {
		t.Errorf("versions %v, want %s", got, want)
	}
	if after := m.read(); after["id"] != before["id"] || after["dataFileHandleId"] != m.copies[1] {
		t.Errorf("after the move: %v", after)
	}
}

// TestMoveRights: who may move, and what must not be lost by it.
func TestMoveRights(t *testing.T) {
	m := newMover(t)
	moved := with(m.read(), "parentId", m.sts, "dataFileHandleId", m.copies[1])
	put := func(p person) answer { return m.do(p, "PUT", "/repo/v1/entity/"+m.file, moved) }

	m.grant(m.project, m.other, "READ", "DOWNLOAD", "UPDATE", "CREATE")
	theirs := with(moved, "dataFileHandleId", m.handle(m.other, "b", m.locationOf(m.copies[1])))
	m.do(m.other, "PUT", "/repo/v1/entity/"+m.file, theirs).wants(403,
		"CHANGE_PERMISSIONS is required to move to a new location")
	put(m.other).wants(403, "")

	from, _ := m.read()["parentId"].(string)
	m.restrict(synapse.TypeManagedRequirement, from)
	put(m.owner).wants(403,
		"Cannot move restricted entity to a location having fewer access restrictions.")
}

// locationOf is the storage location of a handle.
func (m *mover) locationOf(handle string) int64 {
	m.t.Helper()
	for _, h := range m.Snapshot().FileHandles {
		if h.ID == handle {
			return *h.StorageLocationID
		}
	}
	m.t.Fatalf("no handle %s", handle)
	return 0
}
