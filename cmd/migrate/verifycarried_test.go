package main

import (
	"net/http"
	"strings"
	"testing"

	"synapse-migrate/migrate/verify"
)

// pick takes the first row of a matching file that a test wants and no
// earlier one had: of the current version, the last row of its path.
func (v *verified) pick(t *testing.T, wanted func(verify.Row) bool) verify.Row {
	t.Helper()
	for i, r := range v.rows {
		older := i+1 < len(v.rows) && v.rows[i+1].Path == r.Path
		if r.Verdict == verify.VerdictMatch && r.Kind == verify.KindFile && !older && wanted(r) {
			v.rows[i].Verdict = ""
			return r
		}
	}
	t.Fatal("the sample has no such file")
	return verify.Row{}
}

// rename gives a version a file handle that is called otherwise.
func (s *site) rename(r verify.Row, fileName, contentType string) {
	s.t.Helper()
	var made struct {
		CopyResults []struct{ NewFileHandle struct{ ID string } }
	}
	status := s.Synapse(s.t, s.Owner, http.MethodPost, "/file/v1/filehandles/copy", map[string]any{
		"copyRequests": []map[string]any{{
			"originalFile": map[string]any{
				"fileHandleId": r.FileHandleID, "associateObjectId": r.EntityID,
				"associateObjectType": "FileEntity",
			},
			"newFileName": fileName, "newContentType": contentType,
		}},
	}, &made)
	if status/100 != 2 || len(made.CopyResults) != 1 {
		s.t.Fatalf("copying file handle %s: status %d", r.FileHandleID, status)
	}
	s.change(r.EntityID, func(e map[string]any) {
		e["dataFileHandleId"] = made.CopyResults[0].NewFileHandle.ID
	})
}

// TestVerifyFindsWhatNoLongerTravelsWithAFile spoils what a file of a project
// has beside its content.
func TestVerifyFindsWhatNoLongerTravelsWithAFile(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(120, true)
	s.want(exitDone, s.projectArgs(truth, "--accept-access-change", "--versions", "all", "--yes")...)
	v := s.finds(nil)
	whichever := func(verify.Row) bool { return true }
	derived := func(r verify.Row) bool { return r.ActivityID != "" }

	lost, other, labelled := v.pick(t, derived), v.pick(t, derived), v.pick(t, whichever)
	commented, named, typed := v.pick(t, whichever), v.pick(t, whichever), v.pick(t, whichever)
	generated := "/repo/v1/entity/" + lost.EntityID + "/generatedBy"
	if status := s.Synapse(t, s.Owner, http.MethodDelete, generated, nil, nil); status/100 != 2 {
		t.Fatalf("removing the provenance: status %d", status)
	}
	var activity struct{ ID string }
	s.create("/repo/v1/activity", map[string]any{"name": "something else"}, &activity)
	generated = "/repo/v1/entity/" + other.EntityID + "/generatedBy?generatedBy=" + activity.ID
	if status := s.Synapse(t, s.Owner, http.MethodPut, generated, nil, nil); status/100 != 2 {
		t.Fatalf("changing the provenance: status %d", status)
	}
	s.change(labelled.EntityID, func(e map[string]any) { e["versionLabel"] = "other" })
	s.change(commented.EntityID, func(e map[string]any) { e["versionComment"] = "other" })
	s.rename(named, "other.bin", typedAs(named))
	s.rename(typed, typed.FileName, "application/x-other")

	s.finds([]string{
		"differs " + lost.Path + ", provenance", "differs " + other.Path + ", provenance",
		"differs " + labelled.Path + ", version label", "differs " + commented.Path + ", version comment",
		"differs " + named.Path + ", file name", "differs " + typed.Path + ", content type",
	})
}

// typedAs is a row's content type, as a file handle is made with it.
func typedAs(r verify.Row) string {
	if r.ContentType == "" {
		return "NOT_SET"
	}
	return r.ContentType
}

func TestVerifyOfEachPolicyForProvenance(t *testing.T) {
	for _, policy := range []string{"link", "none"} {
		t.Run(policy, func(t *testing.T) {
			s := newSite(t, "--throttle=false")
			truth := s.sample(60, true)
			s.want(exitDone, s.projectArgs(truth, "--accept-access-change", "--versions", "all",
				"--provenance", policy, "--no-previews", "--yes")...)
			v := s.finds(nil)
			for _, r := range v.rows {
				if r.Kind == verify.KindFile && (r.ActivityID != "") != (policy == "link") {
					t.Errorf("%s is of activity %q", r.Path, r.ActivityID)
				}
			}
		})
	}
}

// TestVerifyOfWhatSomethingElseFilled makes its plan when all is there.
func TestVerifyOfWhatSomethingElseFilled(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := map[string]string{}
	for _, name := range []string{"a", "b", "gone", "deep/er/c", "deep/er/swapped", "longer"} {
		objects["raw/"+name+".txt"] = "content of " + name
	}
	s.fill(s.Source, objects)
	source := "s3://" + s.Source + "/raw/"
	s.want(exitDone, "bucket", source, "--to", s.External.ID, "--yes", fast, "--run", "filled.run")
	ids, base := s.ids(s.External.ID), s.External.BaseKey+"/"

	s.Put(t, s.Source, "raw/longer.txt", "content that is longer by now")
	s.Put(t, s.Source, "raw/new.txt", "content that came")
	s.want(exitDone, "bucket", source, "--to", s.External.ID, "--dry-run")
	want := []string{"differs longer.txt, size", "missing new.txt, entity"}
	v := s.finds(want, "--read", "all")
	if n := v.summary.Verdicts[verify.VerdictLeftOut]; n != 0 {
		t.Errorf("%d items are left out, want none: %v", n, v.summary.Verdicts)
	}
	if n := v.summary.ReadObjects; n != int64(len(objects)) {
		t.Errorf("%d objects were read, want %d", n, len(objects))
	}

	s.Synapse(t, s.Owner, http.MethodDelete, "/repo/v1/entity/"+ids["gone.txt"], nil, nil)
	s.overwrite(s.Destination, base+"deep/er/swapped.txt", strings.ToUpper(objects["raw/deep/er/swapped.txt"]))
	s.create("/repo/v1/entity", map[string]any{
		"concreteType": "org.sagebionetworks.repo.model.Folder", "name": "somebody's", "parentId": s.External.ID,
	}, nil)
	want = append(want, "missing gone.txt, entity", "differs deep/er/swapped.txt, object's MD5", "extra somebody's",
		"unregistered gone.txt") // what is in the trash refers to it still
	s.finds(want)
}

// TestVerifyOfShardsThatAreThere makes its plan when files lie in sub-folders
// as --shard-folders makes them.
func TestVerifyOfShardsThatAreThere(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, map[string]string{"raw/a.txt": "a", "raw/d/b.txt": "b", "raw/d/c.txt": "c"})
	args := []string{"bucket", "s3://" + s.Source + "/raw/", "--to", s.External.ID, "--shard-folders", fast}
	s.want(exitDone, append(args, "--yes", "--run", "filled.run")...)
	ids := s.ids(s.External.ID)
	shard := func(file string) {
		s.change(ids[file], func(e map[string]any) {
			var made struct{ ID string }
			s.create("/repo/v1/entity", map[string]any{
				"concreteType": "org.sagebionetworks.repo.model.Folder", "name": "part-0001",
				"parentId": e["parentId"],
			}, &made)
			e["parentId"] = made.ID
		})
	}
	shard("a.txt")
	shard("d/c.txt")
	s.Put(t, s.Source, "raw/d/new.txt", "new")
	s.want(exitDone, append(args, "--dry-run")...)
	s.finds([]string{"missing d/new.txt, entity"})
}

// TestVerifyOfReplacedFiles looks at the versions that were there before, too.
func TestVerifyOfReplacedFiles(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, map[string]string{"raw/a.txt": "first a", "raw/b.txt": "first b", "raw/same.txt": "same"})
	args := []string{"bucket", "s3://" + s.Source + "/raw/", "--to", s.External.ID, "--yes", fast}
	s.want(exitDone, append(args, "--run", "first.run")...)
	s.fill(s.Source, map[string]string{"raw/a.txt": "second content of a", "raw/b.txt": "second content of b"})
	s.want(exitDone, append(args, "--if-exists", "replace")...)
	s.finds(nil, "--read", "all")
	ids := s.ids(s.External.ID)
	kept := 0
	for key := range s.Objects(t, s.Destination, s.External.BaseKey+"/.versions/") {
		if strings.Contains(key, ids["a.txt"]+".") {
			kept++
			s.remove(s.Destination, key)
		}
	}
	if kept != 1 {
		t.Fatalf("%d objects of earlier versions of a.txt, want 1", kept)
	}
	s.finds([]string{"differs a.txt, earlier version's object"})
}
