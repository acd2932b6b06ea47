package document

import (
	"net/http"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	listing := Want{Roots: []string{"ListBucketResult", "Other"}}
	html := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	tagged := http.Header{"Etag": {`"e"`}}
	tests := []struct {
		name   string
		want   Want
		header http.Header
		body   string
		got    string
	}{
		{"the document", listing, nil, `<?xml version="1.0"?><ListBucketResult/>`, ""},
		{"in a namespace", listing, nil, `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`, ""},
		{"with a prefix", listing, nil, `<s3:ListBucketResult>`, ""},
		{"its other name", listing, nil, `<Other/>`, ""},
		{"after blanks and a comment", listing, nil, "\n  <!-- x --> \n<ListBucketResult>", ""},
		{"blanks before the declaration", listing, nil, "  \n<?xml version=\"1.0\"?>\n<ListBucketResult>", ""},
		{"after a byte order mark", listing, nil, "\ufeff<ListBucketResult>", ""},
		{"in Latin-1", listing, nil, `<?xml version="1.0" encoding="ISO-8859-1"?><ListBucketResult>`, ""},
		{"called HTML by its type", listing, html, "<ListBucketResult>", ""},
		{"an error of S3's", listing, nil, "<Error><Code>SlowDown</Code></Error>", ""},
		{"a page", listing, html, "<!DOCTYPE html><html>", gotHTML},
		{"a page without a type", listing, nil, "<HTML><body>", gotHTML},
		{"an older page", listing, nil, `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN"><p>`, gotHTML},
		{"nothing", listing, nil, "", gotNothing},
		{"blanks", listing, nil, " \n", gotNothing},
		{"text", listing, nil, "upstream timed out", gotText},
		{"JSON", listing, nil, `{"a": 1}`, gotText},
		{"half a declaration", listing, nil, `<?xml vers`, gotText},
		{"another document", listing, nil, "<ListAllMyBucketsResult/>", `a document "ListAllMyBucketsResult"`},
		{"an odd document", listing, nil, "<" + strings.Repeat("x", 100) + "/>", "another document"},

		{"none, none came", Want{}, nil, "", ""},
		{"none, one came", Want{}, nil, "<Done/>", ""},
		{"none, a page came", Want{}, nil, "<!doctype html>", gotHTML},
		{"none, a page of the type alone", Want{}, html, "", gotHTML},

		{"ETag", Want{ETag: true, Data: true}, tagged, "", ""},
		{"ETag of a page that is data", Want{ETag: true, Data: true},
			http.Header{"Etag": {`"e"`}, "Content-Type": {"text/html"}}, "", ""},
		{"no ETag", Want{ETag: true}, http.Header{}, "", "an answer without an ETag"},
		{"a page instead of an ETag", Want{ETag: true}, html, "<p>", gotHTML},

		{"JSON, as wanted", Want{JSON: true}, nil, " {\"a\": [1]}\n", ""},
		{"JSON, nothing", Want{JSON: true}, nil, "", gotNothing},
		{"JSON, cut", Want{JSON: true}, nil, `{"a": [1`, "something that is not a whole JSON object"},
		{"JSON, a list", Want{JSON: true}, nil, `[]`, "something that is not a whole JSON object"},
		{"JSON, a page", Want{JSON: true}, nil, `<html>`, gotHTML},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.want.check(tt.header, []byte(tt.body)); got != tt.got {
				t.Errorf("got %q, want %q", got, tt.got)
			}
		})
	}
}
