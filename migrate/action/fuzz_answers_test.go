package action

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzCopiedETag: what S3 says of a copied part is an ETag that it holds, or
// nothing.
func FuzzCopiedETag(f *testing.F) {
	for _, text := range []string{
		"", "<CopyPartResult><ETag>\"e\"</ETag></CopyPartResult>", "<CopyPartResult><ETag>&quot;e&quot;</ETag>",
		"<Error><Code>InternalError</Code></Error>", "<CopyPartResult/>", "  \n<CopyPartResult><ETag>&#10;</ETag></CopyPartResult>",
		"<!DOCTYPE x [<!ENTITY a \"b\">]><CopyPartResult><ETag>&a;</ETag></CopyPartResult>", "\xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		etag := copiedETag(answer)
		if etag != "" && !strings.Contains(string(answer), "CopyPartResult") {
			t.Errorf("got %q of %q", etag, answer)
		}
		if strings.HasPrefix(etag, `"`) || len(etag) > len(answer) {
			t.Errorf("got %q", etag)
		}
	})
}

// FuzzPartURL: a presigned URL is used where it is encrypted or leads to this
// machine, and no refusal shows its query.
func FuzzPartURL(f *testing.F) {
	for _, text := range []string{
		"https://h/k?d00d1e", "http://h/k?d00d1e", "http://127.0.0.1/k", "//h/k?d00d1e", "", "%", "HTTPS://h/k",
		"http://localhost:80@h/k?d00d1e", "http://127.0.0.1.h/k?d00d1e", "http://[::1%25en0]/k", "http:k?d00d1e",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, address string) {
		err := Deps{}.mayUse(address)
		if query := "d00d1e"; err != nil && strings.Contains(err.Error(), "?"+query) {
			t.Errorf("the error %q shows the query", err)
		}
		if err != nil {
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address, nil)
		if err != nil {
			return
		}
		if host := r.URL.Hostname(); r.URL.Scheme != "https" && host != "localhost" &&
			!strings.HasPrefix(host, "127.") && !strings.Contains(host, ":") {
			t.Errorf("%q leads to %q", address, host)
		}

	})
}
