package planner

import "testing"

func TestPlacesInErrors(t *testing.T) {
	for want, s := range map[string]Source{
		"s3://b/p":        {Bucket: "b", Prefix: "p"},
		`directory "/d"`:  {Directory: &DirectorySource{Path: "/d"}},
		`URLs of "l.csv"`: {URLs: &URLSource{Path: "l.csv"}},
	} {
		if got := s.Where(); got != want || s.IsS3() != (s.Bucket != "") {
			t.Errorf("got %q, want %q; S3: %t", got, want, s.IsS3())
		}
	}
	for want, o := range map[string]Object{
		`s3://b/"k\n"`: {Bucket: "b", Key: "k\n"}, `"k"`: {Key: "k"},
		`"k" (https://h/x)`: {Bucket: "https://h/x", Key: "k"},
	} {
		if got := o.Where(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
