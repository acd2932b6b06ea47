package planner

import (
	"maps"
	"strings"
	"testing"
)

// multipartObject has no digest.
func multipartObject(o Object, metadata map[string]string) Content {
	o.SizeBytes = 5
	return Content{Detail: Detail{Object: o, PartsCount: 2, UserMetadata: metadata}}
}

// TestOrigin writes an object from one, and compares it with another.
func TestOrigin(t *testing.T) {
	source := Object{Bucket: "lab", Key: "a/b.bin", ETag: "x-2", VersionID: "v1"}
	edited := func(edit func(*Object)) Object {
		o := source
		edit(&o)
		return o
	}
	hostile := Object{Bucket: "lab", Key: "a b+c?etag=y&\r\nx: é/語", ETag: "x-2"}
	long := Object{Bucket: "lab", Key: strings.Repeat("é", 512), ETag: "x-2"}
	tests := []struct {
		name        string
		from, other Object
		want        Likeness
	}{
		{"itself", source, source, LikenessSame},
		{"written again", source, edited(func(o *Object) { o.ETag = "y-2" }), LikenessUnknown},
		{"another version", source, edited(func(o *Object) { o.VersionID = "v2" }), LikenessUnknown},
		{"a version that isn't known", source, edited(func(o *Object) { o.VersionID = "" }), LikenessSame},
		{"no version was known", edited(func(o *Object) { o.VersionID = "" }), source, LikenessSame},
		{"another key", source, edited(func(o *Object) { o.Key = "a/c.bin" }), LikenessUnknown},
		{"a key that begins alike", source, edited(func(o *Object) { o.Key = "a/b" }), LikenessUnknown},
		{"another bucket", source, edited(func(o *Object) { o.Bucket = "lab2" }), LikenessUnknown},
		{"no ETag", edited(func(o *Object) { o.ETag = "" }), edited(func(o *Object) { o.ETag = "" }), LikenessUnknown},
		{"hostile", hostile, hostile, LikenessSame},
		{"hostile, another", hostile, Object{Bucket: "lab", Key: "a b+c", ETag: "y"}, LikenessUnknown},
		{"too long", long, long, LikenessSame},
		{"too long, written again", long, Object{Bucket: "lab", Key: long.Key, ETag: "y"}, LikenessUnknown},
		{"a file", Object{Key: "a", ETag: "file-5-1"}, Object{Key: "a", ETag: "file-5-1"}, LikenessUnknown},
		{"a URL", Object{Bucket: "https://x", Key: "a", ETag: "x"}, Object{Bucket: "https://x", Key: "a", ETag: "x"},
			LikenessUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			there := Object{Bucket: "dest", Key: "k", ETag: "z-1"}
			got := Compare(multipartObject(tt.other, nil),
				multipartObject(there, WithOrigin(map[string]string{"unit": "cm"}, tt.from)), false)
			if got.Likeness != tt.want || tt.want == LikenessSame && got.By != ByOrigin {
				t.Errorf("got %v, want %q", got, tt.want)
			}
		})
	}
}

// TestOriginFits keeps within what S3 takes, whatever the source carries.
func TestOriginFits(t *testing.T) {
	source := Object{Bucket: "lab", Key: strings.Repeat("語", 300), ETag: "x-2", VersionID: "v1"}
	tests := []struct {
		name    string
		carried int
		want    string
	}{
		{"too long a key", 0, hashedOrigin},
		{"room for a hash", metadataBytes - 85, hashedOrigin},
		{"no room", metadataBytes - 80, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			given := map[string]string{"x": strings.Repeat("v", max(tt.carried-1, 0))}
			before := maps.Clone(given)
			got := WithOrigin(given, source)
			if text, has := got[OriginKey]; has != (tt.want != "") || !strings.HasPrefix(text, tt.want) {
				t.Errorf("got %.20q, want %q", text, tt.want)
			}
			size := 0
			for k, v := range got {
				size += len(k) + len(v)
			}
			if size > metadataBytes {
				t.Errorf("%d bytes", size)
			}
			if !maps.Equal(given, before) || got["x"] != given["x"] {
				t.Error("what was given has changed")
			}
		})
	}
	earlier := WithOrigin(map[string]string{"Migrate-Origin": "s3://older/k?etag=e"}, Object{Bucket: "b", Key: "k", ETag: "e"})
	if want := map[string]string{OriginKey: "s3://b/k?etag=e"}; !maps.Equal(earlier, want) {
		t.Errorf("got %v, want %v", earlier, want)
	}
	for _, r := range origin(Object{Bucket: "b", Key: "a\r\n\x00é語 +?&#%", ETag: "e\n"}) {
		if r <= ' ' || r > '~' {
			t.Errorf("%q in a header", r)
		}
	}
}
