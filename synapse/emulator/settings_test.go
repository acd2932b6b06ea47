package emulator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
)

const settingPath = "/repo/v1/projectSettings"

// settingRequest binds locations to an entity.
func settingRequest(entity string, locations any) map[string]any {
	return map[string]any{
		"concreteType": synapse.TypeUploadSetting, "projectId": entity, "settingsType": "upload",
		"locations": locations,
	}
}

// settingsBench has folders and locations for every check of a setting.
type settingsBench struct {
	*fileBench
	empty, full, sts, inner, trash, file string
	stsLocation, plain, foreign, managed int64
}

func newSettingsBench(t *testing.T) settingsBench {
	t.Helper()
	b := settingsBench{fileBench: newFileBench(t)}
	b.stsLocation = b.external(b.owner, labBucket, "data", true)
	b.plain = b.external(b.owner, labBucket, "", false)
	b.foreign = b.external(b.stranger, labBucket, "", false)
	b.managed = b.fileBench.managed("1/uuid", true)
	b.empty, b.full, b.sts = b.folder("empty"), b.folder("full"), b.folder("sts")
	b.trash = b.folder("with trash")
	b.file = b.fileBench.file("file", b.handle("a").ID)
	b.inner = b.child(b.sts)
	b.child(b.full)
	b.setting(b.sts, b.stsLocation)
	trashed := b.child(b.trash)
	b.as(204, "DELETE", "/repo/v1/entity/"+trashed+"?skipTrashCan=true", nil)
	return b
}

func (b settingsBench) child(parent string) string {
	b.t.Helper()
	id, err := b.e.AddFolder(b.owner, parent, "child")
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func TestCreateSettingChecks(t *testing.T) {
	b := newSettingsBench(t)
	b.share(b.full, synapse.AccessRead)
	b.setting(b.trash, b.plain)
	tests := []struct {
		name, token, entity string
		locations           any
		status              int
		reason              string
	}{
		{"no READ", b.other, b.empty, nil, 403, "You lack READ access to the requested entity."},
		{"a file", b.ownerToken, b.file, nil, 400,
			"The id is not the id of a project or folder entity"},
		{"no CREATE", b.other, b.full, nil, 403, "Cannot create settings for this project"},
		{"an STS folder itself, before the locations", b.ownerToken, b.sts, nil, 400,
			"Can't override project settings in an STS-enabled folder path"},
		{"below an STS folder", b.ownerToken, b.inner, []int64{b.plain}, 400,
			"Can't override project settings in an STS-enabled folder path"},
		{"no locations", b.ownerToken, b.empty, nil, 400, "settings.locations is required."},
		{"empty locations", b.ownerToken, b.empty, []int64{}, 400,
			"settings.locations must at least have one entry"},
		{"eleven locations", b.ownerToken, b.empty, make([]int64, 11), 400,
			"The maximum number of settings.locations is limited to 10"},
		{"unknown location", b.ownerToken, b.empty, []int64{b.plain, 99}, 400,
			"uploadId 99 is not a valid upload destination location"},
		{"another's bucket", b.ownerToken, b.empty, []int64{b.foreign}, 403,
			"Only the owner of the external S3 upload destination (user bob) can add this upload " +
				"destination to a project. Either ask that user to perform this operation or " +
				"follow the steps to create a new external s3 upload destination (see " +
				"https://help.synapse.org/docs/Custom-Storage-Locations.2048327803.html for more " +
				"information on how to create a new external upload destination."},
		{"STS on a project", b.ownerToken, b.project, []int64{b.stsLocation}, 400,
			"Can only enable STS on a folder"},
		{"STS beside another", b.ownerToken, b.empty, []int64{b.plain, b.stsLocation}, 400,
			"An STS-enabled folder cannot add other upload destinations"},
		{"STS on a full folder", b.ownerToken, b.full, []int64{b.stsLocation}, 400,
			"Can't enable STS in a non-empty folder"},
		{"STS on a folder with trash", b.ownerToken, b.trash, []int64{b.managed}, 400,
			"Can't enable STS in a non-empty folder"},
		{"a second one", b.ownerToken, b.trash, []int64{b.plain}, 400,
			"A project setting of type 'upload' for project " + b.trash + " already exists."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.call(test.token, "POST", settingPath, settingRequest(test.entity, test.locations)).
				refused(t, test.status, test.reason)
		})
	}
	b.call(b.ownerToken, "POST", settingPath, `{"projectId":"syn1"}`).refused(t, 400,
		"Could not read JSON: no project setting of concreteType ''")
}

func TestCreateSetting(t *testing.T) {
	b := newSettingsBench(t)
	tests := []struct {
		name, entity string
		locations    []any
	}{
		{"STS on an empty folder", b.empty, []any{float64(b.stsLocation)}},
		{"two locations on a project", b.project, []any{float64(b.plain), float64(b.plain)}},
		{"another user's managed location and the default", b.full, []any{1.0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			made := b.as(201, "POST", settingPath, settingRequest(test.entity, test.locations))
			if made["projectId"] != test.entity || made["settingsType"] != "upload" {
				t.Errorf("made %v", made)
			}
			for _, path := range []string{"/" + made["id"].(string), "/" + test.entity + "/type/upload"} {
				got := b.as(200, "GET", settingPath+path, nil)
				if diff := cmp.Diff(got, made); diff != "" {
					t.Errorf("read from %s (-got +want):\n%s", path, diff)
				}
			}
		})
	}
}

func TestReadSetting(t *testing.T) {
	b := newSettingsBench(t)
	a := b.call(b.ownerToken, "GET", settingPath+"/"+b.inner+"/type/upload", nil)
	if a.status != 200 || a.text != "" {
		t.Errorf("an inherited setting: status %d, body %q; want 200 without a body", a.status, a.text)
	}
	id := b.as(200, "GET", settingPath+"/"+b.sts+"/type/upload", nil)["id"].(string)
	tests := []struct {
		name, token, path string
		status            int
		reason            string
	}{
		{"no READ, by entity", b.other, "/" + b.sts + "/type/upload", 403,
			"The current user does not have READ access on the project " + b.sts + "."},
		{"no READ, by ID", b.other, "/" + id, 403, "The current user does not have READ access on " +
			"the project this setting applies to."},
		{"unknown", b.ownerToken, "/99", 404, "Project settings: '99' does not exist"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.call(test.token, "GET", settingPath+test.path, nil).refused(t, test.status, test.reason)
		})
	}
	if a := b.call(b.ownerToken, "GET", settingPath+"/"+b.sts+"/type/other", nil); a.status != 400 {
		t.Errorf("another type: status %d, want 400", a.status)
	}
}

// settingOf is an entity's own setting.
func (b settingsBench) settingOf(entity string) map[string]any {
	b.t.Helper()
	return b.as(200, "GET", settingPath+"/"+entity+"/type/upload", nil)
}

func TestUpdateSettingChecks(t *testing.T) {
	b := newSettingsBench(t)
	b.setting(b.full, b.plain)
	b.setting(b.empty, b.plain)
	full, sts, empty := b.settingOf(b.full), b.settingOf(b.sts), b.settingOf(b.empty)
	const noEnable = "Can't enable STS in a non-empty folder"
	tests := []struct {
		name, token string
		old         map[string]any
		set         map[string]any
		status      int
		reason      string
	}{
		{"no ID", b.ownerToken, full, map[string]any{"id": nil}, 400, "The id is required."},
		{"no entity", b.ownerToken, full, map[string]any{"projectId": nil}, 400,
			"The project id is required."},
		{"no UPDATE", b.other, full, nil, 403, "Cannot update settings on this project"},
		{"unknown location", b.ownerToken, full, map[string]any{"locations": []int64{99}}, 400,
			"uploadId 99 is not a valid upload destination location"},
		{"STS on a full folder", b.ownerToken, full,
			map[string]any{"locations": []int64{b.stsLocation}}, 400, noEnable},
		{"STS on a full folder, unchanged", b.ownerToken, sts, nil, 400, noEnable},
		{"STS off in a full folder", b.ownerToken, sts,
			map[string]any{"locations": []int64{b.plain}}, 400,
			"Can't disable STS in a non-empty folder"},
		{"unknown setting", b.ownerToken, empty, map[string]any{"id": "99"}, 404,
			"Project settings: '99' does not exist"},
		{"another entity", b.ownerToken, full, map[string]any{"projectId": b.empty}, 400,
			"You cannot change the project id with the update project settings call. " +
				"Create a new project settings instead"},
		{"stale", b.ownerToken, empty, map[string]any{"etag": "x"}, 412, "Project setting was " +
			"updated since you last fetched it, retrieve it again and reapply the update."},
	}
	before := b.e.Snapshot()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := map[string]any{}
			for name, value := range test.old {
				body[name] = value
			}
			for name, value := range test.set {
				body[name] = value
			}
			b.call(test.token, "PUT", settingPath, body).refused(t, test.status, test.reason)
		})
	}
	if diff := cmp.Diff(b.e.Snapshot(), before); diff != "" {
		t.Errorf("refused calls changed something:\n%s", diff)
	}
}

func TestUpdateSetting(t *testing.T) {
	b := newSettingsBench(t)
	b.setting(b.empty, b.plain)
	set := b.settingOf(b.empty)
	set["locations"] = []int64{b.stsLocation}
	if a := b.call(b.ownerToken, "PUT", settingPath, set); a.status != 200 || a.text != "" {
		t.Errorf("status %d, body %q; want 200 without a body", a.status, a.text)
	}
	got := b.settingOf(b.empty)
	if diff := cmp.Diff(got["locations"], []any{float64(b.stsLocation)}); diff != "" {
		t.Errorf("locations (-got +want):\n%s", diff)
	}
	if got["etag"] == set["etag"] || got["id"] != set["id"] {
		t.Errorf("updated to %v", got)
	}
}

func TestDeleteSetting(t *testing.T) {
	b := newSettingsBench(t)
	path := settingPath + "/" + b.settingOf(b.sts)["id"].(string)
	b.call(b.other, "DELETE", path, nil).refused(t, 403, "Cannot delete settings from this project")
	b.call(b.ownerToken, "DELETE", path, nil).refused(t, 400,
		"Can't disable STS in a non-empty folder")
	b.setting(b.empty, b.stsLocation)
	path = settingPath + "/" + b.settingOf(b.empty)["id"].(string)
	b.as(204, "DELETE", path, nil)
	b.call(b.ownerToken, "DELETE", path, nil).refused(t, 404, "Project settings: '"+
		path[len(settingPath)+1:]+"' does not exist")
}
