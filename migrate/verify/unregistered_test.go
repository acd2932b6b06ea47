package verify_test

import (
	"slices"
	"strings"
	"testing"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// put puts an object into the destination's bucket that no file refers to.
func (w *world) put(key, content string) {
	w.objects[key] = &object{content: content, Detail: planner.Detail{Object: planner.Object{
		Bucket: bucket, Key: key, ETag: sum(content), SizeBytes: int64(len(content)),
	}}}
}

// extraFile makes a file that the plan doesn't have, with versions.
func (w *world) extraFile(id string, keys ...string) *entity {
	for _, key := range keys {
		w.file(id, folderID, id, key, "content of "+key)
	}
	e := w.entities[id]
	e.VersionNumber = int64(len(keys))
	return e
}

// TestUnregistered lists the bucket of a file that is as planned.
func TestUnregistered(t *testing.T) {
	tests := []struct {
		name  string
		plant func(*world)
		want  []string
		// bundles are how many are asked for beyond the planned file's.
		bundles int
	}{
		{"registered", func(*world) {}, nil, 0},
		{"planted", func(w *world) { w.put(baseKey+"/x", "x") }, []string{"unregistered x"}, 0},
		{"planted, by a hostile name", func(w *world) { w.put(baseKey+"//\x00'\xff", "x") },
			[]string{"unregistered /\x00'\xff"}, 0},
		{"no data", func(w *world) {
			w.put(baseKey+"/owner.txt", "me")
			w.put(baseKey+"/d/", "")
			w.put(baseKey+"/", "")
		}, nil, 0},
		{"what only looks like no data", func(w *world) {
			w.put(baseKey+"/d/owner.txt", "me")
			w.put(baseKey+"/d/", "content")
			w.put(baseKey+"/empty", "")
		}, []string{"unregistered d/", "unregistered d/owner.txt", "unregistered empty"}, 0},
		{"beside the base key", func(w *world) {
			w.put(baseKey+"-2/x", "x")
			w.put(baseKey+"x", "x")
			w.put(baseKey, "x")
			w.put("x", "x")
		}, nil, 0},
		{"preview", func(w *world) {
			w.put(baseKey+"/preview", "small")
			w.entities["syn101"].last().preview = &synapse.FileHandle{
				ID: "preview", IsPreview: true, BucketName: bucket, Key: baseKey + "/preview"}
		}, nil, 0},
		{"preview in another bucket", func(w *world) {
			w.put(baseKey+"/preview", "small")
			w.entities["syn101"].last().preview = &synapse.FileHandle{
				ID: "preview", IsPreview: true, BucketName: "elsewhere", Key: baseKey + "/preview"}
		}, []string{"unregistered preview"}, 0},
		{"extra file, and its older version", func(w *world) { w.extraFile("syn9", baseKey+"/old", baseKey+"/new") },
			[]string{"extra syn9"}, 2},
		{"file behind a name that the plan leaves out", func(w *world) {
			w.leave(rules.ObjectsOtherEntity, "d", "content")
			w.folder("syn8", folderID, "d")
			w.file("syn9", "syn8", "x", baseKey+"/d/x", "x").VersionNumber = 1
		}, []string{"left-out d"}, 1},
		{"older version of a replaced file", func(w *world) {
			w.entities["syn101"].versions = nil
			w.file("syn101", folderID, "a", baseKey+"/old", "old")
			w.file("syn101", folderID, "a", baseKey+"/a", "content")
			w.entities["syn101"].VersionNumber, w.items[0].ReplaceEntityID = 2, "syn101"
		}, nil, 1},
		{"kept version", func(w *world) {
			w.put(baseKey+"/.versions/a/syn101.1", "old")
			w.put(baseKey+"/.versions/a/syn101.0", "older")
			w.entities["syn101"].versions = nil
			w.file("syn101", folderID, "a", baseKey+"/.versions/a/syn101.1", "old")
			w.file("syn101", folderID, "a", baseKey+"/a", "content")
			w.items[0].ReplaceEntityID = "syn101"
			w.items[0].Kept = &planner.Kept{EntityID: "syn101", Key: baseKey + "/.versions/a/syn101.1", SizeBytes: 3,
				Versions: []planner.KeptVersion{{Number: 1}}}
		}, []string{"unregistered .versions/a/syn101.0"}, 1},
		{"planned and not registered yet", func(w *world) { delete(w.entities, "syn101") },
			[]string{"missing a, entity"}, -1},
		{"left out where it lies", func(w *world) {
			w.put(baseKey+"/secret", "x")
			w.leave(rules.NamesInvalid, "secret", "x")
			w.items[1].Source.Bucket, w.items[1].Source.Key = bucket, baseKey+"/secret"
		}, []string{"left-out base/secret", "unregistered secret"}, 0},
		{"of a file in the source, which the plan leaves out", func(w *world) {
			w.put(baseKey+"/theirs", "x")
			w.leave(rules.NamesInvalid, "theirs", "x")
			w.items[1].Source.Bucket, w.items[1].Source.Key = bucket, baseKey+"/theirs"
			w.items[1].Origin = &planner.Origin{EntityID: "syn70", Version: 1, Current: true}
		}, []string{"left-out base/theirs"}, 0},
		{"hidden handle", func(w *world) { w.extraFile("syn9", baseKey+"/x").last().handle = nil },
			[]string{"extra syn9", "unregistered x: 1 file handles"}, 1},
		{"hidden file", func(w *world) {
			w.extraFile("syn9", baseKey+"/x")
			w.forbidden["syn9"] = synapse.ErrForbidden
		}, []string{"extra syn9", "unregistered x: 1 file handles"}, 1},
		{"denied", func(w *world) { w.refused["list"], w.denied = planner.ErrDenied, true },
			[]string{"unknown : the objects"}, 0},
		{"cut short", func(w *world) {
			w.put(baseKey+"/1", "x")
			w.put(baseKey+"/z1", "x")
			w.put(baseKey+"/z2", "x")
			w.refused["list"] = planner.ErrCredentials
		}, []string{"unregistered 1", "unknown : the objects"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.copied("a", "content").VersionNumber = 1
			w.lists = true
			tt.plant(w)
			rows, summary := w.run(t, verify.Options{})
			got := told(rows)
			if len(got) != len(tt.want) || !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := w.calls["bundle"] - 1; got != tt.bundles {
				t.Errorf("%d more bundles were asked for, want %d", got, tt.bundles)
			}
			for _, r := range rows {
				if r.Verdict == verify.VerdictUnregistered && (r.Bucket != bucket || r.Key != baseKey+"/"+r.Path ||
					r.SizeBytes != int64(len(w.objects[r.Key].content))) {
					t.Errorf("the row doesn't say which object it is: %+v", r)
				}
			}
			wrong := slices.ContainsFunc(tt.want, func(s string) bool { return !strings.HasPrefix(s, "left-out") })
			if summary.Wrong(false) != wrong {
				t.Errorf("wrong is %v, want %v", summary.Wrong(false), wrong)
			}
			unseen := summary.Verdicts[verify.VerdictUnknown]+summary.Verdicts[verify.VerdictMissing] > 0
			if summary.Wrong(true) != unseen {
				t.Errorf("with --allow-extra, wrong is %v, want %v", summary.Wrong(true), unseen)
			}
		})
	}
}

// TestUnregisteredInAWholeBucket has no base key.
func TestUnregisteredInAWholeBucket(t *testing.T) {
	w := newWorld()
	w.header.Destination.BaseKey, w.lists = "", true
	w.copied("a", "content")
	w.put("x", "x")
	w.put("owner.txt", "me")
	rows, _ := w.run(t, verify.Options{})
	if got, want := told(rows), []string{"unregistered x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
