package webpage

import "testing"

func TestBegins(t *testing.T) {
	for body, want := range map[string]bool{
		"<!DOCTYPE html><html>": true, "<html>": true, "<HTML lang=en": false, "<HTML lang=en>": true,
		"\ufeff \n<!-- a proxy --><!doctype HTML PUBLIC \"x\"><p>": true,
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><html>":    true,
		"": false, " ": false, "{\"a\": \"<html>\"}": false, "upstream timed out": false,
		"<Error>": false, "<p>": false, "<!DOCTYPE svg>": false, "text <html>": false,
	} {
		if got := Begins([]byte(body)); got != want {
			t.Errorf("%q: got %t, want %t", body, got, want)
		}
	}
}

func TestTyped(t *testing.T) {
	for contentType, want := range map[string]bool{
		"text/html": true, "Text/HTML; charset=utf-8": true, "text/html; charset": true, "application/xhtml+xml": true,
		"": false, "text/plain": false, "application/json": false, "text/html-ish": false,
	} {
		if got := Typed(contentType); got != want {
			t.Errorf("%q: got %t, want %t", contentType, got, want)
		}
	}
}
