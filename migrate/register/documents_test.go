package register

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

func TestRegistration(t *testing.T) {
	location := int64(9)
	e := checkpoint.Entry{Item: planner.Item{
		Name: "x.csv", ContentType: "text/csv", MD5: "AB",
		Source: planner.Object{Bucket: "b", Key: "k"},
	}}
	want := synapse.FileHandle{
		ConcreteType: synapse.TypeS3FileHandle, StorageLocationID: &location,
		BucketName: "b", Key: "k", ContentMD5: "ab", FileName: "x.csv", ContentType: "text/csv",
	}
	if diff := cmp.Diff(want, registration(e, 9, false)); diff != "" {
		t.Errorf("in place (-want +got):\n%s", diff)
	}
	e.Object = checkpoint.Object{Bucket: "b2", Key: "k2", MD5: "cd", ContentType: "text/plain"}
	want.BucketName, want.Key, want.ContentMD5, want.ContentType = "b2", "k2", "cd", NeutralType
	if diff := cmp.Diff(want, registration(e, 9, true)); diff != "" {
		t.Errorf("transferred, no previews (-want +got):\n%s", diff)
	}
}

func TestCheckRegistered(t *testing.T) {
	size := int64(5)
	tests := []struct {
		name string
		h    synapse.FileHandle
		want string
	}{
		{"equal", synapse.FileHandle{ID: "1", ContentSize: &size}, ""},
		{"other size", synapse.FileHandle{ID: "1", ContentSize: new(int64)}, "changed"},
		{"no size", synapse.FileHandle{ID: "1"}, "without a size"},
		{"no ID", synapse.FileHandle{ContentSize: &size}, "without a file handle ID"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := fmt.Sprint(checkRegistered(test.h, 5))
			if test.want == "" && got != "<nil>" || !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %q", got, test.want)
			}
		})
	}
}

func TestSameContent(t *testing.T) {
	location, size := int64(9), int64(5)
	handle := synapse.FileHandle{
		StorageLocationID: &location, ContentSize: &size, ContentMD5: "AB",
		BucketName: "b", Key: "k",
	}
	entry := checkpoint.Entry{Object: checkpoint.Object{MD5: "ab"}, Item: planner.Item{
		Source: planner.Object{Bucket: "b", Key: "k", SizeBytes: 5},
	}}
	type (
		handleOf = *synapse.FileHandle
		entryOf  = *checkpoint.Entry
	)
	tests := []struct {
		name   string
		change func(handleOf, entryOf)
		want   bool
	}{
		{"equal", func(handleOf, entryOf) {}, true},
		{"no location", func(h handleOf, _ entryOf) { h.StorageLocationID = nil }, false},
		{"other location", func(h handleOf, _ entryOf) { h.StorageLocationID = new(int64) }, false},
		{"other MD5", func(h handleOf, _ entryOf) { h.ContentMD5 = "cd" }, false},
		{"no MD5", func(h handleOf, e entryOf) { h.ContentMD5, e.Object.MD5 = "", "" }, false},
		{"no size", func(h handleOf, _ entryOf) { h.ContentSize = nil }, false},
		{"other size", func(h handleOf, _ entryOf) { h.ContentSize = new(int64) }, false},
		{"other key", func(h handleOf, _ entryOf) { h.Key = "k2" }, false},
		{"other bucket", func(h handleOf, _ entryOf) { h.BucketName = "b2" }, false},
		{"Synapse chose the key", func(h handleOf, e entryOf) {
			h.Key, e.Action = "k2", planner.ActionUpload
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h, e := handle, entry
			test.change(&h, &e)
			if got := sameContent(h, e, 9); got != test.want {
				t.Errorf("sameContent = %v, want %v", got, test.want)
			}
		})
	}
}

// TestDocumentsOfProjects: what travels with a file handle is the source's.
func TestDocumentsOfProjects(t *testing.T) {
	e := checkpoint.Entry{Object: checkpoint.Object{ContentType: "text/html"}, Item: planner.Item{
		Name: "entity.csv", ContentType: "text/csv", Origin: &planner.Origin{FileName: "a b.csv"},
	}}
	if h := registration(e, 9, false); h.FileName != "a b.csv" || h.ContentType != "text/csv" {
		t.Errorf("registers %q of type %q, want those of the source", h.FileName, h.ContentType)
	}
	e.Origin.FileName = "100%.csv"
	if h := registration(e, 9, false); h.FileName != "100%.csv" {
		t.Errorf("registers %q, want the source's", h.FileName)
	}
	e.ContentType, e.Origin.FileName = "", ""
	if h := registration(e, 9, false); h.FileName != "entity.csv" || h.ContentType != "text/html" {
		t.Errorf("registers %q of type %q, want what is known", h.FileName, h.ContentType)
	}
}

func TestSameAnnotations(t *testing.T) {
	value := func(kind string, values ...string) map[string]synapse.AnnotationValue {
		return map[string]synapse.AnnotationValue{"k": {Type: kind, Value: values}}
	}
	one := value(synapse.AnnotationLong, "1", "2")
	for name, other := range map[string]map[string]synapse.AnnotationValue{
		"type": value(synapse.AnnotationString, "1", "2"), "order": value(synapse.AnnotationLong, "2", "1"),
		"fewer": value(synapse.AnnotationLong, "1"), "none": nil,
	} {
		if sameAnnotations(one, other) {
			t.Errorf("%s: %v is like %v", name, other, one)
		}
	}
	if !sameAnnotations(one, value(synapse.AnnotationLong, "1", "2")) {
		t.Error("equal annotations differ")
	}
}

func TestCheckCopied(t *testing.T) {
	e := checkpoint.Entry{Item: planner.Item{
		MD5: "ab", Source: planner.Object{SizeBytes: 5}, Origin: &planner.Origin{FileHandleID: "7"},
	}}
	location, size := int64(9), int64(5)
	h := synapse.FileHandle{
		ID: "8", StorageLocationID: &location, ContentSize: &size, ContentMD5: "AB",
	}
	if err := checkCopied(synapse.CopyHandleResult{OriginalFileHandleID: "7", NewFileHandle: &h}, e, 9); err != nil {
		t.Errorf("got %v, want none", err)
	}
	for name, c := range map[string]synapse.CopyHandleResult{
		"of another":  {OriginalFileHandleID: "6", NewFileHandle: &h},
		"no copy":     {OriginalFileHandleID: "7"},
		"no ID":       {OriginalFileHandleID: "7", NewFileHandle: &synapse.FileHandle{}},
		"not allowed": {OriginalFileHandleID: "7", FailureCode: synapse.FailureUnauthorized},
	} {
		if err := checkCopied(c, e, 9); !errors.Is(err, effect.ErrHandleRefused) {
			t.Errorf("%s: got %v, want effect.ErrHandleRefused", name, err)
		}
	}
}
