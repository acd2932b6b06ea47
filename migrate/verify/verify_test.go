package verify_test

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// TestCorruptions plants one corruption after the other between two files
// that are right.
func TestCorruptions(t *testing.T) {
	other, small := int64(99), int64(1)
	object := func(w *world) *object { return w.objects[baseKey+"/b"] }
	handle := func(w *world) *synapse.FileHandle { return w.entities["syn102"].last().handle }
	tests := []struct {
		name  string
		read  verify.Reading
		plant func(*world)
		want  []string
	}{
		{"none", verify.Reading{All: true}, func(*world) {}, nil},
		{"missing entity", verify.Reading{}, func(w *world) { delete(w.entities, "syn102") },
			[]string{"missing b, entity"}},
		{"extra entity", verify.Reading{}, func(w *world) { w.file("syn9", folderID, "x", baseKey+"/x", "x") },
			[]string{"extra x"}},
		{"extra folder with a file and a table", verify.Reading{}, func(w *world) {
			w.folder("syn8", folderID, "d")
			w.file("syn9", "syn8", "x", baseKey+"/x", "x")
			w.folder("syn7", "syn8", "t").Type = synapse.TypeTable
		}, []string{"extra d", "extra d/t", "extra d/x"}},
		{"extra record set", verify.Reading{}, func(w *world) {
			w.folder("syn7", folderID, "r").Type = synapse.TypeRecordSet
		}, []string{"extra r"}},
		{"extra folder with what Synapse doesn't list", verify.Reading{}, func(w *world) {
			w.folder("syn8", folderID, "d")
			w.folder("syn9", folderID, "empty")
			w.strange = map[string]bool{"syn8": true}
		}, []string{"extra d", "unknown d/", "extra empty"}},
		{"planned folder with what Synapse doesn't list", verify.Reading{}, func(w *world) {
			w.folders = append(w.folders, planner.Folder{ID: 1, Name: "d", Path: "d"})
			w.folder("syn8", folderID, "d")
			w.strange = map[string]bool{"syn8": true}
		}, []string{"unknown d/"}},
		{"renamed", verify.Reading{}, func(w *world) { w.entities["syn102"].Name = "bb" },
			[]string{"missing b, entity", "extra bb"}},
		{"another kind of entity", verify.Reading{}, func(w *world) { w.entities["syn102"].Type = synapse.TypeLink },
			[]string{"differs b, type"}},
		{"wrong MD5 on the handle", verify.Reading{}, func(w *world) { handle(w).ContentMD5 = sum("else") },
			[]string{"differs b, MD5"}},
		{"wrong MD5 on the handle of which the plan knows none", verify.Reading{}, func(w *world) {
			handle(w).ContentMD5, w.items[1].MD5 = sum("else"), ""
		}, []string{"differs b, object's MD5"}},
		{"wrong size on the handle", verify.Reading{}, func(w *world) { handle(w).ContentSize = &small },
			[]string{"differs b, size, object's size"}},
		{"other storage location", verify.Reading{}, func(w *world) { handle(w).StorageLocationID = &other },
			[]string{"differs b, storage location"}},
		{"no storage location", verify.Reading{}, func(w *world) { handle(w).StorageLocationID = nil },
			[]string{"differs b, storage location"}},
		{"other bucket", verify.Reading{}, func(w *world) { handle(w).BucketName = "elsewhere" },
			[]string{"differs b, bucket"}},
		{"other key", verify.Reading{}, func(w *world) { handle(w).Key = baseKey + "/a" },
			[]string{"differs b, key, object's MD5"}},
		{"key beside the base key", verify.Reading{}, func(w *world) { handle(w).Key = baseKey + "-2/b" },
			[]string{"differs b, key"}},
		{"other name for downloads", verify.Reading{}, func(w *world) { handle(w).FileName = "x" },
			[]string{"differs b, file name"}},
		{"no name for downloads", verify.Reading{}, func(w *world) { handle(w).FileName = synapse.NotSet },
			[]string{"differs b, file name"}},
		{"other content type", verify.Reading{}, func(w *world) { handle(w).ContentType = "text/html" },
			[]string{"differs b, content type"}},
		{"content type that the plan doesn't know", verify.Reading{}, func(w *world) {
			handle(w).ContentType, w.items[1].ContentType = "text/html", ""
		}, nil},
		{"other kind of handle", verify.Reading{}, func(w *world) { handle(w).ConcreteType = synapse.TypeExternalFileHandle },
			[]string{"differs b, type"}},
		{"object deleted", verify.Reading{}, func(w *world) { delete(w.objects, baseKey+"/b") },
			[]string{"missing b, object"}},
		{"object overwritten", verify.Reading{}, func(w *world) { object(w).ETag = sum("else") },
			[]string{"differs b, object's MD5"}},
		{"object overwritten, S3 holds a checksum", verify.Reading{}, func(w *world) {
			object(w).ETag, object(w).PartsCount, object(w).ChecksumMD5 = "abc-2", 2, sum("else")
		}, []string{"differs b, object's MD5"}},
		{"object of another size", verify.Reading{}, func(w *world) { object(w).SizeBytes, object(w).PartsCount = 1, 2 },
			[]string{"differs b, object's size"}},
		{"swapped byte of which no ETag tells", verify.Reading{}, func(w *world) {
			object(w).content, object(w).PartsCount = "tent conb", 2
		}, nil},
		{"swapped byte that is read", verify.Reading{All: true}, func(w *world) {
			object(w).content, object(w).PartsCount = "tent conb", 2
		}, []string{"differs b, object's MD5"}},
		{"ETag under KMS proves nothing", verify.Reading{}, func(w *world) {
			object(w).ETag, object(w).Encryption = sum("else"), "aws:kms"
		}, []string{"unknown b"}},
		{"written after registration, of which no ETag tells", verify.Reading{}, func(w *world) {
			object(w).ETag, object(w).PartsCount, object(w).LastModified = "abc-2", 2, started.Add(2*time.Minute)
		}, []string{"unknown b"}},
		{"written after registration and read", verify.Reading{All: true}, func(w *world) {
			object(w).PartsCount, object(w).LastModified = 2, started.Add(2*time.Minute)
		}, nil},
		{"clocks that differ a little", verify.Reading{}, func(w *world) {
			object(w).PartsCount, object(w).LastModified = 2, started.Add(30*time.Second)
		}, nil},
		{"handle that can't be seen", verify.Reading{}, func(w *world) { w.entities["syn102"].last().handle = nil },
			[]string{"unknown b"}},
		{"object that can't be looked at", verify.Reading{}, func(w *world) { w.refused[baseKey+"/b"] = planner.ErrDenied },
			[]string{"unknown b"}},
		{"entity that can't be seen", verify.Reading{}, func(w *world) { w.forbidden["syn102"] = synapse.ErrForbidden },
			[]string{"unknown b"}},
		{"entity that is gone since the listing", verify.Reading{}, func(w *world) {
			w.forbidden["syn102"] = synapse.ErrNotFound
		},
			[]string{"missing b, entity"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.copied("a", "content a")
			w.copied("b", "content b")
			w.copied("c", "content c")
			w.lists = true
			tt.plant(w)
			rows, summary := w.run(t, verify.Options{Read: tt.read})
			if got := told(rows); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got, want := summary.Wrong(false), len(tt.want) > 0; got != want {
				t.Errorf("wrong is %v, want %v", got, want)
			}
		})
	}
}

func TestObjectInPlaceMustHaveItsETag(t *testing.T) {
	w := newWorld()
	w.copied("a", "content")
	w.items[0].Action, w.items[0].Source.Key = planner.ActionRegister, baseKey+"/a"
	o := w.objects[baseKey+"/a"]
	o.PartsCount = 2
	rows, summary := w.run(t, verify.Options{})
	if len(told(rows)) > 0 || summary.Proofs[verify.ProofETag] != 1 {
		t.Errorf("got %q with %v, want a match by ETag", told(rows), summary.Proofs)
	}
	o.ETag = "other-2"
	rows, _ = w.run(t, verify.Options{})
	if got, want := told(rows), []string{"differs a, object's ETag"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// onePart is the ETag of a multipart upload of one part.
func onePart(content string) string {
	raw, _ := hex.DecodeString(sum(content))
	return sum(string(raw)) + "-1"
}

// TestProofs gives a file each proof that there is; without one, it is unknown.
func TestProofs(t *testing.T) {
	tests := []struct {
		name  string
		plant func(*planner.Item, *object)
		read  bool
		want  verify.Proof
	}{
		{"read", func(*planner.Item, *object) {}, true, verify.ProofRead},
		{"ETag", func(*planner.Item, *object) {}, false, verify.ProofS3},
		{"multipart", func(_ *planner.Item, o *object) { o.ETag, o.PartsCount = "abc-3", 3 }, false, ""},
		{"multipart, read", func(_ *planner.Item, o *object) { o.ETag, o.PartsCount = "abc-3", 3 }, true, verify.ProofRead},
		{"uploaded as one part", func(_ *planner.Item, o *object) {
			o.ETag, o.PartsCount = onePart("content"), 1
		}, false, verify.ProofETag},
		{"multipart without MD5", func(i *planner.Item, o *object) {
			o.PartsCount, o.ETag, i.MD5, i.Source.ETag = 3, "abc-3", "", "abc-2"
		}, false, ""},
		{"without MD5", func(i *planner.Item, _ *object) { i.MD5, i.Source.ETag = "", "abc-2" }, false, ""},
		{"without MD5, read", func(i *planner.Item, _ *object) { i.MD5, i.Source.ETag = "", sum("other") }, true, ""},
		{"without MD5 nor ETag", func(i *planner.Item, _ *object) { i.MD5, i.Source.ETag = "", "" }, true, ""},
		{"ETag that is the MD5", func(i *planner.Item, _ *object) { i.MD5, i.Source.ETag = "", sum("content") }, true, verify.ProofRead},
		{"equal ETags of parts that nobody knows", func(i *planner.Item, o *object) {
			i.MD5, i.Source.ETag, o.ETag, o.PartsCount = "", "abc-2", "abc-2", 2
		}, true, ""},
		{"equal checksums", func(i *planner.Item, o *object) {
			i.MD5, i.Source.ETag, i.Checksum, o.ETag, o.PartsCount = "", "abc-2", "CRC64NVME:s=", "def-3", 3
			o.Checksums = map[string]string{"CRC64NVME": "s="}
		}, false, verify.ProofChecksum},
		{"written from the source", func(i *planner.Item, o *object) {
			i.MD5, i.Source.ETag, o.ETag, o.PartsCount = "", "abc-2", "def-3", 3
			o.UserMetadata = planner.WithOrigin(nil, i.Source)
		}, false, verify.ProofOrigin},
		{"written from an earlier one", func(i *planner.Item, o *object) {
			o.UserMetadata = planner.WithOrigin(nil, i.Source)
			i.MD5, i.Source.ETag, o.ETag, o.PartsCount = "", "abc-2", "def-3", 3
		}, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.copied("a", "content")
			tt.plant(&w.items[0], w.objects[baseKey+"/a"])
			rows, _ := w.run(t, verify.Options{Read: verify.Reading{All: tt.read}})
			verdict := verify.VerdictMatch
			if tt.want == "" {
				verdict = verify.VerdictUnknown
			}
			if rows[0].Verdict != verdict || rows[0].Proof != tt.want {
				t.Errorf("got %s by %q, want %s by %q: %s", rows[0].Verdict, rows[0].Proof, verdict, tt.want, rows[0].Note)
			}
		})
	}
}

func TestLeftOutIsNamedAndNotExtra(t *testing.T) {
	w := newWorld()
	w.copied("a", "content")
	w.file("syn9", folderID, "kept", baseKey+"/kept", "x")
	w.items = append(w.items,
		planner.Item{ID: 2, Action: planner.ActionSkip, Rule: rules.ObjectsFileKept,
			Source: planner.Object{Key: "raw/kept"}},
		planner.Item{ID: 3, Action: planner.ActionBlock, Rule: rules.NamesInvalid,
			Source: planner.Object{Key: "raw/no?"}})
	rows, summary := w.run(t, verify.Options{})
	if got, want := told(rows), []string{"left-out kept", "left-out no?"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if summary.Wrong(false) {
		t.Error("what the plan leaves out is wrong")
	}
}

func TestFolders(t *testing.T) {
	w := newWorld()
	w.folders = []planner.Folder{{ID: 1, Name: "d", Path: "d"}, {ID: 2, ParentID: 1, Name: "e", Path: "d/e"}}
	w.copied("a", "content")
	w.items[0].FolderID = 2
	rows, _ := w.run(t, verify.Options{})
	if got, want := told(rows), []string{"extra a", "missing d/e/a, entity"}; !slices.Equal(got, want) {
		t.Errorf("without folders: got %q, want %q", got, want)
	}
	w.folder("syn20", folderID, "d")
	w.folder("syn21", "syn20", "e")
	w.entities["syn101"].parent = "syn21"
	rows, _ = w.run(t, verify.Options{})
	if got := told(rows); len(got) > 0 || len(rows) != 3 {
		t.Errorf("with them: got %q of %d rows, want nothing of 3", got, len(rows))
	}
	w.folders[1].EntityID = "syn22"
	w.entities["syn20"].Type = synapse.TypeLink
	rows, _ = w.run(t, verify.Options{})
	if got, want := told(rows), []string{"differs d, type", "missing d/e/a, entity"}; !slices.Equal(got, want) {
		t.Errorf("where a link has the name: got %q, want %q", got, want)
	}
}

func TestSampleIsTheSameForOneSeed(t *testing.T) {
	w := newWorld()
	for _, name := range strings.Split("abcdefghijklmnopqrst", "") {
		w.copied(name, "content "+name)
	}
	sample := func(seed uint64) (names string) {
		rows, summary := w.run(t, verify.Options{Read: verify.Reading{Sample: 5, Seed: seed}})
		for _, r := range rows {
			if r.Proof == verify.ProofRead {
				names += r.Path
			}
		}
		if summary.ReadObjects != 5 || summary.ReadBytes != 5*9 || summary.Seed != seed {
			t.Errorf("read %d objects, %d bytes with seed %d; want 5, 45, %d",
				summary.ReadObjects, summary.ReadBytes, summary.Seed, seed)
		}
		return names
	}
	if one, two := sample(1), sample(1); one != two {
		t.Errorf("one seed chose %q, then %q", one, two)
	}
	if one, two := sample(1), sample(2); one == two {
		t.Errorf("two seeds chose %q both", one)
	}
}

func TestRefusedCredentialsEndIt(t *testing.T) {
	w := newWorld()
	w.copied("a", "content")
	w.refused[baseKey+"/a"] = planner.ErrCredentials
	_, err := verify.Run(t.Context(), verify.Options{}, verify.Deps{
		Header: w.header, Active: 1, Plan: w, Synapse: w, Objects: w,
	}, func(verify.Row) error { return nil })
	if !errors.Is(err, planner.ErrCredentials) {
		t.Errorf("got %v, want refused credentials", err)
	}
}

func TestEmitsErrorAndCancellationEndIt(t *testing.T) {
	w := newWorld()
	for _, name := range strings.Split("abcdefgh", "") {
		w.copied(name, "content")
	}
	deps := verify.Deps{Header: w.header, Active: 8, Plan: w, Synapse: w, Objects: w}
	full := errors.New("disk full")
	_, err := verify.Run(t.Context(), verify.Options{Workers: 1}, deps, func(verify.Row) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("got %v, want emit's error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = verify.Run(ctx, verify.Options{Workers: 1}, deps, func(verify.Row) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the cancellation", err)
	}
}

func TestCallsPerFile(t *testing.T) {
	w := newWorld()
	for _, name := range strings.Split("abcdefgh", "") {
		w.copied(name, "content "+name)
	}
	w.run(t, verify.Options{})
	for name, want := range map[string]int{"bundle": 8, "head": 8, "children": 4, "versions": 0, "read": 0} {
		if got := w.calls[name]; got != want {
			t.Errorf("%s: got %d calls, want %d", name, got, want)
		}
	}
}

func TestParseReading(t *testing.T) {
	for text, want := range map[string]verify.Reading{
		"all": {All: true}, "none": {}, "": {}, "sample=12": {Sample: 12},
	} {
		if got, err := verify.ParseReading(text); err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"some", "sample=0", "sample=-1", "sample=", "sample=x", "ALL"} {
		if got, err := verify.ParseReading(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, got)
		}
	}
}

// sourceFiles are the files of a directory as they are now.
type sourceFiles map[string]string

func (s sourceFiles) Hash(_ context.Context, o planner.Object, _ func(int64)) (string, error) {
	content, there := s[o.Key]
	if !there {
		return "", errors.New("changed since planned")
	}
	return sum(content), nil
}

// TestSourceIsReadAgain reads the files of a directory, of which the plan knows
// no content.
func TestSourceIsReadAgain(t *testing.T) {
	tests := []struct {
		name   string
		source sourceFiles
		read   bool
		want   []string
		proof  verify.Proof
	}{
		{"equal", sourceFiles{"a": "content"}, true, nil, verify.ProofRead},
		{"not read", sourceFiles{"a": "content"}, false, []string{"unknown a"}, ""},
		{"another", sourceFiles{"a": "CONTENT"}, true, []string{"differs a, object's content"}, ""},
		{"changed", sourceFiles{}, true, []string{"unknown a"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.copied("a", "content")
			w.items[0].MD5, w.items[0].Source.Bucket = "", ""
			w.items[0].Source.Key, w.items[0].Source.ETag = "a", "file-7-1"
			w.source = tt.source
			rows, _ := w.run(t, verify.Options{Read: verify.Reading{All: tt.read}})
			if got := told(rows); !slices.Equal(got, tt.want) || rows[0].Proof != tt.proof {
				t.Errorf("got %q by %q, want %q by %q", got, rows[0].Proof, tt.want, tt.proof)
			}
		})
	}
}
