package emulator_test

import (
	"fmt"
	"strings"
	"testing"
)

// value is one annotation.
func value(kind string, values ...any) doc {
	if values == nil {
		values = []any{}
	}
	return doc{"type": kind, "value": values}
}

func TestAnnotations(t *testing.T) {
	s := newSite(t)
	id := s.file(s.project, "file", s.handle(s.owner, "m", 0))
	path := "/repo/v1/entity/" + id + "/annotations2"
	a := s.do(s.owner, "GET", path, nil).wants(200, "")
	if a.str("etag") != s.fetch(id)["etag"] || fmt.Sprint(a.doc["annotations"]) != "map[]" {
		t.Errorf("annotations of a new file %s", a.text)
	}
	all := doc{
		"s": value("STRING", "a", "b"), "d": value("DOUBLE", "1.5", "NaN"), "l": value("LONG", "-12"),
		"t": value("TIMESTAMP_MS", "1700000000000"), "b": value("BOOLEAN", "true", "False"),
		"e": value("STRING"), "a.b_c,d": value("STRING", ""),
	}
	b := s.do(s.owner, "PUT", path, with(a.doc, "annotations", all)).wants(200, "")
	s.do(s.owner, "PUT", path, with(a.doc, "annotations", all)).wants(412, stale(id))
	c := s.do(s.owner, "GET", path, nil).wants(200, "")
	if fmt.Sprint(c.doc) != fmt.Sprint(b.doc) || fmt.Sprint(c.doc["annotations"]) != fmt.Sprint(all) {
		t.Errorf("annotations %v, want %v", c.doc, all)
	}
	one := doc{"x": value("STRING", "only")}
	d := s.do(s.owner, "PUT", path, with(c.doc, "annotations", one)).wants(200, "")
	if fmt.Sprint(d.doc["annotations"]) != fmt.Sprint(one) {
		t.Errorf("annotations %v, want them replaced by %v", d.doc["annotations"], one)
	}
	e := s.do(s.owner, "PUT", path, with(d.doc, "annotations", nil)).wants(200, "")
	if fmt.Sprint(e.doc["annotations"]) != "map[]" {
		t.Errorf("annotations %v, want none", e.doc["annotations"])
	}
	if got := s.fetch(id)["versionNumber"]; got != 1.0 {
		t.Errorf("version %v, want 1: annotations make no new one", got)
	}
}

func TestAnnotationsArePerVersion(t *testing.T) {
	s := newSite(t)
	id := s.file(s.project, "file", s.handle(s.owner, "m", 0))
	path := "/repo/v1/entity/" + id
	write := func(text string) {
		t.Helper()
		s.do(s.owner, "PUT", path+"/annotations2", doc{"id": id, "etag": s.fetch(id)["etag"],
			"annotations": doc{"k": value("STRING", text)}}).wants(200, "")
	}
	write("first")
	s.put(s.owner, with(s.fetch(id), "versionLabel", nil), "?newVersion=true").wants(200, "")
	for version, want := range map[string]string{"1": "first", "2": "first"} {
		a := s.do(s.owner, "GET", path+"/version/"+version+"/annotations2", nil).wants(200, "")
		if !strings.Contains(a.text, want) || a.str("etag") != "00000000-0000-0000-0000-000000000000" {
			t.Errorf("version %s: %s", version, a.text)
		}
	}
	write("second")
	a := s.do(s.owner, "GET", path+"/version/1/annotations2", nil).wants(200, "")
	if !strings.Contains(a.text, "first") {
		t.Errorf("version 1 changed: %s", a.text)
	}
	s.do(s.owner, "GET", path+"/version/9/annotations2", nil).wants(404, "")
}

func TestAnnotationRules(t *testing.T) {
	s := newSite(t)
	id := s.folder(s.project, "f")
	s.grant(id, s.other, "READ")
	many, values := doc{}, []any{}
	for i := range 101 {
		many[fmt.Sprint("k", i)] = value("STRING", "v")
		values = append(values, "1")
	}
	const invalid = "Invalid annotation name: '%s'. Annotation names may only contain; letters, numbers, '_' and '.'"
	for _, c := range []struct {
		name        string
		annotations doc
		reason      string
	}{
		{"too many keys", many, "Exceeded maximum number of annotation keys: 100"},
		{"too many values", doc{"k": value("LONG", values...)},
			"key=k has exceeded the maximum number of values allowed: 100"},
		{"key", doc{"a-b": value("STRING", "v")}, fmt.Sprintf(invalid, "a-b")},
		{"empty key", doc{" ": value("STRING", "v")}, "Annotation names cannot be empty strings"},
		{"reserved key", doc{"_accessRequirementIds": value("LONG", "1")}, "Invalid annotation name: " +
			"'_accessRequirementIds'. The annotation name is a system reserved annotation."},
		{"no list", doc{"k": doc{"type": "STRING"}}, "value list for key=k can not be null"},
		{"no type", doc{"k": doc{"value": []any{"v"}}},
			"a value type must be set for values associated with key=k"},
		{"null", doc{"k": value("STRING", nil)},
			"null is not allowed. To indicate no values, use an empty list."},
		{"not a number", doc{"k": value("LONG", "1.5")},
			"Value associated with key=k is not valid for type=LONG: 1.5"},
		{"not a double", doc{"k": value("DOUBLE", "x")},
			"Value associated with key=k is not valid for type=DOUBLE: x"},
		{"not a boolean", doc{"k": value("BOOLEAN", "yes")},
			"Value associated with key=k is not valid for type=BOOLEAN: yes"},
		{"too long together", doc{"k": value("STRING", strings.Repeat("x", 300), strings.Repeat("x", 201))},
			"Total String value too long. Can be at most 500 characters."},
		{"as long as may be", doc{"k": value("STRING", strings.Repeat("x", 300), strings.Repeat("x", 200))}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			status := 400
			if c.reason == "" {
				status = 200
			}
			s.do(s.owner, "PUT", "/repo/v1/entity/"+id+"/annotations2",
				doc{"id": id, "etag": s.fetch(id)["etag"], "annotations": c.annotations}).
				wants(status, c.reason)
		})
	}
	path := "/repo/v1/entity/" + id + "/annotations2"
	body := doc{"id": id, "etag": s.fetch(id)["etag"], "annotations": doc{}}
	s.do(s.owner, "PUT", path, with(body, "id", nil)).wants(400, "Annotations must have a non-null id")
	s.do(s.owner, "PUT", path, with(body, "etag", nil)).
		wants(400, "etag is required and must not be the empty string.")
	s.do(s.other, "PUT", path, body).wants(403, lacks("UPDATE"))
	s.do(nobody, "GET", path, nil).wants(403, lacks("READ"))
}
